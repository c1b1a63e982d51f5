"""Sanctions as they are kept: one case an act, one active case a slot, and no old deadline on anything new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from random import Random

import pytest

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.cases import Case, CaseKind, CaseSource, CaseState, EndReason, Failure, Slot
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.sanctions import Delayed, OutsideAct, SanctionOrder, plan
from bot.errors import ActUnderWay, AlreadyBanned, CaseChanged, CaseNotFound, FeatureOff, UserError
from bot.services import Services
from bot.services.sanctions import LEASE
from tests.support.clock import ManualClock
from tests.support.jail import ALL, BOB, CAROL, GUILD, MOD, OTHER_MOD, Jail

DAY = timedelta(days=1)
BAN, UNBAN, KICK, TIMEOUT, UNTIMEOUT = (
    CaseKind.BAN, CaseKind.UNBAN, CaseKind.KICK, CaseKind.TIMEOUT, CaseKind.UNTIMEOUT,
)  # fmt: skip


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


async def states(jail: Jail, *numbers: int) -> list[CaseState]:
    return [(await jail.case(number)).state for number in numbers]


async def heard(jail: Jail, act: OutsideAct) -> Case:
    """What somebody did in Discord's own window, as it is in the file."""
    case = await jail.outside.record(GUILD, act)
    assert case is not None
    return case


async def test_a_ban_is_a_case_that_holds_until_its_time_is_up(jail: Jail, clock: ManualClock) -> None:
    case = await jail.do(BAN, lasts=DAY, reason="spam")
    assert (case.number, case.state, case.reason, case.moderator_id) == (1, CaseState.ACTIVE, "spam", MOD)
    assert jail.banned == {BOB}
    clock.advance(days=1, seconds=-1)
    assert await jail.tick() == 0
    clock.advance(seconds=1)
    await jail.rest()
    assert jail.banned == set()
    ended = await jail.case(1)
    assert (ended.state, ended.end_reason, ended.ended_by) == (CaseState.ENDED, EndReason.EXPIRED, None)
    changes = [(one.field, one.before, one.after) for one in await jail.cases.changes(GUILD, 1)]
    assert changes == [
        ("state", None, "planned"), ("state", "planned", "applying"), ("state", "applying", "active"),
        ("state", "active", "ended"),
    ]  # fmt: skip
    await jail.assert_sound()


async def test_an_old_temporary_ban_never_lifts_a_later_ban_for_good(jail: Jail, clock: ManualClock) -> None:
    await jail.do(BAN, lasts=DAY)
    jail.banned.clear()  # by hand, in Discord's own window
    outside = OutsideAct(UNBAN, BOB, OTHER_MOD, "they said sorry", audit_log_id=555)
    lifted = await heard(jail, outside)
    assert (lifted.number, lifted.state, lifted.source, lifted.related) == (
        2, CaseState.ENDED, CaseSource.DISCORD, 1,
    )  # fmt: skip
    first = await jail.case(1)
    assert (first.state, first.end_reason, first.ended_by) == (CaseState.ENDED, EndReason.LIFTED, OTHER_MOD)
    await jail.do(BAN)
    for _ in range(3):
        clock.advance(days=1)
        await jail.rest()
    assert jail.banned == {BOB}
    assert await states(jail, 1, 2, 3) == [CaseState.ENDED, CaseState.ENDED, CaseState.ACTIVE]
    assert await heard(jail, outside) == lifted, "told of twice"
    await jail.assert_sound()


async def test_the_bot_hears_of_its_own_ban_and_makes_no_second_case(jail: Jail) -> None:
    case = await jail.do(BAN)
    first = await heard(jail, OutsideAct(BAN, BOB, None, "#1 mira", audit_log_id=9, mine=True, number=1))
    again = await heard(jail, OutsideAct(BAN, BOB, None, "#1 mira", audit_log_id=9, mine=True, number=1))
    assert first.number == again.number == case.number
    assert (await jail.case(1)).audit_log_id == 9
    with pytest.raises(CaseNotFound):
        await jail.case(2)
    await jail.assert_sound()


