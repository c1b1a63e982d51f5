"""Moderators who act in Discord's own windows beside the bot: the file knows of it, once, and nothing is undone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import discord
import pytest

from bot.domain.cases import Case, CaseKind, CaseSource, CaseState, EndReason, Slot
from bot.domain.general import GeneralSettings
from bot.domain.moderation import ModerationSettings
from bot.domain.sanctions import OutsideAct, SanctionOrder
from bot.jobs.agreement import AgreementJob
from bot.services.invariants.moderation import INVARIANTS
from bot.services.sanctions import LEASE
from bot.services.verify import VerifyService
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, ROBOT, Stage, words

STAFF = 4_100 << 22
LOG = (2_100 << 22) + 1
RIGHTS = [
    "ban_members", "kick_members", "moderate_members", "view_audit_log", "view_channel", "send_messages",
    "embed_links", "read_message_history",
]  # fmt: skip
WITHOUT_LOG = [one for one in RIGHTS if one != "view_audit_log"]
WITHOUT_BANS = [one for one in RIGHTS if one != "ban_members"]


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Alice moderates, by hand and by commands; cases are told in #log."""
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, RIGHTS)
    world.add_role(GUILD, "Staff", id=STAFF, permissions=["ban_members", "kick_members", "moderate_members"])
    world.give_role(GUILD, ALICE, STAFF)
    world.add_channel(GUILD, "log", id=LOG)
    await stage.start()
    assert stage.app is not None
    settings = stage.app.services.guild_settings
    await settings.change(GUILD, ModerationSettings(log_channel=LOG), base=0, by=None)
    await settings.change(GUILD, GeneralSettings(alert_channel=LOG), base=0, by=None)
    await tick(stage)
    return stage


async def tick(stage: Stage) -> None:
    """Let everything come to rest that is due, comparisons as well."""
    assert stage.app is not None
    [job] = [one for one in stage.app.periodic if isinstance(one, AgreementJob)]
    await job.round()
    for _ in range(3):
        await stage.app.ticker.tick()
        await stage.app.ticker.finish()


async def an_hour_later(stage: Stage) -> None:
    stage.clock.advance(hours=1)
    await tick(stage)


async def cases(stage: Stage, user: int = BOB) -> Sequence[Case]:
    assert stage.app is not None
    found, _ = await stage.app.services.cases.of_member(GUILD, user, limit=50)
    return list(reversed(found))


async def file(stage: Stage, user: int = BOB) -> list[tuple[int, CaseKind, CaseState]]:
    return [(case.number, case.kind, case.state) for case in await cases(stage, user)]


async def heard(stage: Stage, count: int, user: int = BOB) -> Sequence[Case]:
    """The cases of somebody once there are so many, each with its entry of the audit log if that can be read."""
    async with asyncio.timeout(10):
        while len(found := await cases(stage, user)) < count or await _pending(stage):
            await asyncio.sleep(0.01)
    assert len(found) == count
    return found


async def _pending(stage: Stage) -> bool:
    assert stage.app is not None
    return any("on_audit_log_entry_create" in one.get_name() for one in asyncio.all_tasks() if not one.done())


def bans(stage: Stage) -> set[int]:
    return set(stage.sandbox.world.backend.get_guild(GUILD).bans)


def told(stage: Stage) -> list[str]:
    with stage.sandbox.view(stage.sandbox.world.backend.get_guild(GUILD).owner_id) as view:
        return [words(message) for message in view.messages(LOG)]


async def use(stage: Stage, command: str, user: int = BOB, **options: Any) -> str:
    return words(await stage.ask(stage.alice, command, member=f"<@{user}>", **options))


def readings(stage: Stage) -> int:
    """How often the list of bans was asked for."""
    return sum(one.path == f"/guilds/{GUILD}/bans" for one in stage.sandbox.requests)


async def assert_sound(stage: Stage) -> None:
    assert stage.app is not None
    assert await VerifyService(stage.app.database, {"moderation": INVARIANTS}).guild(GUILD) == []


# As it happens ------------------------------------------------------------------------------------------------


