"""/help and /about as people use them."""

from __future__ import annotations

import re

import pytest

from bot.domain.features import FeatureSettings
from bot.sandbox import SeenMessage
from bot.settings import LinksSettings
from tests.support.stage import ALICE, GENERAL, GUILD, Stage, is_private, words

OWNERS = (4_000 << 22) + 1


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Alice may manage the server; Bob may not."""
    stage.sandbox.world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild"])
    stage.sandbox.world.give_role(GUILD, ALICE, OWNERS)
    await stage.start()
    return stage


def chapters(message: SeenMessage) -> list[str]:
    [menu] = [one for one in message.controls() if one.get("custom_id") == "help:chapter:v1"]
    return [option["label"] for option in menu["options"]]


async def test_everybody_reads_of_what_they_may_use_and_nobody_else_does(on_stage: Stage) -> None:
    seen = await on_stage.ask(on_stage.bob, "help")
    assert is_private(seen)
    assert "/daily" in words(seen)
    assert "/config" not in words(seen)
    assert chapters(seen) == [
        "Help", "You", "Privacy", "Leaderboards", "Economy", "Moderation", "Leveling", "Tickets", "Giveaways",
    ]  # fmt: skip
    assert "/config" in words(await on_stage.ask(on_stage.alice, "help"))


async def test_names_can_be_pressed_also_after_a_start_at_which_nothing_was_synced(on_stage: Stage) -> None:
    first = words(await on_stage.ask(on_stage.bob, "help"))
    assert "</daily:" in first
    await on_stage.stop()
    await on_stage.start()
    assert words(await on_stage.ask(on_stage.bob, "help")) == first


async def test_a_chapter_is_chosen_also_after_a_restart(on_stage: Stage) -> None:
    seen = await on_stage.ask(on_stage.bob, "help")
    await on_stage.stop()
    await on_stage.start()
    chapter = await (await on_stage.bob.select(seen, "help:chapter:v1", ["economy"])).finished()
    assert "Take your coins for today." in words(chapter)
    assert "/about" not in words(chapter)


async def test_a_command_has_a_page_with_its_options_and_examples(on_stage: Stage) -> None:
    page = words(await on_stage.ask(on_stage.bob, "help", command="pay"))
    assert "`amount` · How many coins: a number, all, half, 25% or 2k." in page
    assert "/pay member:@Bob amount:50" in page
    assert re.match(r"</pay:\d+> · Give some", page), "the name that can be pressed comes first"
    assert len(re.findall(r"/pay\b", page)) == 3, "as its name and in its examples"
    config = words(await on_stage.ask(on_stage.alice, "help", command="config"))
    assert "For those who have: **Manage Server**." in config
    assert "`section` *(optional)*" in config


async def test_a_command_that_is_not_there_or_not_theirs_is_not_found_and_cannot_ping(on_stage: Stage) -> None:
    for asked in ("config", "@everyone **x**"):
        seen = words(await on_stage.ask(on_stage.bob, "help", command=asked))
        assert "There is no command" in seen
    assert r"\*\*x\*\*" in seen


async def test_what_is_typed_finds_names_and_descriptions(on_stage: Stage) -> None:
    typed = await on_stage.bob.autocomplete(GENERAL, "help", "command", "coins")
    await typed.answered()
    found = typed.choices
    assert "pay" in {choice["value"] for choice in found}
    assert "config" not in {choice["value"] for choice in found}


async def test_what_is_switched_off_is_marked(on_stage: Stage) -> None:
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    await settings.change(GUILD, FeatureSettings.of(()), base=0, by=ALICE)
    assert "**Economy** *(switched off here)*" in words(await on_stage.ask(on_stage.bob, "help"))


async def test_about_says_who_runs_and_where_to_go(stage: Stage) -> None:
    links = LinksSettings(support="https://example.org/help")
    stage.settings = stage.settings.model_copy(update={"links": links})
    await stage.start()
    seen = await stage.ask(stage.bob, "about")
    assert is_private(seen)
    assert "Version: **0." in words(seen)
    assert "Shard: **1 of 1**" in words(seen)
    assert [one["url"] for one in seen.controls() if "url" in one] == ["https://example.org/help"]