async def test_a_ban_by_hand_takes_the_place_of_the_one_that_stood(jail: Jail, clock: ManualClock) -> None:
    await jail.do(BAN, lasts=DAY)
    outside = await heard(jail, OutsideAct(BAN, BOB, OTHER_MOD, audit_log_id=7))
    assert outside.state is CaseState.ACTIVE
    first = await jail.case(1)
    assert (first.state, first.superseded_by) == (CaseState.SUPERSEDED, 2)
    clock.advance(days=2)
    await jail.rest()
    assert jail.banned == {BOB}
    await jail.assert_sound()


async def test_who_is_banned_is_not_banned_again_unless_that_is_meant(jail: Jail, clock: ManualClock) -> None:
    await jail.do(BAN, lasts=DAY)
    with pytest.raises(AlreadyBanned) as refused:
        await jail.do(BAN)
    assert refused.value.case == "#1"
    with pytest.raises(AlreadyBanned):
        await jail.do(CaseKind.SOFTBAN)
    changed = await jail.do(BAN, replaces=True)
    assert changed.number == 2, "a refused act takes no number"
    assert await states(jail, 1, 2) == [CaseState.SUPERSEDED, CaseState.ACTIVE]
    clock.advance(days=2)
    await jail.rest()
    assert jail.banned == {BOB}
    await jail.assert_sound()


async def test_an_act_that_failed_stays_with_its_reason_and_what_held_before_holds_on(jail: Jail) -> None:
    await jail.do(TIMEOUT, lasts=DAY)
    jail.refuse = lambda _step: Failure.NOT_PERMITTED
    failed = await jail.do(TIMEOUT, lasts=2 * DAY)
    assert (failed.state, failed.failure) == (CaseState.FAILED, Failure.NOT_PERMITTED)
    assert (failed.failure_detail or "").startswith("403")
    assert await states(jail, 1, 2) == [CaseState.ACTIVE, CaseState.FAILED]
    banned = await jail.do(BAN)
    assert banned.state is CaseState.FAILED
    jail.refuse = lambda _step: None
    assert (await jail.do(BAN)).state is CaseState.ACTIVE
    await jail.assert_sound()


async def test_what_has_to_wait_is_tried_again_and_is_one_case(jail: Jail, clock: ManualClock) -> None:
    made = await jail.order(BAN)
    assert made.claimed is not None
    await jail.sanctions.postpone(made.claimed, Delayed("503"))
    with pytest.raises(ActUnderWay):
        await jail.order(BAN, by=OTHER_MOD)
    assert await jail.tick() == 0
    clock.advance(seconds=1)
    [claimed] = await jail.sanctions.claim(ALL, 5, each=5)
    assert claimed.again
    await jail.carry_out(claimed)
    assert await states(jail, 1) == [CaseState.ACTIVE]
    await jail.assert_sound()


async def test_a_process_that_died_at_an_act_leaves_it_to_the_next(jail: Jail, clock: ManualClock) -> None:
    made = await jail.order(BAN, lasts=DAY)
    assert made.claimed is not None
    assert await jail.tick() == 0
    clock.advance(seconds=LEASE.total_seconds())
    await jail.rest()
    assert await states(jail, 1) == [CaseState.ACTIVE]
    late = await jail.carry_out(made.claimed)  # it was not dead, only slow
    assert late is not None
    assert late.state is CaseState.ACTIVE
    assert len(await jail.cases.changes(GUILD, 1)) == 3
    await jail.assert_sound()


async def test_what_is_decided_while_somebody_is_at_it_is_done_right_after(jail: Jail) -> None:
    first = await jail.order(BAN, lasts=DAY)
    second = await jail.order(UNBAN, by=OTHER_MOD)
    assert second.claimed is None
    assert second.case.state is CaseState.PLANNED
    assert first.claimed is not None
    await jail.carry_out(first.claimed)
    await jail.rest()
    assert jail.banned == set()
    assert await states(jail, 1, 2) == [CaseState.ENDED, CaseState.ENDED]
    assert (await jail.case(1)).ended_by == OTHER_MOD
    await jail.assert_sound()