async def test_an_old_temporary_ban_never_lifts_the_ban_for_good_that_came_after_it(on_stage: Stage) -> None:
    await use(on_stage, "ban", duration="1d")
    await heard(on_stage, 1)
    await on_stage.alice.unban(BOB, "they said sorry")
    unban = (await heard(on_stage, 2))[1]
    assert (unban.kind, unban.source, unban.moderator_id, unban.reason, unban.related) == (
        CaseKind.UNBAN, CaseSource.DISCORD, ALICE, "they said sorry", 1,
    )  # fmt: skip
    await on_stage.bob.join()
    await use(on_stage, "ban")
    await an_hour_later(on_stage)
    await on_stage.stop()
    on_stage.clock.advance(days=3)
    await on_stage.start()
    await tick(on_stage)
    await an_hour_later(on_stage)
    assert bans(on_stage) == {BOB}
    assert await file(on_stage) == [
        (1, CaseKind.BAN, CaseState.ENDED), (2, CaseKind.UNBAN, CaseState.ENDED), (3, CaseKind.BAN, CaseState.ACTIVE),
    ]  # fmt: skip
    await assert_sound(on_stage)


async def test_the_bot_hears_its_own_acts_and_makes_no_second_case(on_stage: Stage) -> None:
    await use(on_stage, "timeout", duration="2h")
    await use(on_stage, "untimeout")
    await use(on_stage, "kick")
    await use(on_stage, "ban", CAROL)
    await use(on_stage, "unban", CAROL)
    await use(on_stage, "softban", ROBOT)
    await an_hour_later(on_stage)
    assert [case.number for case in await heard(on_stage, 3)] == [1, 2, 3]
    assert [case.number for case in await heard(on_stage, 2, CAROL)] == [4, 5]
    assert [case.number for case in await heard(on_stage, 1, ROBOT)] == [6]
    entries = [case.audit_log_id for user in (BOB, CAROL, ROBOT) for case in await cases(on_stage, user)]
    assert None not in entries
    assert len(set(entries)) == 6
    await assert_sound(on_stage)


async def test_two_moderators_at_once_one_by_the_bot_and_one_by_hand_leave_no_gap_and_nothing_twice(
    on_stage: Stage,
) -> None:
    world = on_stage.sandbox.world
    people = [world.add_member(GUILD, f"raider{number}") for number in range(12)]
    answers = [await on_stage.alice.slash(GENERAL, "ban", member=f"<@{user}>") for user in people[:8]]
    by_hand = [user for user in people[4:] if user not in bans(on_stage)]
    for user in by_hand:
        await on_stage.alice.ban(user)
    for answer in answers:
        await answer.finished()
    for user in by_hand:
        async with asyncio.timeout(10):
            while not any(case.source is CaseSource.DISCORD for case in await cases(on_stage, user)):
                await asyncio.sleep(0.01)
    await an_hour_later(on_stage)
    assert bans(on_stage) == set(people)
    found = [case for user in people for case in await cases(on_stage, user)]
    assert sorted(case.number for case in found) == list(range(1, len(found) + 1))
    for user in people:
        mine = await cases(on_stage, user)
        assert [case.state for case in mine].count(CaseState.ACTIVE) == 1
        sources = [case.source for case in mine]
        assert len(set(sources)) == len(sources), "an act that is two cases"
    await assert_sound(on_stage)


async def test_what_is_done_by_hand_is_told_in_the_log_and_ends_when_it_ends(on_stage: Stage) -> None:
    until = on_stage.clock.now() + timedelta(hours=2)
    await on_stage.alice.time_out(BOB, until.isoformat(), "calm down")
    timeout = (await heard(on_stage, 1))[0]
    assert (timeout.kind, timeout.moderator_id, timeout.expires_at) == (CaseKind.TIMEOUT, ALICE, until)
    await on_stage.alice.time_out(BOB, (until + timedelta(hours=1)).isoformat())
    await heard(on_stage, 2)
    await on_stage.alice.time_out(BOB, None)
    await heard(on_stage, 3)
    await on_stage.alice.kick(BOB, "bye")
    await heard(on_stage, 4)
    assert await file(on_stage) == [
        (1, CaseKind.TIMEOUT, CaseState.SUPERSEDED),
        (2, CaseKind.TIMEOUT, CaseState.ENDED),
        (3, CaseKind.UNTIMEOUT, CaseState.ENDED),
        (4, CaseKind.KICK, CaseState.ENDED),
    ]
    await tick(on_stage)
    await tick(on_stage)
    assert len(told(on_stage)) == 4
    assert any("Case #4 · Kick" in one and f"<@{ALICE}>" in one and "bye" in one for one in told(on_stage))
    await assert_sound(on_stage)


