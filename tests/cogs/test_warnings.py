"""Warnings, their rules and undoing as moderators and members see it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.authority import Permission
from bot.domain.cases import CaseKind, CaseSource, CaseState, Failure
from bot.domain.moderation import ModerationSettings
from bot.domain.sanctions import OutsideAct
from bot.errors import CaseNotFound
from bot.sandbox import World
from bot.services.sanctions import LEASE
from tests.cogs.outbox_post import letters, mortal
from tests.cogs.test_moderation import (
    BOSS,
    LOG,
    STAFF,
    asked,
    assert_sound,
    bans,
    case,
    choose_log,
    furnish,
    tick,
    timed_out,
    told,
    use,
)
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, is_private, words

ADMIN = STAFF + 7


def furnish_rules(world: World) -> None:
    """Alice moderates, and may manage the server."""
    furnish(world)
    world.add_role(GUILD, "Admin", id=ADMIN, permissions=["manage_guild"])
    world.give_role(GUILD, ALICE, ADMIN)


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish_rules(stage.sandbox.world)
    await stage.start()
    await choose_log(stage)
    return stage


async def say(stage: Stage, command: str, **options: Any) -> str:
    answer = await stage.ask(stage.alice, command, **options)
    assert is_private(answer)
    return words(answer)


async def settle(stage: Stage) -> None:
    """Have everything said that was promised, at the pace that a channel takes."""
    for _ in range(4):
        await tick(stage)
        stage.clock.advance(seconds=15)


async def undo(stage: Stage, number: int, press: str | None = "Yes, undo it") -> str:
    """Ask for it, and press; what is said at the end."""
    question = await stage.ask(stage.alice, "undo", case=number)
    if press is None:
        return words(question)
    exchange = await stage.alice.click(question, press)
    return words(await exchange.finished())


# Points ------------------------------------------------------------------------------------------------------


async def test_a_warning_says_its_points_what_comes_next_and_what_a_rule_did(on_stage: Stage) -> None:
    said = await use(on_stage, "warn", reason="Spam")
    assert "Warned <@" in said
    assert "Case #1, code W-1." in said
    assert "Points that count: 1. There are no rules for warnings." in said
    assert "timeout for 1 hour" in await say(on_stage, "warnrules usual")
    assert "2 of 3 points in 30 days; at 3: timeout for 1 hour." in await use(on_stage, "warn", reason="Spam")
    said = await use(on_stage, "warn", reason="Spam")
    assert "3 of 5 points in 30 days; at 5: timeout for 1 day." in said
    assert "crossed a line, and a rule acts: 3 points in 30 days: timeout for 1 hour." in said
    assert f"Timed out <@{BOB}> for 1 hour, until" in said
    assert "Case #4." in said
    assert timed_out(on_stage) is not None
    sanction = await case(on_stage, 4)
    assert (sanction.related, sanction.moderator_id) == (3, None)
    await settle(on_stage)
    [log] = [one for one in told(on_stage) if "Case #4" in one]
    assert "**Moderator:** a rule of the server" in log
    assert "**Reason:** Warnings: 3 points in 30 days" in log
    assert "**Follows from:** case #3" in log
    assert sum("You were timed out" in words(one) for one in letters(on_stage, BOB)) == 1
    assert "rule acts" not in await use(on_stage, "warn", reason="Spam")
    await assert_sound(on_stage)


async def test_the_server_says_how_long_points_count(on_stage: Stage) -> None:
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    await settings.change(GUILD, ModerationSettings(log_channel=LOG, points_count=7 * 86_400), base=1, by=None)
    await use(on_stage, "warn", reason="Spam", severity=2)
    on_stage.clock.advance(days=7)
    assert "Points that count: 1." in await use(on_stage, "warn", reason="Spam")


async def test_a_warning_is_taken_back_by_its_code_and_what_followed_is_named(on_stage: Stage) -> None:
    await say(on_stage, "warnrules usual")
    await use(on_stage, "warn", reason="Spam", severity=3)
    said = await say(on_stage, "unwarn", warning="w-1", reason="Wrong person")
    assert f"Took back a warning of <@{BOB}>. Case #3." in said
    assert "0 of 3 points in 30 days" in said
    assert "holds on: Timeout #2" in said
    assert (await case(on_stage, 1)).state is CaseState.VOID
    assert "taken back already" in await say(on_stage, "unwarn", warning="#1", reason="Again")
    assert "no warning W-7" in await say(on_stage, "unwarn", warning="W-7", reason="What")
    await settle(on_stage)
    assert any("was taken back" in words(one) for one in letters(on_stage, BOB))
    assert any("Case #1 · Warning" in one and "**Void.**" in one for one in told(on_stage))
    await assert_sound(on_stage)


async def test_warnings_are_offered_to_those_who_may_take_them_back(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam")
    await use(on_stage, "warn", CAROL, reason="Insults")
    exchange = await on_stage.alice.autocomplete(GENERAL, "unwarn", "warning", "insu", reason="x")
    await exchange.answered()
    [offered] = exchange.choices
    assert offered["value"] == "#2"
    assert offered["name"].startswith("W-2 · ")


async def test_nobody_takes_back_their_own_warning_or_that_of_their_like(on_stage: Stage) -> None:
    assert on_stage.app is not None
    world = on_stage.sandbox.world
    await use(on_stage, "warn", reason="Spam")
    world.give_role(GUILD, BOB, BOSS)
    assert "must stand above" in await say(on_stage, "unwarn", warning="W-1", reason="x")
    assert "must stand above" in await say(on_stage, "undo", case=1)


# What can't be done ------------------------------------------------------------------------------------------


async def test_what_a_rule_can_t_do_leaves_the_warning_and_a_failed_case_in_words(on_stage: Stage) -> None:
    await say(on_stage, "warnrules add", points=2, days=7, then="ban")
    fault = on_stage.sandbox.faults.server_error("/guilds/*/bans/*", method="PUT", status=403)
    fault.code = 50013
    said = await use(on_stage, "warn", reason="Spam", severity=2)
    assert f"Warned <@{BOB}>" in said
    assert f"❌ Ban of <@{BOB}> failed: Discord didn't let me" in said
    assert (await case(on_stage, 1)).state is CaseState.ACTIVE
    failed = await case(on_stage, 2)
    assert (failed.kind, failed.state, failed.failure) == (CaseKind.BAN, CaseState.FAILED, Failure.NOT_PERMITTED)
    assert bans(on_stage) == {}
    await assert_sound(on_stage)


async def test_a_rule_leaves_a_longer_timeout_as_it_is_and_says_so(on_stage: Stage) -> None:
    await say(on_stage, "warnrules usual")
    await use(on_stage, "timeout", duration="2d")
    until = timed_out(on_stage)
    said = await use(on_stage, "warn", reason="Spam", severity=3)
    assert "Case #1 is no weaker than that, so I leave it at that." in said
    assert timed_out(on_stage) == until


# Rules -------------------------------------------------------------------------------------------------------


async def test_one_press_sets_the_usual_rules_and_touches_nobody(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam", severity=4)
    offer = await on_stage.ask(on_stage.alice, "warnrules list")
    assert "There are none" in words(offer)
    exchange = await on_stage.alice.click(offer, "Set the usual rules")
    said = words(await exchange.finished())
    assert "3 points in 30 days: timeout for 1 hour · 1 member has reached this line" in said
    assert "8 points in 30 days: timeout for 1 week · Nobody has reached this line." in said
    assert "Nothing happens to anybody by this" in said
    assert timed_out(on_stage) is None
    assert "5 points in 30 days: timeout for 1 day" in await say(on_stage, "warnrules list")


async def test_a_rule_is_added_replaced_and_removed_and_says_whom_it_would_touch(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam", severity=3)
    said = await say(on_stage, "warnrules add", points=3, days=30, then="timeout")
    assert "Set: **3 points in 30 days: timeout for 1 hour**." in said
    assert f"1 member has reached this line: <@{BOB}> (3)." in said
    assert "Before: 3 points in 30 days: timeout for 1 hour." in await say(
        on_stage, "warnrules add", points=3, days=30, then="ban", lasts="7d"
    )
    assert "A kick has no length" in await say(on_stage, "warnrules add", points=9, days=30, then="kick", lasts="7d")
    assert "Removed: **3 points in 30 days: ban for 1 week**." in await say(on_stage, "warnrules remove", rule="3/30")
    assert "no rule 3/30" in await say(on_stage, "warnrules remove", rule="3/30")
    assert asked(on_stage, "PUT", "/bans/") == []


async def test_moderators_warn_but_only_admins_write_rules(on_stage: Stage) -> None:
    on_stage.sandbox.world.backend.commands[None]["warnrules", 1]["default_member_permissions"] = None
    on_stage.sandbox.world.take_role(GUILD, ALICE, ADMIN)
    refused = await say(on_stage, "warnrules usual")
    assert Permission.MANAGE_GUILD.label in refused
    assert "Warned" in await use(on_stage, "warn", reason="Spam")


# Undoing -----------------------------------------------------------------------------------------------------


async def test_a_ban_is_undone_after_a_look_with_a_case_of_its_own(on_stage: Stage) -> None:
    await use(on_stage, "ban", reason="Spam")
    said = await undo(on_stage, 1, press=None)
    assert "Case #1 · Ban" in said
    assert "The ban is lifted" in said
    assert set(bans(on_stage)) == {BOB}
    assert "Nothing was changed." in await undo(on_stage, 1, press="Leave it")
    assert f"Lifted the ban of <@{BOB}>. Case #2." in await undo(on_stage, 1)
    assert bans(on_stage) == {}
    undone = await case(on_stage, 2)
    assert (undone.kind, undone.related) == (CaseKind.UNBAN, 1)
    assert f"<@{ALICE}> lifted it already" in await undo(on_stage, 1, press=None)
    await assert_sound(on_stage)


async def test_a_timeout_and_a_warning_are_undone_and_a_warning_can_be_brought_back(on_stage: Stage) -> None:
    await use(on_stage, "timeout")
    await use(on_stage, "warn", reason="Spam")
    assert "Lifted the timeout" in await undo(on_stage, 1)
    assert timed_out(on_stage) is None
    assert "Took back a warning" in await undo(on_stage, 2)
    assert (await case(on_stage, 2)).state is CaseState.VOID
    assert "The warning counts again: case #2." in await undo(on_stage, 4)
    assert (await case(on_stage, 2)).state is CaseState.ACTIVE
    await assert_sound(on_stage)


async def test_what_can_t_be_undone_says_why(on_stage: Stage) -> None:
    await use(on_stage, "timeout")
    await use(on_stage, "timeout", duration="2h")
    await use(on_stage, "kick")
    assert "Case #2 took its place." in await undo(on_stage, 1, press=None)
    assert "Only they themselves can come back" in await undo(on_stage, 3, press=None)
    assert "no case #9" in await undo(on_stage, 9, press=None)


async def test_what_was_lifted_by_hand_meanwhile_is_seen_and_only_the_case_is_set_right(on_stage: Stage) -> None:
    await use(on_stage, "ban")
    on_stage.sandbox.world.backend.remove_ban(GUILD, BOB)
    assert "somebody lifted it by hand" in await undo(on_stage, 1, press=None)
    assert "Somebody had lifted it by hand. Case #2 says so." in await undo(on_stage, 1)
    ban, unban = await case(on_stage, 1), await case(on_stage, 2)
    assert (ban.state, ban.ended_by) == (CaseState.ENDED, None)
    assert (unban.kind, unban.source, unban.moderator_id, unban.related) == (
        CaseKind.UNBAN, CaseSource.DISCORD, None, 1,
    )  # fmt: skip
    assert asked(on_stage, "DELETE", "/bans/") == []
    assert on_stage.app is not None
    late = OutsideAct(CaseKind.UNBAN, BOB, CAROL, reason="Sorry", audit_log_id=77 << 22)
    await on_stage.app.services.outside.record(GUILD, late)
    unban = await case(on_stage, 2)
    assert (unban.moderator_id, unban.reason) == (CAROL, "Sorry")
    with pytest.raises(CaseNotFound):
        await case(on_stage, 3)
    await assert_sound(on_stage)


async def test_a_timeout_lifted_by_hand_is_a_case_once_somebody_wants_it_undone(on_stage: Stage) -> None:
    await use(on_stage, "timeout")
    on_stage.sandbox.world.backend.get_member(GUILD, BOB).timed_out_until = None
    assert "Case #2 says so." in await undo(on_stage, 1)
    assert (await case(on_stage, 2)).kind is CaseKind.UNTIMEOUT
    await assert_sound(on_stage)


async def test_a_reason_outlives_a_restart_between_the_question_and_the_press(on_stage: Stage) -> None:
    await use(on_stage, "ban", reason="Spam")
    await use(on_stage, "warn", user=CAROL, reason="Spam")
    reasons = ["Appealed; see **#7** [there](https://example.com)", "It was her brother", "It was not"]
    for number, reason in zip((1, 2, 4), reasons, strict=True):
        question = await on_stage.ask(on_stage.alice, "undo", case=number, reason=reason)
        assert question.embeds[0]["fields"][0]["value"] == reason
        await on_stage.stop()
        await on_stage.start()
        await (await on_stage.alice.click(question, "Yes, undo it")).finished()
    assert [(await case(on_stage, number)).reason for number in (3, 4)] == reasons[:2]
    assert "because: It was not" in await say(on_stage, "case view", number="2")
    await assert_sound(on_stage)


async def test_what_changed_between_the_question_and_the_press_is_not_undone(on_stage: Stage) -> None:
    await use(on_stage, "timeout")
    question = await on_stage.ask(on_stage.alice, "undo", case=1)
    await use(on_stage, "timeout", duration="2d")
    exchange = await on_stage.alice.click(question, "Yes, undo it")
    assert "changed case #1" in words(await exchange.finished())
    question = await on_stage.ask(on_stage.alice, "undo", case=2)
    await on_stage.ask(on_stage.alice, "case reason", number="2", reason="He threatens people")
    exchange = await on_stage.alice.click(question, "Yes, undo it")
    assert "changed case #2" in words(await exchange.finished())
    assert timed_out(on_stage) is not None


# When the process dies ---------------------------------------------------------------------------------------


async def _story(stage: Stage, points: CrashPoints) -> None:
    stage.arrange = points.plant
    await stage.start()
    assert stage.app is not None
    logged, written = len(told(stage)), len(letters(stage, BOB))
    _, before = await stage.app.services.cases.of_member(GUILD, BOB, limit=1)
    await points.arm()
    exchange = await stage.alice.slash(GENERAL, "warn", member=f"<@{BOB}>", reason="Spam", severity=3)
    await points.heard(exchange)
    await mortal(stage.app.ticker.tick())
    points.armed = False
    await stage.die()
    stage.arrange = None
    for _ in range(2):
        stage.clock.advance(seconds=LEASE.total_seconds() + 1)
        if stage.app is None:
            await stage.start()
        await tick(stage)
    newest, total = await stage.app.services.cases.of_member(GUILD, BOB, limit=2)
    promised = total - before
    assert promised in {0, 2}, "the warning and what follows from it are one"
    assert promised or "after commit" not in points.seen, "committed, and forgotten"
    assert (timed_out(stage) is not None) == bool(promised)
    if promised:
        assert [one.kind for one in newest] == [CaseKind.TIMEOUT, CaseKind.WARN]
        assert {one.state for one in newest} == {CaseState.ACTIVE}
    assert len(told(stage)) - logged == promised
    assert len(letters(stage, BOB)) - written == promised
    await assert_sound(stage)
    stage.clock.advance(days=31)
    await tick(stage)
    stage.clock.advance(seconds=15)
    await tick(stage)
    stage.sandbox.world.backend.get_member(GUILD, BOB).timed_out_until = None
    await stage.stop()


async def test_a_warning_that_crosses_a_line_is_one_warning_and_one_timeout_wherever_the_process_dies(
    stage: Stage,
) -> None:
    furnish_rules(stage.sandbox.world)
    await stage.start()
    await choose_log(stage)
    await say(stage, "warnrules usual")
    await use(stage, "note", text="so that there is a case")
    await settle(stage)
    await stage.stop()
    await sweep(lambda points: _story(stage, points))