async def test_a_newer_timeout_counts_whichever_was_decided_first(jail: Jail, clock: ManualClock) -> None:
    first = await jail.order(TIMEOUT, lasts=DAY)
    second = await jail.order(TIMEOUT, lasts=2 * DAY, by=OTHER_MOD)
    third = await jail.order(TIMEOUT, lasts=3 * DAY)
    assert first.claimed is not None
    await jail.carry_out(first.claimed)
    await jail.rest()
    assert await states(jail, 1, 2, 3) == [CaseState.SUPERSEDED, CaseState.SUPERSEDED, CaseState.ACTIVE]
    assert jail.timeouts[BOB] == third.case.expires_at
    assert jail.asked == ["timeout", "timeout"], "what was overtaken is not done any more"
    assert second.case.number == 2
    clock.advance(days=3)
    await jail.rest()
    assert await states(jail, 3) == [CaseState.ENDED]
    await jail.assert_sound()


async def test_the_same_interaction_twice_is_one_case(jail: Jail) -> None:
    first = await jail.do(BAN, key="i:1")
    again = await jail.order(BAN, key="i:1")
    assert (again.case, again.repeated, again.claimed) == (first, True, None)
    both = await asyncio.gather(jail.order(KICK, CAROL, key="i:2"), jail.order(KICK, CAROL, key="i:2"))
    assert {one.case.number for one in both} == {2}
    assert sorted(one.repeated for one in both) == [False, True]


async def test_fifty_bans_at_once_by_two_moderators_get_one_case_each(jail: Jail, other: Services) -> None:
    users = [100 + number for number in range(40)]
    orders = [(user, MOD) for user in users] + [(user, OTHER_MOD) for user in users[:10]]
    Random(4).shuffle(orders)
    services = {MOD: jail.services, OTHER_MOD: other}

    async def ban(user: int, by: int) -> int | None:
        try:
            made = await services[by].cases.decide(GUILD, SanctionOrder(BAN, user, by))
        except UserError as error:
            assert isinstance(error, AlreadyBanned | ActUnderWay)
            return None
        assert made.claimed is not None
        step = plan(made.claimed)
        await services[by].sanctions.settle(made.claimed, step, jail.act(made.claimed, step))
        return made.case.number

    numbers = [one for one in await asyncio.gather(*(ban(*order) for order in orders)) if one is not None]
    assert sorted(numbers) == list(range(1, 41))
    assert jail.banned == set(users)
    found = [await jail.case(number) for number in numbers]
    assert {case.target_id for case in found} == set(users)
    assert {case.state for case in found} == {CaseState.ACTIVE}
    await jail.assert_sound()


async def test_by_hand_and_by_command_at_once_no_case_is_missing_and_none_double(jail: Jail, other: Services) -> None:
    users = [200 + number for number in range(15)]

    async def by_command(user: int) -> None:
        try:
            await jail.do(TIMEOUT, user, lasts=DAY)
        except UserError as error:
            raise AssertionError from error

    async def by_hand(user: int) -> None:
        act = OutsideAct(TIMEOUT, user, OTHER_MOD, until=jail.sanctions.moment() + DAY, audit_log_id=user)
        await asyncio.gather(*(other.outside.record(GUILD, act) for _ in range(2)))

    await asyncio.gather(*(work(user) for user in users for work in (by_command, by_hand)))
    await jail.rest()
    for user in users:
        found, total = await jail.cases.of_member(GUILD, user, limit=5)
        assert total == 2
        assert sorted(case.state for case in found) == [CaseState.ACTIVE, CaseState.SUPERSEDED]
    await jail.assert_sound()


# Timeouts ------------------------------------------------------------------------------------------------


async def test_a_timeout_of_a_year_is_renewed_in_slices_and_ends_to_the_second(jail: Jail, clock: ManualClock) -> None:
    began = clock.now()
    case = await jail.do(TIMEOUT, lasts=timedelta(days=365))
    assert jail.timeouts[BOB] == began + timedelta(days=27)
    days = 0
    while days < 364:
        clock.advance(days=1)
        days += 1
        await jail.rest()
        assert jail.timeouts[BOB] > clock.now(), f"no timeout after {days} days"
        assert jail.timeouts[BOB] <= clock.now() + timedelta(days=28)
    assert jail.asked.count("renew") <= 18
    clock.advance(days=1)
    await jail.rest()
    ended = await jail.case(case.number)
    assert (ended.state, ended.end_reason) == (CaseState.ENDED, EndReason.EXPIRED)
    assert jail.timeouts[BOB] == ended.expires_at, "Discord let go by itself, to the second"
    await jail.assert_sound()