async def test_without_the_audit_log_a_ban_is_a_case_whose_moderator_is_found_later(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    world.set_bot_permissions(GUILD, WITHOUT_LOG)
    await use(on_stage, "ban", CAROL)
    await on_stage.alice.ban(BOB, "spam")
    case = (await heard(on_stage, 1))[0]
    assert (case.state, case.moderator_id, case.reason) == (CaseState.ACTIVE, None, "spam")
    await an_hour_later(on_stage)
    world.set_bot_permissions(GUILD, RIGHTS)
    async with asyncio.timeout(10):  # until the bot knows
        while not _me(on_stage).guild_permissions.view_audit_log:
            await asyncio.sleep(0.01)
    await an_hour_later(on_stage)
    [found] = await cases(on_stage)
    assert (found.number, found.moderator_id) == (2, ALICE)
    assert found.audit_log_id is not None
    assert await file(on_stage, CAROL) == [(1, CaseKind.BAN, CaseState.ACTIVE)]
    await assert_sound(on_stage)


def _me(stage: Stage) -> discord.Member:
    assert stage.app is not None
    guild = stage.app.bot.get_guild(GUILD)
    assert guild is not None
    return guild.me


# Afterwards ---------------------------------------------------------------------------------------------------


async def test_what_happened_while_the_bot_was_away_is_caught_up_with_its_moderator(on_stage: Stage) -> None:
    await use(on_stage, "ban", CAROL, duration="1d")
    await heard(on_stage, 1, CAROL)
    await on_stage.stop()
    await on_stage.alice.kick(BOB, "bye")
    await on_stage.alice.unban(CAROL)
    await on_stage.alice.ban(CAROL, "again")
    await on_stage.start()
    await tick(on_stage)
    assert await file(on_stage) == [(2, CaseKind.KICK, CaseState.ENDED)]
    assert await file(on_stage, CAROL) == [
        (1, CaseKind.BAN, CaseState.ENDED), (3, CaseKind.UNBAN, CaseState.ENDED), (4, CaseKind.BAN, CaseState.ACTIVE),
    ]  # fmt: skip
    assert {case.moderator_id for case in await cases(on_stage, CAROL)} == {ALICE}
    on_stage.clock.advance(days=2)
    await tick(on_stage)
    assert bans(on_stage) == {CAROL}
    await an_hour_later(on_stage)
    assert len(await cases(on_stage, CAROL)) == 3
    await assert_sound(on_stage)


async def test_bans_that_stood_before_the_bot_came_make_no_case_and_no_noise(stage: Stage) -> None:
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, RIGHTS)
    world.add_role(GUILD, "Staff", id=STAFF, permissions=["ban_members", "moderate_members"])
    world.give_role(GUILD, ALICE, STAFF)
    for user in (BOB, CAROL):
        await stage.alice.ban(user, "long ago")
    await stage.start()
    await tick(stage)
    await an_hour_later(stage)
    assert await cases(stage) == await cases(stage, CAROL) == []
    await use(stage, "unban", CAROL)
    await stage.alice.unban(BOB)
    for user in (BOB, CAROL):
        assert (await heard(stage, 1, user))[0].kind is CaseKind.UNBAN
    assert bans(stage) == set()
    await assert_sound(stage)


