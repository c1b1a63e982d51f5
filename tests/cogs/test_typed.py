"""Commands as those use them who type."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.uses import UseOutcome
from bot.sandbox import SeenMessage
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, words


async def typed(stage: Stage, text: str, *, answered: bool = True) -> SeenMessage | None:
    """What the bot says to a message of Alice's in #general."""
    view = stage.sandbox.view(ALICE)
    before = {message.id for message in view.messages(GENERAL)}
    await stage.alice.say(GENERAL, text)
    if not answered:
        await stage.ask(stage.bob, "about")  # comes after, so whatever was to be said has been
    async with asyncio.timeout(5):
        while True:
            new = [one for one in view.messages(GENERAL) if one.id not in before and one.content != text]
            if new or not answered:
                return new[-1] if new else None
            await asyncio.sleep(0.01)


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """The prefix is an exclamation mark."""
    app = await stage.start()
    await app.services.guild_settings.change(GUILD, GeneralSettings(prefix="!"), base=0, by=ALICE)
    return stage


async def said(stage: Stage, text: str) -> str:
    answer = await typed(stage, text)
    assert answer is not None
    return words(answer)


async def test_a_mention_always_works_and_a_prefix_where_one_is_on(stage: Stage) -> None:
    app = await stage.start()
    assert app.bot.user is not None
    assert "Your wallet" in await said(stage, f"<@{app.bot.user.id}> bal")
    assert await typed(stage, "!bal", answered=False) is None
    await app.services.guild_settings.change(GUILD, GeneralSettings(prefix="!"), base=0, by=ALICE)
    assert "Your wallet" in await said(stage, "!bal")


async def test_coins_move_just_as_by_the_slash_command(on_stage: Stage) -> None:
    assert "for today" in await said(on_stage, "!daily")
    assert "gave **50 coins**" in await said(on_stage, f"!give <@{BOB}> 50")
    assert "gave **1 coin**" in await said(on_stage, f"!pay amount:1 member:{BOB}")
    assert "199" in await said(on_stage, "!bal")


async def test_a_use_is_noted_as_that_of_a_slash_command_is_also_one_that_was_refused(on_stage: Stage) -> None:
    app = on_stage.app
    assert app is not None
    await said(on_stage, "!daily")
    await said(on_stage, "!daily")
    async with asyncio.timeout(5):
        while app.command_log.waiting < 2:
            await asyncio.sleep(0.005)
    await app.command_log.flush()
    uses = await app.services.command_logs.latest(GUILD)
    assert [(one.name, one.user_id, one.ending.outcome) for one in uses] == [
        ("daily", ALICE, UseOutcome.REFUSED), ("daily", ALICE, UseOutcome.DONE),
    ]  # fmt: skip


async def test_what_is_wrong_is_said_in_a_sentence(on_stage: Stage) -> None:
    missing = await said(on_stage, f"!pay <@{BOB}>")
    assert missing.startswith("Something is missing: `amount`.\n-# How many coins: a number, all, half")
    assert "I need an amount, such as" in await said(on_stage, f"!pay <@{BOB}> many")
    assert "make sense of `somebody` as `member`" in await said(on_stage, "!pay somebody 5")
    nobody = 2**63
    assert f"make sense of `{nobody}` as `member`" in await said(on_stage, f"!pay {nobody} 5")
    assert not [one for one in on_stage.sandbox.requests if str(nobody) in one.path], "Discord would call it malformed"
    assert "You have 0 and would need 5" in await said(on_stage, f"!pay <@{BOB}> 5")
    assert "only for slash commands" in await said(on_stage, "!config"), "what it shows is for one person"
    assert "only for slash commands" in await said(on_stage, "!privacy")


async def test_an_answer_is_given_also_when_the_question_was_deleted_meanwhile(on_stage: Stage) -> None:
    await said(on_stage, "!daily")
    [sent] = [one for one in on_stage.sandbox.requests if one.method == "POST" and one.path.endswith("/messages")]
    assert sent.json["message_reference"]["fail_if_not_exists"] is False


async def test_what_was_typed_is_shown_as_it_was_written_and_calls_nobody(on_stage: Stage) -> None:
    answer = await typed(on_stage, f"!daily <@{BOB}>")
    assert answer is not None
    assert words(answer).startswith(f"I don't know what <@{BOB}> is for.")
    assert list(answer.pings) == []
    assert f"make sense of <#{GENERAL}> as `member`" in await said(on_stage, f"!pay <#{GENERAL}> 5")
    assert f"what `to:`<@{BOB}> is for" in await said(on_stage, f"!daily to:<@{BOB}>")
    assert "what `'x'` is for" in await said(on_stage, "!daily `'x'`"), "nobody ends the code"


async def test_in_german_options_keep_their_names_and_say_in_german_what_they_are(on_stage: Stage) -> None:
    assert on_stage.app is not None
    german = GeneralSettings(prefix="!", language="de")
    await on_stage.app.services.guild_settings.change(GUILD, german, base=1, by=ALICE)
    missing = await said(on_stage, f"!pay <@{BOB}>")
    assert "`amount`" in missing
    assert "\n-# Wie viele Münzen: eine Zahl" in missing
    wrong = await said(on_stage, "!pay jemand 5")
    assert "`member`" in wrong
    assert "\n-# Wer sie bekommt." in wrong


async def test_a_duration_that_is_none_is_shown_with_what_it_must_be(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages"])
    vip = world.add_role(GUILD, "VIP")
    world.give_role(GUILD, ALICE, world.add_role(GUILD, "Staff", permissions=["manage_roles"], position=2))
    give = f"!role give <@{BOB}> <@&{vip}>"
    assert (await said(on_stage, f"{give} soon")).startswith("`soon` won't do: **Duration** must be")
    assert "`2s` won't do: **Duration** must be at least a minute" in await said(on_stage, f"{give} 2s")
    long = await said(on_stage, f"{give} 2h {'x' * 201}")
    assert long == "`reason` is too long: it may have at most 200 characters."
    assert "`duration` is too long" in await said(on_stage, f"{give} {'2h' * 21}")


async def test_a_feature_that_is_off_is_off_for_those_who_type_too(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await on_stage.app.services.guild_settings.change(GUILD, FeatureSettings.of(()), base=0, by=ALICE)
    assert "switched off" in await said(on_stage, "!bal")


async def test_buttons_under_a_typed_answer_work(on_stage: Stage) -> None:
    answer = await typed(on_stage, "!bal")
    assert answer is not None
    shown = await (await on_stage.bob.click(answer, "Statement")).finished()
    assert "Your statement" in words(shown)


async def test_what_is_no_command_of_ours_is_left_alone(on_stage: Stage) -> None:
    for text in ("!play a song", "!", "well! bal", "!!!"):
        assert await typed(on_stage, text, answered=False) is None