async def test_a_long_timeout_of_somebody_who_left_is_renewed_when_they_return(jail: Jail, clock: ManualClock) -> None:
    await jail.do(TIMEOUT, lasts=timedelta(days=100))
    jail.gone.add(BOB)
    clock.advance(days=21)
    await jail.rest()
    asked = len(jail.asked)
    for _ in range(20):
        clock.advance(days=1)
        await jail.rest()
    assert len(jail.asked) == asked, "who is away is left in peace"
    assert await jail.sanctions.came_back(GUILD, CAROL) is False
    jail.gone.clear()
    assert await jail.sanctions.came_back(GUILD, BOB)
    await jail.rest()
    assert jail.timeouts[BOB] == clock.now() + timedelta(days=27)
    await jail.assert_sound()


async def test_who_left_can_have_their_timeout_lifted_and_is_free_when_they_return(
    jail: Jail, clock: ManualClock
) -> None:
    await jail.do(TIMEOUT, lasts=timedelta(days=20))
    jail.gone.add(BOB)
    lifted = await jail.do(UNTIMEOUT, by=OTHER_MOD)
    assert (lifted.state, lifted.related) == (CaseState.ENDED, 1)
    assert await states(jail, 1) == [CaseState.ENDED]
    assert BOB in jail.timeouts
    clock.advance(days=1)
    await jail.rest()
    jail.gone.clear()
    assert await jail.sanctions.came_back(GUILD, BOB)
    await jail.rest()
    assert BOB not in jail.timeouts
    assert await jail.sanctions.came_back(GUILD, BOB) is False
    await jail.assert_sound()


async def test_who_left_and_returned_within_a_slice_costs_no_request(jail: Jail, clock: ManualClock) -> None:
    await jail.do(TIMEOUT, lasts=timedelta(days=20))
    assert await jail.sanctions.came_back(GUILD, BOB) is False
    clock.advance(days=20)
    await jail.rest()
    assert jail.asked == ["timeout"]
    assert await states(jail, 1) == [CaseState.ENDED]


# What can't be done ---------------------------------------------------------------------------------------


async def alerts(jail: Jail, days: int) -> list[str]:
    """What staff was alerted of about the first case in the first days of March."""
    keys = [f"alert:case:1:2026-03-{day:02}" for day in range(2, days + 2)]
    found = [await jail.services.outbox.find(GUILD, key) for key in keys]
    return [key for key, one in zip(keys, found, strict=True) if one is not None]


async def test_a_long_timeout_that_can_t_be_renewed_is_told_once_and_renewed_when_it_can_be_again(
    jail: Jail, clock: ManualClock
) -> None:
    await jail.services.guild_settings.change(GUILD, GeneralSettings(alert_channel=11), base=0, by=None)
    await jail.do(TIMEOUT, lasts=timedelta(days=90))
    clock.advance(days=20)
    jail.refuse = lambda _step: Failure.NOT_PERMITTED
    for _ in range(9 * 24):
        await jail.rest()
        clock.advance(hours=1)
    assert jail.timeouts[BOB] < clock.now(), "Discord let go of it meanwhile"
    assert await alerts(jail, 30) == ["alert:case:1:2026-03-22"]
    assert await states(jail, 1) == [CaseState.ACTIVE]
    jail.refuse = lambda _step: None
    clock.advance(hours=6)
    await jail.rest()
    assert jail.timeouts[BOB] == clock.now() + timedelta(days=27)
    await jail.assert_sound()


