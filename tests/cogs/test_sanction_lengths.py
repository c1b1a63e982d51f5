"""Who is banned or timed out already: what holds is named, and its length can be changed at once."""

from __future__ import annotations

import pytest

from bot.domain.cases import CaseState, EndReason
from bot.domain.sanctions import LONGEST
from bot.errors import CaseNotFound
from bot.sandbox import SeenMessage
from tests.cogs.test_moderation import (
    STAFF,
    assert_sound,
    bans,
    case,
    choose_log,
    furnish,
    letters,
    tick,
    timed_out,
    use,
)
from tests.support.stage import BOB, CAROL, GUILD, Stage, is_private, words


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish(stage.sandbox.world)
    await stage.start()
    await choose_log(stage)
    return stage


async def again(stage: Stage, command: str = "ban", **options: object) -> SeenMessage:
    return await stage.ask(stage.alice, command, member=f"<@{BOB}>", **options)


def labels(message: SeenMessage) -> list[str]:
    return [str(one["label"]) for row in message.components for one in row["components"]]


async def pressed(stage: Stage, message: SeenMessage, button: str) -> SeenMessage:
    return await (await stage.alice.click(message, button)).finished()


async def changed(stage: Stage, message: SeenMessage, *, restart: bool = False, **values: str) -> SeenMessage:
    form = await stage.alice.click(message, "Change the duration")
    await form.answered()
    if restart:
        await stage.stop()
        await stage.start()
    return await (await stage.alice.submit(form, values)).finished()


async def test_a_ban_that_stands_is_made_permanent_in_one_press_and_no_old_end_lifts_it(on_stage: Stage) -> None:
    await use(on_stage, "ban", duration="1d", reason="Scam")
    said = await again(on_stage)
    assert is_private(said)
    assert "is banned already, and the ban ends <t:" in words(said)
    assert labels(said) == ["Change the duration", "Make it permanent"]
    await on_stage.stop()
    await on_stage.start()
    done = await pressed(on_stage, said, "Make it permanent")
    assert done.id == said.id, "the answer takes the place of the question"
    assert "already" not in words(done)
    assert f"Banned <@{BOB}> for good. Case #2." in words(done)
    assert "takes the place of case #1, which would have ended <t:" in words(done)
    assert labels(done) == ["Change the duration"]
    first, second = await case(on_stage, 1), await case(on_stage, 2)
    assert (first.state, first.superseded_by) == (CaseState.SUPERSEDED, 2)
    assert (second.state, second.expires_at, second.reason) == (CaseState.ACTIVE, None, "Scam")
    for _ in range(3):
        on_stage.clock.advance(days=1)
        await tick(on_stage)
    assert set(bans(on_stage)) == {BOB}
    await assert_sound(on_stage)


async def test_two_presses_are_one_change_and_a_ban_that_was_lifted_meanwhile_is_not_made_anew(
    on_stage: Stage,
) -> None:
    await use(on_stage, "ban", duration="1d")
    one, other = await again(on_stage), await again(on_stage)
    await pressed(on_stage, one, "Make it permanent")
    assert "Somebody changed case #1" in words(await pressed(on_stage, other, "Make it permanent"))
    with pytest.raises(CaseNotFound):
        await case(on_stage, 3)
    third = await again(on_stage)
    assert labels(third) == ["Change the duration"], "it is permanent"
    await use(on_stage, "unban")
    assert "Somebody changed case #2" in words(await pressed(on_stage, third, "Change the duration"))
    assert bans(on_stage) == {}
    await assert_sound(on_stage)


async def test_the_length_of_a_ban_is_written_anew_also_over_a_restart_and_it_ends_by_that(on_stage: Stage) -> None:
    await use(on_stage, "ban", reason="Scam")
    done = await changed(on_stage, await again(on_stage), restart=True, length="2d", reason="Talked to them")
    assert "for 2 days, until <t:" in words(done)
    assert "Until now it was for good" in words(done)
    assert (await case(on_stage, 2)).reason == "Talked to them"
    refused = await changed(on_stage, done, length="a fortnite")
    assert "I need a length of time" in words(refused)
    on_stage.clock.advance(days=2)
    await tick(on_stage)
    assert bans(on_stage) == {}
    assert (await case(on_stage, 2)).end_reason is EndReason.EXPIRED
    await assert_sound(on_stage)


async def test_a_timeout_that_stands_is_replaced_and_whoever_shortens_it_is_told(on_stage: Stage) -> None:
    await use(on_stage, "timeout", duration="7d")
    shorter = await again(on_stage, "timeout")
    assert "⚠️ That is shorter: this takes the place of case #1, which would have ended <t:" in words(shorter)
    assert labels(shorter) == ["Change the duration"]
    done = await changed(on_stage, shorter, length="14d", reason="")
    assert "for 2 weeks, until" in words(done)
    assert "shorter" not in words(done)
    assert [(await case(on_stage, number)).state for number in (1, 2, 3)] == [
        CaseState.SUPERSEDED, CaseState.SUPERSEDED, CaseState.ACTIVE,
    ]  # fmt: skip
    assert timed_out(on_stage) is not None
    assert len(letters(on_stage, BOB)) == 3
    too_long = await changed(on_stage, done, length=f"{2 * LONGEST.days}d", reason="")
    assert "from 1 minute to 5 years" in words(too_long)
    await assert_sound(on_stage)


async def test_who_may_not_any_more_changes_nothing_whatever_was_shown_to_them(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await use(on_stage, "timeout", duration="1d")
    said = await again(on_stage, "timeout", duration="2d")
    form = await on_stage.alice.click(said, "Change the duration")
    await form.answered()
    world.add_role(GUILD, "Higher", id=STAFF + 1, position=3)
    world.give_role(GUILD, BOB, STAFF + 1)
    refused = await (await on_stage.alice.submit(form, {"length": "1m"})).finished()
    assert "must stand above" in words(refused)
    world.take_role(GUILD, on_stage.alice.user_id, STAFF)
    refused = await pressed(on_stage, said, "Change the duration")
    assert "you need the permission **Timeout Members**" in words(refused)
    with pytest.raises(CaseNotFound):
        await case(on_stage, 3)


async def test_a_form_that_was_open_when_the_permission_was_lost_changes_nothing(on_stage: Stage) -> None:
    await use(on_stage, "ban", CAROL, duration="1d")
    said = await on_stage.ask(on_stage.alice, "ban", member=f"<@{CAROL}>")
    form = await on_stage.alice.click(said, "Change the duration")
    await form.answered()
    on_stage.sandbox.world.take_role(GUILD, on_stage.alice.user_id, STAFF)
    refused = await (await on_stage.alice.submit(form, {"length": ""})).finished()
    assert "you need the permission **Ban Members**" in words(refused)
    assert (await case(on_stage)).state is CaseState.ACTIVE
