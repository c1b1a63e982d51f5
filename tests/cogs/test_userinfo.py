"""/userinfo: who somebody is, as far as whoever asks may know."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.actions import people, profile
from bot.cogs.me.pages import MOST_ROLES
from bot.domain.features import FeatureSettings
from bot.domain.preferences import Preferences
from bot.pictures.specs import Backdrop, Card
from tests.support.oracle import Oracle
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, OUTSIDER, Stage, is_private, words

HELPERS, CHIEFS = (4_000 << 22) + 2, (4_000 << 22) + 3


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    world = stage.sandbox.world
    world.add_role(GUILD, "Helpers", id=HELPERS)
    world.add_role(GUILD, "Chiefs", id=CHIEFS, permissions=["manage_roles"])
    for role in (HELPERS, CHIEFS):
        world.give_role(GUILD, BOB, role)
    await stage.start()
    return stage


def app_of(stage: Stage) -> Any:
    assert stage.app is not None
    return stage.app


@pytest.fixture
def cards(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[Card]:
    """The cards that are drawn."""
    made: list[Card] = []
    draw = app_of(on_stage).pictures.draw

    async def noted(card: Card) -> Any:
        made.append(card)
        return await draw(card)

    monkeypatch.setattr(app_of(on_stage).pictures, "draw", noted)
    return made


async def test_a_member_is_shown_with_roles_coins_and_a_card_to_whoever_asks_alone(
    on_stage: Stage, cards: list[Card]
) -> None:
    await on_stage.ask(on_stage.bob, "daily")
    shown = await on_stage.ask(on_stage.alice, "userinfo", member=f"<@{BOB}>")
    assert is_private(shown)
    said = words(shown)
    assert f"<@{BOB}> · `bob`" in said
    assert "**Joined**: <t:" in said
    assert f"**Highest role**: <@&{HELPERS}>" in said  # of two at one place, Discord shows the older one first
    assert f"**Roles (2)**: <@&{HELPERS}> <@&{CHIEFS}>" in said
    assert "**Coins**: 250" in said
    [picture] = shown.attachments
    assert "bob" in picture["description"]
    [card] = cards
    assert [one.label for one in card.fields] == ["Account created", "Joined", "Highest role", "Coins"]
    assert card.fields[2].value == "Helpers"


async def test_without_a_name_it_is_oneself_and_the_card_has_the_colours_one_chose(
    on_stage: Stage, cards: list[Card]
) -> None:
    chosen = Preferences(accent=0xFF8800, background="sea")
    await app_of(on_stage).services.preferences.edit(ALICE, lambda _: chosen, base=0)
    assert "`alice`" in words(await on_stage.ask(on_stage.alice, "userinfo"))
    await on_stage.ask(on_stage.bob, "userinfo", member=f"<@{ALICE}>")  # they are the subject's colours
    await on_stage.ask(on_stage.bob, "userinfo")
    assert [(one.accent, one.backdrop) for one in cards[:2]] == [(0xFF8800, Backdrop.SEA)] * 2
    assert cards[2].backdrop is Backdrop.SLATE


async def test_a_click_on_somebody_shows_the_same(on_stage: Stage) -> None:
    exchange = await on_stage.alice.context_menu(GENERAL, "User info", user=BOB)
    shown = await exchange.finished()
    assert is_private(shown)
    assert words(shown) == words(await on_stage.ask(on_stage.alice, "userinfo", member=f"<@{BOB}>"))


async def test_somebody_who_left_is_found_by_name_with_when_they_came_and_went(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.carol, "balance")
    await app_of(on_stage).recorder.flush()
    on_stage.sandbox.world.remove_member(GUILD, CAROL)
    await on_stage.ask(on_stage.alice, "balance")  # comes after, so the departure was heard of
    await app_of(on_stage).recorder.flush()
    said = words(await on_stage.ask(on_stage.alice, "userinfo", member="carol"))
    assert "No longer here" in said
    assert "**Joined**: <t:" in said
    assert "**Left**: <t:" in said
    assert "Highest role" not in said


async def test_typed_it_takes_a_mention_too(on_stage: Stage) -> None:
    app = app_of(on_stage)
    await on_stage.alice.say(GENERAL, f"<@{app.bot.user.id}> userinfo <@{BOB}>")
    view = on_stage.sandbox.view(ALICE)
    async with asyncio.timeout(10):
        while not any("`bob`" in words(one) for one in view.messages(GENERAL)):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("asked", "left_out"), [("people.stay", "**Left**"), ("economy.balance", "**Coins**")], ids=["stay", "coins"]
)
async def test_what_the_database_is_slow_to_add_is_left_out_and_not_cut_off(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch, asked: str, left_out: str
) -> None:
    monkeypatch.setattr(profile, "_PATIENCE", 0.05)
    service, method = asked.split(".")
    oracle = Oracle()
    monkeypatch.setattr(getattr(app_of(on_stage).services, service), method, oracle.ask)
    for _ in range(2):
        said = words(await on_stage.ask(on_stage.alice, "userinfo", member=f"<@{BOB}>"))
        assert "`bob`" in said
        assert left_out not in said
    assert (oracle.asked, oracle.cancelled) == (1, False), "to cancel a statement is to wait for the database again"


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_name_that_the_database_is_slow_to_find_is_not_cut_off(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "_PATIENCE", 0.05)
    search, named = Oracle([]), Oracle()
    monkeypatch.setattr(app_of(on_stage).services.people, "search", search.ask)
    monkeypatch.setattr(app_of(on_stage).services.people, "named", named.ask)
    for _ in range(2):
        suggested = await on_stage.alice.autocomplete(GENERAL, "userinfo", "member", "bo")
        await suggested.answered()
        assert list(suggested.choices) == []
        assert "My records can't be reached" in words(await on_stage.ask(on_stage.alice, "userinfo", member="bo"))
    assert [(one.asked, one.cancelled) for one in (search, named)] == [(1, False)] * 2


async def test_of_a_stranger_there_is_only_what_discord_says(on_stage: Stage) -> None:
    said = words(await on_stage.ask(on_stage.alice, "userinfo", member=f"<@{OUTSIDER}>"))
    assert "Was never here" in said
    assert "Joined" not in said
    nobody = await on_stage.ask(on_stage.alice, "userinfo", member=f"<@{9_999 << 22}>")
    assert "I know nobody here" in words(nobody)


async def test_what_a_feature_cannot_tell_is_left_out_and_costs_nothing_else(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_services: Any, _glance: Any) -> Any:
        raise RuntimeError("broken")

    app = app_of(on_stage)
    monkeypatch.setattr(app.bot, "tellers", [broken, *app.bot.tellers])
    assert "**Coins**: 0" in words(await on_stage.ask(on_stage.alice, "userinfo"))
    await app.services.guild_settings.change(GUILD, FeatureSettings(economy=False), base=0, by=ALICE)
    said = words(await on_stage.ask(on_stage.alice, "userinfo"))
    assert "Coins" not in said
    assert "**Account created**" in said


async def test_roles_from_me_are_told_to_those_who_may_list_them(on_stage: Stage) -> None:
    await app_of(on_stage).services.role_grants.give(GUILD, CAROL, HELPERS, by=BOB, lasts=None, reason=None)
    whom = f"<@{CAROL}>"
    assert f"**Roles from me**: <@&{HELPERS}>" in words(await on_stage.ask(on_stage.bob, "userinfo", member=whom))
    assert "Roles from me" not in words(await on_stage.ask(on_stage.alice, "userinfo", member=whom))


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_many_roles_are_cut_and_counted(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    for number in range(20):
        world.add_role(GUILD, f"r{number}", id=(4_100 << 22) + number)
        world.give_role(GUILD, ALICE, (4_100 << 22) + number)
    said = words(await on_stage.ask(on_stage.alice, "userinfo"))
    assert "**Roles (20)**" in said
    assert said.count("<@&") == MOST_ROLES + 1
    assert said.split("**Roles (20)**")[1].splitlines()[0].endswith("+5")