async def test_a_lost_permission_is_tried_ever_more_rarely_told_once_and_then_done(
    jail: Jail, clock: ManualClock
) -> None:
    await jail.services.guild_settings.change(GUILD, GeneralSettings(alert_channel=11), base=0, by=None)
    await jail.do(BAN, lasts=DAY)
    jail.refuse = lambda _step: Failure.NOT_PERMITTED
    tries = 0
    for _ in range(8 * 24 * 4):
        clock.advance(minutes=15)
        tries += await jail.tick()
    assert 30 <= tries <= 60
    assert await states(jail, 1) == [CaseState.ACTIVE]
    alerts = [
        one
        for day in range(12)
        if (one := await jail.services.outbox.find(GUILD, f"alert:case:1:2026-03-{day + 1:02}"))
    ]
    assert len(alerts) == 1
    jail.refuse = lambda _step: None
    clock.advance(hours=6)
    await jail.rest()
    assert jail.banned == set()
    assert await states(jail, 1) == [CaseState.ENDED]
    await jail.assert_sound()


async def test_a_ban_that_discord_does_not_show_any_more_ends_and_can_be_given_anew(jail: Jail) -> None:
    await jail.do(BAN)
    gone = await jail.sanctions.vanished(GUILD, BOB, Slot.BAN)
    assert gone is not None
    assert (gone.state, gone.end_reason) == (CaseState.ENDED, EndReason.OUTSIDE)
    assert await jail.sanctions.vanished(GUILD, BOB, Slot.BAN) is None
    assert (await jail.do(BAN)).number == 2
    await jail.assert_sound()


async def test_what_discord_did_not_show_ends_no_case_that_was_made_since(jail: Jail) -> None:
    await jail.do(BAN)
    await jail.do(BAN, replaces=True)
    assert await jail.sanctions.vanished(GUILD, BOB, Slot.BAN, 1) is None, "it was the first that was looked for"
    assert await states(jail, 1, 2) == [CaseState.SUPERSEDED, CaseState.ACTIVE]
    await jail.assert_sound()


async def test_a_ban_that_has_to_wait_is_done_though_the_one_before_it_has_vanished(
    jail: Jail, clock: ManualClock
) -> None:
    await jail.do(BAN, lasts=DAY)
    made = await jail.order(BAN, replaces=True)
    assert made.claimed is not None
    await jail.sanctions.postpone(made.claimed, Delayed("Discord is away"))
    jail.banned.clear()
    gone = await jail.sanctions.vanished(GUILD, BOB, Slot.BAN, 1)
    assert gone is not None
    clock.advance(minutes=5)
    await jail.rest()
    assert jail.banned == {BOB}
    assert await states(jail, 1, 2) == [CaseState.ENDED, CaseState.ACTIVE]
    await jail.assert_sound()


async def test_nothing_is_decided_where_moderation_is_off(jail: Jail) -> None:
    await jail.services.guild_settings.change(GUILD, FeatureSettings(moderation=False), base=0, by=None)
    with pytest.raises(FeatureOff):
        await jail.order(BAN)


async def test_whoever_looks_for_what_is_due_is_woken_only_where_something_will_be(jail: Jail) -> None:
    """Looking means a query of every feature, in the way of the very act that a moderator waits for."""
    woken: list[None] = []
    jail.sanctions.on_due(lambda: woken.append(None))
    await jail.do(BAN)
    assert len(woken) == 0, "it is done, and never ends"
    await jail.do(BAN, CAROL, lasts=DAY)
    assert len(woken) == 1, "it ends"
    first = await jail.order(TIMEOUT, lasts=DAY)
    await jail.order(TIMEOUT, lasts=2 * DAY)
    assert len(woken) == 2, "somebody else is at it, and may die"
    assert first.claimed is not None
    await jail.carry_out(first.claimed)
    assert len(woken) == 3, "another is to be done"


async def test_what_is_to_replace_one_case_replaces_no_other(jail: Jail) -> None:
    await jail.do(BAN, lasts=DAY)
    changed = await jail.do(BAN, instead_of=1)
    assert await states(jail, 1, changed.number) == [CaseState.SUPERSEDED, CaseState.ACTIVE]
    with pytest.raises(CaseChanged):
        await jail.do(BAN, lasts=DAY, instead_of=1)
    await jail.order(UNBAN)
    with pytest.raises(ActUnderWay):
        await jail.do(BAN, instead_of=changed.number)
    with pytest.raises(CaseChanged):
        await jail.do(TIMEOUT, instead_of=changed.number)
    await jail.assert_sound()