async def test_what_neither_event_nor_log_told_of_is_found_by_the_survey(on_stage: Stage) -> None:
    await use(on_stage, "ban", duration="30d")
    await use(on_stage, "timeout", CAROL, duration="60d")
    await use(on_stage, "timeout", ROBOT, duration="2d")
    backend = on_stage.sandbox.world.backend
    backend.remove_ban(GUILD, BOB)
    backend.get_member(GUILD, CAROL).timed_out_until = None
    backend.apply_ban(GUILD, ROBOT, "spam")
    await an_hour_later(on_stage)
    [lifted] = await cases(on_stage)
    assert (lifted.state, lifted.end_reason) == (CaseState.ENDED, EndReason.OUTSIDE)
    assert (await cases(on_stage, CAROL))[0].end_reason is EndReason.OUTSIDE
    timeout, ban = await cases(on_stage, ROBOT)
    assert timeout.state is CaseState.ACTIVE, "who is not there keeps their timeout"
    assert (ban.state, ban.moderator_id, ban.reason) == (CaseState.ACTIVE, None, "spam")
    on_stage.clock.advance(days=61)
    await tick(on_stage)
    assert bans(on_stage) == {ROBOT}
    await assert_sound(on_stage)


async def test_who_is_unbanned_by_hand_before_a_crash_is_got_over_is_not_banned_anew(on_stage: Stage) -> None:
    assert on_stage.app is not None
    services, backend = on_stage.app.services, on_stage.sandbox.world.backend
    made = await services.cases.decide(GUILD, SanctionOrder(CaseKind.BAN, BOB, ALICE))
    assert made.claimed is not None
    await on_stage.app.bot.http.ban(BOB, GUILD, 0, reason="#1 alice")  # and that was the last that it did
    owner = backend.get_guild(GUILD).owner_id
    async with asyncio.timeout(10):
        while (await cases(on_stage))[0].audit_log_id is None:
            await asyncio.sleep(0.01)
    await services.outside.record(GUILD, OutsideAct(CaseKind.UNBAN, BOB, owner, audit_log_id=2**60 + 2**59))
    backend.remove_ban(GUILD, BOB)
    on_stage.clock.advance(seconds=LEASE.total_seconds() + 1)
    await tick(on_stage)
    assert bans(on_stage) == set()
    assert (await file(on_stage))[0] == (1, CaseKind.BAN, CaseState.ENDED)
    await assert_sound(on_stage)


@pytest.mark.parametrize("rights", [RIGHTS, WITHOUT_LOG])
async def test_who_came_back_after_a_softban_is_not_removed_again_when_a_crash_is_got_over(
    on_stage: Stage, rights: list[str]
) -> None:
    assert on_stage.app is not None
    on_stage.sandbox.world.set_bot_permissions(GUILD, rights)
    made = await on_stage.app.services.cases.decide(GUILD, SanctionOrder(CaseKind.SOFTBAN, BOB, ALICE))
    assert made.claimed is not None
    http = on_stage.app.bot.http
    await http.ban(BOB, GUILD, 0, reason="#1 alice")
    await http.unban(BOB, GUILD, reason="#1 alice")  # and that was the last that it did
    on_stage.sandbox.world.add_member(GUILD, BOB)
    on_stage.clock.advance(seconds=LEASE.total_seconds() + 1)
    await tick(on_stage)
    assert BOB in on_stage.sandbox.world.backend.get_guild(GUILD).members
    assert await file(on_stage) == [(1, CaseKind.SOFTBAN, CaseState.ENDED)]
    await assert_sound(on_stage)


@pytest.mark.parametrize("rights", [RIGHTS, WITHOUT_LOG])
@pytest.mark.parametrize("banned", [False, True])
async def test_a_softban_that_was_cut_off_before_its_end_is_finished_once(
    on_stage: Stage, rights: list[str], *, banned: bool
) -> None:
    assert on_stage.app is not None
    on_stage.sandbox.world.set_bot_permissions(GUILD, rights)
    made = await on_stage.app.services.cases.decide(GUILD, SanctionOrder(CaseKind.SOFTBAN, BOB, ALICE))
    assert made.claimed is not None
    if banned:
        await on_stage.app.bot.http.ban(BOB, GUILD, 0, reason="#1 alice")
    on_stage.clock.advance(seconds=LEASE.total_seconds() + 1)
    await tick(on_stage)
    guild = on_stage.sandbox.world.backend.get_guild(GUILD)
    assert BOB not in guild.members
    assert BOB not in guild.bans
    done = [one.method for one in on_stage.sandbox.requests if one.path == f"/guilds/{GUILD}/bans/{BOB}"]
    assert (done.count("PUT"), done.count("DELETE")) == (1, 1)
    assert await file(on_stage) == [(1, CaseKind.SOFTBAN, CaseState.ENDED)]
    await assert_sound(on_stage)


