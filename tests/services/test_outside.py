"""What is done by hand becomes part of the file, once, whatever comes first; and rows and Discord agree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.cases import CaseDetails, CaseKind, CaseSource, CaseState, EndReason, Slot
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.outside import Believed, Shown
from bot.domain.sanctions import Delayed, Done, Held, OutsideAct, SanctionOrder, plan
from bot.services import Services
from tests.support.clock import ManualClock
from tests.support.jail import ALL, BOB, CAROL, GUILD, OTHER_MOD, Jail

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BAN, UNBAN, KICK, TIMEOUT, UNTIMEOUT = (
    CaseKind.BAN, CaseKind.UNBAN, CaseKind.KICK, CaseKind.TIMEOUT, CaseKind.UNTIMEOUT,
)  # fmt: skip
BANNED = Held(holds=True)


@pytest.fixture
def jail(database: Database, services: Services) -> Jail:
    return Jail(database, services)


@pytest.fixture
async def other(database_config: DatabaseConfig, clock: ManualClock) -> AsyncGenerator[Services]:
    """A second process on the same database."""
    second = Database(database_config, clock, Random(2))
    features = FeatureSettings.of({"all"})
    yield make_services(second, clock, Random(3), keep_guilds_for=DAY, features=features)
    await second.close()


def by_hand(kind: CaseKind, entry: int | None, user: int = BOB, **more: Any) -> OutsideAct:
    return OutsideAct(kind, user, OTHER_MOD, audit_log_id=entry, **more)


def own(kind: CaseKind, entry: int, number: int | None, user: int = BOB) -> OutsideAct:
    return OutsideAct(kind, user, audit_log_id=entry, mine=True, number=number)


async def file(jail: Jail, user: int = BOB) -> list[tuple[int, CaseKind, CaseState]]:
    found, _ = await jail.cases.of_member(GUILD, user, limit=50)
    return [(case.number, case.kind, case.state) for case in reversed(found)]


async def look(jail: Jail, shown: Shown, slot: Slot = Slot.BAN) -> Any:
    believed = await jail.services.agreement.believed(GUILD, shown.user_id, slot)
    return await jail.services.agreement.agree(GUILD, slot, believed, shown)


# Whichever comes first --------------------------------------------------------------------------------------


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("marked", [True, False])
async def test_the_bots_own_act_is_one_case_whether_it_is_heard_before_or_after_its_outcome(
    jail: Jail, early: bool, marked: bool
) -> None:
    made = await jail.order(BAN)
    assert made.claimed is not None
    answer = jail.act(made.claimed, plan(made.claimed))
    heard = own(BAN, 9, 1 if marked else None)
    if early:
        assert (await jail.outside.record(GUILD, heard) or made.case).audit_log_id == 9
    await jail.sanctions.settle(made.claimed, plan(made.claimed), answer)
    assert (await jail.outside.record(GUILD, heard) or made.case).number == 1
    assert (await jail.case(1)).audit_log_id == 9
    assert await file(jail) == [(1, BAN, CaseState.ACTIVE)]
    assert await jail.tick() == 0, "nothing was decided, so there is nothing to look at"
    await jail.assert_sound()


async def test_a_late_entry_of_a_mass_ban_is_not_taken_for_that_of_a_later_ban(jail: Jail) -> None:
    await jail.do(BAN)
    await jail.do(UNBAN)
    await jail.order(BAN)
    many = replace(own(BAN, 9, 1), last=2)
    assert (await jail.outside.record(GUILD, many) or await jail.case(3)).number == 1
    assert [(await jail.case(number)).audit_log_id for number in (1, 3)] == [9, None]


async def test_the_end_of_a_ban_is_not_taken_for_somebodys_unban(jail: Jail, clock: ManualClock) -> None:
    await jail.do(BAN, lasts=HOUR)
    await jail.outside.record(GUILD, own(BAN, 5, 1))
    clock.advance(hours=1)
    await jail.rest()
    await jail.outside.record(GUILD, own(UNBAN, 6, 1))
    assert await file(jail) == [(1, BAN, CaseState.ENDED)]
    assert (await jail.case(1)).audit_log_id == 5


async def test_a_softban_and_a_renewed_timeout_leave_several_entries_and_are_one_case(
    jail: Jail, clock: ManualClock
) -> None:
    await jail.do(CaseKind.SOFTBAN)
    await jail.outside.record(GUILD, own(BAN, 1, 1))
    await jail.outside.record(GUILD, own(UNBAN, 2, 1))
    await jail.do(TIMEOUT, CAROL, lasts=60 * DAY)
    await jail.outside.record(GUILD, own(TIMEOUT, 3, 2, CAROL))
    clock.advance(days=21)
    await jail.rest()
    await jail.outside.record(GUILD, own(TIMEOUT, 4, 2, CAROL))
    assert [one.audit_log_id for one in (await jail.case(1), await jail.case(2))] == [1, 3]
    assert len(await file(jail)) == len(await file(jail, CAROL)) == 1
    await jail.assert_sound()


async def test_a_case_that_a_restored_backup_has_lost_is_made_anew(jail: Jail) -> None:
    made = await jail.outside.record(GUILD, own(BAN, 9, 77))
    assert made is not None
    assert (made.number, made.state, made.moderator_id) == (1, CaseState.ACTIVE, None)
    await jail.assert_sound()


async def test_event_outcome_and_reading_at_once_make_one_case_each(jail: Jail, other: Services) -> None:
    made = await jail.order(BAN)
    assert made.claimed is not None
    step = plan(made.claimed)
    answer: Any = jail.act(made.claimed, step)
    foreign = by_hand(BAN, 20, CAROL, reason="raid")
    await asyncio.gather(
        jail.sanctions.settle(made.claimed, step, answer),
        *(service.outside.record(GUILD, own(BAN, 10, 1)) for service in (jail.services, other)),
        *(service.outside.record(GUILD, foreign) for service in (jail.services, other, jail.services)),
    )
    assert await file(jail) == [(1, BAN, CaseState.ACTIVE)]
    assert await file(jail, CAROL) == [(2, BAN, CaseState.ACTIVE)]
    assert [(await jail.case(number)).audit_log_id for number in (1, 2)] == [10, 20]
    await jail.rest()
    await jail.assert_sound()


async def test_two_moderators_at_once_one_by_the_bot_and_one_by_hand_are_counted_without_gap(
    jail: Jail, other: Services
) -> None:
    people = range(1_000, 1_025)
    await asyncio.gather(
        *(jail.do(BAN, user) for user in people),
        *(other.outside.record(GUILD, by_hand(BAN, 5_000 + user, user)) for user in range(1_010, 1_035)),
        return_exceptions=True,
    )
    await jail.rest()
    numbers = sorted([number for user in range(1_000, 1_035) for number, _, _ in await file(jail, user)])
    assert numbers == list(range(1, len(numbers) + 1))
    for user in range(1_000, 1_035):
        assert [state for _, _, state in await file(jail, user)].count(CaseState.ACTIVE) == 1
    await jail.assert_sound()


async def test_who_bans_by_hand_after_the_bot_unbanned_is_not_undone_by_the_late_outcome(jail: Jail) -> None:
    await jail.do(BAN)
    lifting = await jail.order(UNBAN)
    assert lifting.claimed is not None
    step = plan(lifting.claimed)
    answer: Any = jail.act(lifting.claimed, step)
    jail.banned.add(BOB)
    await jail.outside.record(GUILD, own(UNBAN, 10, 2))
    await jail.outside.record(GUILD, by_hand(BAN, 11))
    await jail.sanctions.settle(lifting.claimed, step, answer)
    await jail.rest()
    assert await file(jail) == [
        (1, BAN, CaseState.SUPERSEDED), (2, UNBAN, CaseState.ENDED), (3, BAN, CaseState.ACTIVE),
    ]  # fmt: skip
    assert jail.banned == {BOB}
    await jail.assert_sound()


@pytest.mark.parametrize("kind", [BAN, TIMEOUT])
async def test_what_is_lifted_by_hand_before_the_bots_outcome_was_written_holds_no_more(
    jail: Jail, kind: CaseKind
) -> None:
    made = await jail.order(kind, lasts=DAY)
    assert made.claimed is not None
    step = plan(made.claimed)
    answer: Any = jail.act(made.claimed, step)
    jail.banned.clear()
    jail.timeouts.clear()
    await jail.outside.record(GUILD, own(kind, 10, 1))
    lifting = UNBAN if kind is BAN else UNTIMEOUT
    await jail.outside.record(GUILD, by_hand(lifting, 11))
    case = await jail.sanctions.settle(made.claimed, step, answer)
    assert case is not None
    assert (case.end_reason, case.ended_by) == (EndReason.LIFTED, OTHER_MOD)
    await jail.rest()
    assert await file(jail) == [(1, kind, CaseState.ENDED), (2, lifting, CaseState.ENDED)]
    assert (jail.banned, jail.timeouts) == (set(), {})
    await jail.assert_sound()


async def test_one_of_many_that_is_lifted_by_hand_meanwhile_holds_no_more(jail: Jail) -> None:
    bulk = jail.services.bulk_bans
    silent = CaseDetails(silent=True)
    orders = [
        SanctionOrder(BAN, user, key=f"7:{user}", moderator_id=1, details=silent, batch_id=7) for user in (BOB, CAROL)
    ]
    chunk = await bulk.intend(GUILD, orders)
    await jail.outside.record(GUILD, replace(own(BAN, 10, 1), last=2))
    await jail.outside.record(GUILD, by_hand(UNBAN, 11))
    assert await bulk.settle(chunk.claims) == {CAROL}
    case = await jail.sanctions.settle(chunk.claims[0], plan(chunk.claims[0]), Done(BANNED))
    assert case is not None
    assert (case.target_id, case.end_reason) == (BOB, EndReason.LIFTED)
    assert not (await jail.services.agreement.believed(GUILD, BOB, Slot.BAN)).held.holds
    await jail.assert_sound()


async def test_a_timeout_changed_by_hand_before_the_bots_outcome_was_written_stays_changed(
    jail: Jail, clock: ManualClock
) -> None:
    made = await jail.order(TIMEOUT, lasts=HOUR)
    assert made.claimed is not None
    step = plan(made.claimed)
    answer: Any = jail.act(made.claimed, step)
    until = jail.timeouts[BOB] = clock.now() + 3 * HOUR
    await jail.outside.record(GUILD, own(TIMEOUT, 10, 1))
    await jail.outside.record(GUILD, by_hand(TIMEOUT, 11, until=until))
    await jail.sanctions.settle(made.claimed, step, answer)
    await jail.rest()
    assert await file(jail) == [(1, TIMEOUT, CaseState.SUPERSEDED), (2, TIMEOUT, CaseState.ACTIVE)]
    assert jail.timeouts == {BOB: until}
    await jail.assert_sound()
    clock.advance(hours=3)
    await jail.rest()
    assert (await jail.case(2)).end_reason is EndReason.EXPIRED


async def test_what_was_read_after_something_newer_is_in_the_file_as_over(jail: Jail) -> None:
    await jail.outside.record(GUILD, by_hand(UNBAN, 12))
    await jail.outside.record(GUILD, by_hand(BAN, 11))
    await jail.outside.record(GUILD, by_hand(BAN, 14, CAROL))
    await jail.outside.record(GUILD, by_hand(BAN, 13, CAROL))
    assert await file(jail) == [(1, UNBAN, CaseState.ENDED), (2, BAN, CaseState.ENDED)]
    assert (await jail.case(4)).superseded_by == 3
    assert (await jail.services.agreement.believed(GUILD, BOB, Slot.BAN)).held == Held()
    await jail.rest()
    await jail.assert_sound()


async def test_an_act_that_has_to_wait_is_still_done_after_something_happened_by_hand(jail: Jail) -> None:
    made = await jail.order(BAN)
    assert made.claimed is not None
    await jail.sanctions.postpone(made.claimed, Delayed("Discord is away"))
    await jail.outside.record(GUILD, by_hand(UNBAN, 3))
    await jail.rest()
    assert (await jail.case(1)).state is CaseState.ACTIVE
    assert jail.banned == {BOB}
    await jail.assert_sound()


async def test_a_timeout_by_hand_that_is_over_by_the_time_it_is_read_holds_nothing(
    jail: Jail, clock: ManualClock
) -> None:
    await jail.do(TIMEOUT, lasts=DAY)
    until = clock.now() + HOUR
    clock.advance(hours=2)
    late = await jail.outside.record(GUILD, by_hand(TIMEOUT, 3, until=until))
    assert late is not None
    assert (late.state, late.end_reason, late.ended_at) == (CaseState.ENDED, EndReason.EXPIRED, until)
    assert (await jail.case(1)).state is CaseState.SUPERSEDED
    await jail.rest()
    await jail.assert_sound()


# Where nobody knows who it was ------------------------------------------------------------------------------


async def test_a_ban_that_is_seen_without_the_audit_log_is_completed_when_that_tells_who_it_was(jail: Jail) -> None:
    shown = Shown(BOB, BANNED, "spam", is_news=True)
    case = await look(jail, shown)
    assert (case.moderator_id, case.source, case.reason) == (None, CaseSource.DISCORD, "spam")
    assert await look(jail, shown) is None, "told of twice"
    completed = await jail.outside.record(GUILD, by_hand(BAN, 8, reason="spam"))
    assert completed is not None
    assert (completed.number, completed.moderator_id, completed.audit_log_id) == (1, OTHER_MOD, 8)
    await look(jail, Shown(BOB, is_news=True))
    assert await file(jail) == [(1, BAN, CaseState.ENDED), (2, UNBAN, CaseState.ENDED)]
    await jail.outside.record(GUILD, by_hand(UNBAN, 9))
    assert (await jail.case(2)).moderator_id == OTHER_MOD
    assert len(await file(jail)) == 2
    await jail.assert_sound()


async def test_a_later_ban_by_hand_is_not_taken_for_one_that_nobody_saw_lifted(jail: Jail) -> None:
    await look(jail, Shown(BOB, BANNED))
    await look(jail, Shown(BOB))
    await jail.outside.record(GUILD, by_hand(BAN, 8))
    assert await file(jail) == [(1, BAN, CaseState.ENDED), (2, BAN, CaseState.ACTIVE)]


async def test_an_unban_that_the_survey_found_first_is_named_when_it_is_read(jail: Jail) -> None:
    await jail.do(BAN)
    jail.banned.clear()
    ended = await look(jail, Shown(BOB))
    assert (ended.number, ended.end_reason) == (1, EndReason.OUTSIDE)
    unban = await jail.outside.record(GUILD, by_hand(UNBAN, 9))
    assert unban is not None
    assert (unban.number, unban.moderator_id, unban.related) == (2, OTHER_MOD, 1)
    await jail.rest()
    await jail.assert_sound()


async def test_what_was_decided_after_discord_was_asked_is_no_difference(jail: Jail) -> None:
    before = await jail.services.agreement.believed(GUILD, BOB, Slot.BAN)
    await jail.do(BAN)
    assert await jail.services.agreement.agree(GUILD, Slot.BAN, before, Shown(BOB)) is None
    then = await jail.services.agreement.believed(GUILD, BOB, Slot.BAN)
    await jail.order(UNBAN)
    assert await jail.services.agreement.agree(GUILD, Slot.BAN, then, Shown(BOB)) is None
    now = await jail.services.agreement.believed(GUILD, BOB, Slot.BAN)
    assert now.is_busy
    assert await jail.services.agreement.agree(GUILD, Slot.BAN, now, Shown(BOB)) is None
    assert (await jail.case(1)).state is CaseState.ACTIVE


async def test_two_processes_that_see_the_same_difference_make_one_case(jail: Jail, other: Services) -> None:
    nothing = Believed(BOB)
    shown = Shown(BOB, BANNED)
    made = await asyncio.gather(
        *(one.agreement.agree(GUILD, Slot.BAN, nothing, shown) for one in (jail.services, other) for _ in range(3))
    )
    assert sorted(case.number for case in made if case is not None) == [1]
    await jail.assert_sound()


async def test_bans_from_before_the_bot_are_believed_without_a_case_and_can_be_lifted(jail: Jail) -> None:
    agreement = jail.services.agreement
    await agreement.assume_banned(GUILD, [BOB, CAROL])
    assert await file(jail) == await file(jail, CAROL) == []
    assert [one.held.holds for one in await agreement.bans(GUILD, after=0, limit=10)] == [True, True]
    await look(jail, Shown(CAROL))
    assert await file(jail, CAROL) == [], "nobody saw who it was, and nothing of it was in the file"
    await jail.outside.record(GUILD, by_hand(UNBAN, 4))
    assert await file(jail) == [(1, UNBAN, CaseState.ENDED)]
    await jail.assert_sound()


# Settings and marks -----------------------------------------------------------------------------------------


async def test_where_moderation_is_off_only_what_ends_a_case_is_written(jail: Jail, clock: ManualClock) -> None:
    await jail.do(BAN, lasts=DAY)
    settings = jail.services.guild_settings
    base = (await settings.read(GUILD, FeatureSettings)).version
    await settings.change(GUILD, FeatureSettings(), base=base, by=None)
    assert await jail.outside.record(GUILD, by_hand(BAN, 1, CAROL)) is None
    assert await jail.outside.record(GUILD, by_hand(UNBAN, 2)) is not None
    assert await jail.outside.record(GUILD, by_hand(BAN, 3)) is None
    jail.banned.add(BOB)
    clock.advance(days=2)
    await jail.rest()
    assert jail.banned == {BOB}, "the old deadline is gone with its case"
    assert await file(jail, CAROL) == []


async def test_switching_moderation_off_makes_what_happens_meanwhile_nobodys_news(jail: Jail) -> None:
    agreement, settings = jail.services.agreement, jail.services.guild_settings
    await agreement.read_to(GUILD, 50)
    await agreement.read_to(GUILD, 40)
    await agreement.surveyed(GUILD)
    mark = await agreement.begin(GUILD)
    assert mark is not None
    assert (mark.audit_log_id, mark.baseline_at) == (50, agreement.moment())
    base = (await settings.read(GUILD, FeatureSettings)).version
    await settings.change(GUILD, FeatureSettings(), base=base, by=None)
    assert await agreement.begin(GUILD) is None
    await settings.change(GUILD, FeatureSettings.of({"all"}), base=base + 1, by=None)
    again = await agreement.begin(GUILD)
    assert again is not None
    assert (again.audit_log_id, again.baseline_at) == (None, None)


async def test_staff_is_told_once_that_bans_can_not_be_read_until_they_could_be_again(
    jail: Jail, clock: ManualClock
) -> None:
    agreement, settings = jail.services.agreement, jail.services.guild_settings
    base = (await settings.read(GUILD, GeneralSettings)).version
    await settings.change(GUILD, GeneralSettings(alert_channel=4), base=base, by=None)
    for _ in range(7 * 24):
        await agreement.hindered(GUILD)
        clock.advance(hours=1)
    assert await alerts(jail) == 1
    await agreement.surveyed(GUILD)
    await agreement.hindered(GUILD)
    assert await alerts(jail) == 2


async def alerts(jail: Jail) -> int:
    return (await jail.services.outbox.depth(ALL)).waiting


async def test_what_is_in_the_file_is_not_read_again(jail: Jail) -> None:
    await jail.outside.record(GUILD, by_hand(KICK, 1))
    left = await jail.services.agreement.untold(GUILD, [by_hand(KICK, 1), by_hand(KICK, 2)])
    assert [act.audit_log_id for act in left] == [2]