async def test_who_came_back_while_the_bot_was_away_stays_timed_out_and_who_was_freed_is_free(
    on_stage: Stage,
) -> None:
    await use(on_stage, "timeout", duration="90d")
    await use(on_stage, "timeout", CAROL, duration="60d")
    world = on_stage.sandbox.world
    kept = [world.backend.get_member(GUILD, user).timed_out_until for user in (BOB, CAROL)]
    world.remove_member(GUILD, BOB)
    world.remove_member(GUILD, CAROL)
    await use(on_stage, "untimeout", CAROL)
    on_stage.clock.advance(days=21)
    await tick(on_stage)
    await on_stage.stop()
    for user, until in zip((BOB, CAROL), kept, strict=True):  # as Discord does it
        world.add_member(GUILD, user)
        world.backend.get_member(GUILD, user).timed_out_until = until
    await on_stage.start()
    await an_hour_later(on_stage)
    assert world.backend.get_member(GUILD, BOB).timed_out_until not in {None, kept[0]}
    assert world.backend.get_member(GUILD, CAROL).timed_out_until is None
    await assert_sound(on_stage)


async def test_a_missing_permission_is_said_once_and_the_bans_are_left_alone(on_stage: Stage) -> None:
    await use(on_stage, "ban")
    on_stage.sandbox.world.set_bot_permissions(GUILD, WITHOUT_BANS)
    async with asyncio.timeout(10):
        while _me(on_stage).guild_permissions.ban_members:
            await asyncio.sleep(0.01)
    before = readings(on_stage)
    for _ in range(24):
        await an_hour_later(on_stage)
    assert readings(on_stage) == before
    assert len([one for one in told(on_stage) if "can't read the bans" in one]) == 1
    assert (await cases(on_stage))[0].state is CaseState.ACTIVE


async def test_what_fails_is_tried_ever_more_rarely(on_stage: Stage) -> None:
    on_stage.sandbox.faults.server_error(f"/guilds/{GUILD}/bans", method="GET", status=403, times=100)
    before = readings(on_stage)
    assert on_stage.app is not None
    on_stage.clock.advance(hours=1)
    for _ in range(120):
        await tick(on_stage)
        on_stage.clock.advance(minutes=1)
        on_stage.app.services.agreement.ask(GUILD)
    tries = readings(on_stage) - before
    assert 3 <= tries <= 8


async def test_a_server_that_is_away_is_waited_for(on_stage: Stage) -> None:
    await use(on_stage, "ban")
    assert on_stage.app is not None
    guild = on_stage.app.bot.get_guild(GUILD)
    assert guild is not None
    guild.unavailable = True
    on_stage.sandbox.world.backend.get_guild(GUILD).bans.clear()
    await an_hour_later(on_stage)
    assert (await cases(on_stage))[0].state is CaseState.ACTIVE
    guild.unavailable = False
    on_stage.app.bot.dispatch("guild_available", guild)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await tick(on_stage)
    assert (await cases(on_stage))[0].end_reason is EndReason.OUTSIDE


async def test_thousands_of_bans_are_compared_page_by_page(on_stage: Stage) -> None:
    assert on_stage.app is not None
    world, agreement = on_stage.sandbox.world, on_stage.app.services.agreement
    people = [(5_000 + number) << 22 for number in range(2_500)]
    known = world.backend.get_guild(GUILD).bans
    for user in people:
        world.add_user(f"u{user}", id=user)
        known[user] = None
    await agreement.assume_banned(GUILD, people)
    del known[people[1_700]]
    strange = world.add_user("stranger", id=people[1_200] + 1)
    known[strange] = "spam"
    before = readings(on_stage)
    await an_hour_later(on_stage)
    assert 3 <= readings(on_stage) - before <= 5
    assert [case.reason for case in await cases(on_stage, strange)] == ["spam"]
    assert not (await agreement.believed(GUILD, people[1_700], Slot.BAN)).held.holds
    assert (await agreement.believed(GUILD, people[1_701], Slot.BAN)).held.holds
