"""Warnings as they are kept: a rule acts once when its line is crossed, together with the warning, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from random import Random

import pytest

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.audit import AuditFilter, AuditSource
from bot.domain.cases import CaseKind, CaseSource, CaseState, EndReason, Failure
from bot.domain.features import FeatureSettings
from bot.domain.sanctions import Intended, SanctionOrder
from bot.domain.warn_rules import MOST_RULES, USUAL, WarnRule
from bot.errors import CaseNotFound, TooManyWarnRules, WarningNotFound, WarningTakenBack, WarnRuleNotFound
from bot.services import Services
from bot.services.warn_rules import By
from tests.support.clock import ManualClock
from tests.support.jail import BOB, CAROL, GUILD, MOD, OTHER_MOD, Jail

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WARN, UNWARN, TIMEOUT, BAN, KICK = CaseKind.WARN, CaseKind.UNWARN, CaseKind.TIMEOUT, CaseKind.BAN, CaseKind.KICK
ADMIN = By(MOD, AuditSource.COMMAND)


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


async def warn(jail: Jail, points: int = 1, user: int = BOB, **more: object) -> Intended:
    """Warn, and carry out what follows, as a command does."""
    more = {"lasts": 90 * DAY, "severity": min(points, 5), "points": points, **more}
    made = await jail.order(WARN, user, **more)
    for one in made.followed_by:
        if one.claimed is not None:
            await jail.carry_out(one.claimed)
    return made


async def unwarn(jail: Jail, number: int, **more: object) -> Intended:
    return await jail.order(UNWARN, BOB, undoes=number, **more)


def numbers(made: Intended) -> list[int]:
    return [one.case.number for one in made.followed_by]


# Codes and points ------------------------------------------------------------------------------------------


async def test_each_warning_has_a_code_and_one_from_elsewhere_is_kept(jail: Jail) -> None:
    await jail.do(CaseKind.NOTE)
    assert (await warn(jail)).case.code == "W-1"
    assert (await warn(jail, code="W-3")).case.code == "W-3"
    assert (await warn(jail)).case.code == "W-4", "W-3 is taken, by one from elsewhere"
    assert (await warn(jail, code="W-3")).case.code == "W-5", "and so for a second one from there"
    for written, number in (("W-1", 2), ("w-1", 2), ("2", 2), ("#2", 2), (" W-4 ", 4)):
        assert (await jail.services.warnings.find(GUILD, written)).number == number
    for written in ("W-9", "1", "#1", "", "9" * 40):
        with pytest.raises(WarningNotFound):
            await jail.services.warnings.find(GUILD, written)
    await jail.assert_sound()


async def test_a_code_that_is_a_number_is_found_where_the_case_of_that_number_is_no_warning(jail: Jail) -> None:
    await jail.do(CaseKind.NOTE)
    kept = (await warn(jail, code="1")).case
    assert (await jail.services.warnings.find(GUILD, "1")).number == kept.number


async def test_points_expire_and_the_warning_stays(jail: Jail, clock: ManualClock) -> None:
    warnings = jail.services.warnings
    await warn(jail, 2)
    clock.advance(days=60)
    assert (await warn(jail)).weighed is not None
    assert (await warnings.standing(GUILD, BOB)).points == 3
    clock.advance(days=30)
    assert (await warnings.standing(GUILD, BOB)).points == 1
    assert (await jail.case(1)).state is CaseState.ACTIVE
    await jail.assert_sound()


async def test_a_warning_that_is_taken_back_is_void_counts_nothing_and_can_be_restored(jail: Jail) -> None:
    warnings = jail.services.warnings
    await warn(jail, 3)
    back = await unwarn(jail, 1, by=OTHER_MOD, reason="wrong person")
    assert (back.case.number, back.case.kind, back.case.state, back.case.related) == (2, UNWARN, CaseState.ENDED, 1)
    assert back.case.end_reason is EndReason.DONE
    assert back.weighed is not None
    assert back.weighed.points == 0
    with pytest.raises(WarningTakenBack):
        await unwarn(jail, 1)
    with pytest.raises(CaseNotFound):
        await unwarn(jail, 2)
    restored = await warnings.restore(GUILD, 2, by=MOD)
    assert (restored.number, restored.state, restored.points) == (1, CaseState.ACTIVE, 3)
    assert (await warnings.restore(GUILD, 2, by=MOD)).number == 1, "twice is once"
    assert (await jail.case(2)).state is CaseState.VOID
    assert (await warnings.standing(GUILD, BOB)).points == 3
    changes = [(one.before, one.after, one.by) for one in await jail.cases.changes(GUILD, 1)]
    assert changes == [(None, "active", MOD), ("active", "void", OTHER_MOD), ("void", "active", MOD)]
    assert (await jail.order(CaseKind.NOTE)).case.number == 3, "what is refused takes no number"
    await jail.assert_sound()


async def test_two_who_take_a_warning_back_at_once_do_it_once(jail: Jail, other: Services) -> None:
    await warn(jail)
    tries = [
        services.cases.decide(GUILD, SanctionOrder(UNWARN, BOB, by, undoes=1))
        for services, by in ((jail.services, MOD), (other, OTHER_MOD))
    ]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Intended", "WarningTakenBack"]
    await jail.assert_sound()


# Rules -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def usual(jail: Jail) -> Jail:
    await jail.services.warn_rules.put_usual(GUILD, ADMIN)
    return jail


async def test_without_rules_nothing_follows(jail: Jail) -> None:
    for _ in range(5):
        assert (await warn(jail, 5)).followed_by == ()
    assert jail.timeouts == {}


async def test_a_rule_acts_when_its_line_is_crossed_and_not_again(usual: Jail, clock: ManualClock) -> None:
    assert numbers(await warn(usual, 2)) == []
    third = await warn(usual)
    assert numbers(third) == [3]
    sanction = await usual.case(3)
    assert (sanction.kind, sanction.state, sanction.related) == (TIMEOUT, CaseState.ACTIVE, third.case.number)
    assert (sanction.source, sanction.moderator_id, sanction.via) == (CaseSource.AUTOMATION, None, "warning rule")
    assert sanction.reason == "Warnings: 3 points in 30 days"
    assert usual.timeouts[BOB] == clock.now() + HOUR
    assert numbers(await warn(usual)) == [], "above the line, and below the next"
    assert numbers(await warn(usual)) == [6]
    assert usual.timeouts[BOB] == clock.now() + DAY
    assert (await usual.case(3)).superseded_by == 6
    assert numbers(await warn(usual, user=CAROL)) == []
    await usual.assert_sound()


async def test_of_several_lines_crossed_at_once_the_highest_acts_alone(usual: Jail, clock: ManualClock) -> None:
    assert len(numbers(await warn(usual, 10))) == 1
    assert usual.timeouts[BOB] == clock.now() + 7 * DAY
    assert numbers(await warn(usual, 10)) == []


async def test_it_acts_again_once_the_total_was_below_the_line(usual: Jail, clock: ManualClock) -> None:
    await warn(usual, 2)
    assert numbers(await warn(usual, 1)) == [3]
    clock.advance(hours=1)
    await usual.rest()
    await unwarn(usual, 2)
    assert numbers(await warn(usual, 1)) == [6], "crossed anew after one was taken back"
    await usual.rest()
    clock.advance(days=31)
    await usual.rest()
    assert numbers(await warn(usual, 2)) == []
    assert len(numbers(await warn(usual, 1))) == 1, "crossed anew after the first ones were too long ago"
    await usual.assert_sound()


@pytest.mark.parametrize("count", [50])
async def test_of_fifty_warnings_at_once_each_line_is_crossed_by_one(usual: Jail, other: Services, count: int) -> None:
    async def one(number: int) -> Intended:
        services = usual.services if number % 2 else other
        order = SanctionOrder(WARN, BOB, MOD, lasts=90 * DAY, severity=1, points=1)
        return await services.cases.decide(GUILD, order)

    made = await asyncio.gather(*(one(number) for number in range(count)))
    fired = [one.weighed.fired for one in made if one.weighed is not None and one.weighed.fired is not None]
    assert sorted(rule.points for rule in fired) == [3, 5, 8]
    assert sorted(one.case.code or "" for one in made) == sorted(f"W-{number}" for number in range(1, count + 1))
    found, total = await usual.cases.of_member(GUILD, BOB, limit=100)
    assert total == count + 3
    assert sorted(case.number for case in found) == list(range(1, count + 4))
    await usual.rest()
    for claimed in [one.claimed for each in made for one in each.followed_by if one.claimed is not None]:
        await usual.carry_out(claimed)
    await usual.rest()
    assert len([case for case in found if case.kind is TIMEOUT]) == 3
    await usual.assert_sound()


async def test_warnings_and_timeouts_of_one_member_at_once_wait_for_each_other_without_a_deadlock(
    usual: Jail, other: Services
) -> None:
    async def by_command() -> None:
        await other.cases.decide(GUILD, SanctionOrder(TIMEOUT, BOB, OTHER_MOD, lasts=HOUR))

    warnings = [usual.order(WARN, BOB, lasts=90 * DAY, severity=3, points=3) for _ in range(10)]
    await asyncio.gather(*warnings, *(by_command() for _ in range(10)))
    _, total = await usual.cases.of_member(GUILD, BOB, limit=1)
    assert total in {22, 23}, "two or three lines were crossed, and nothing was lost"
    await usual.rest()


async def test_the_same_warning_asked_for_twice_is_one_and_tells_what_followed(usual: Jail) -> None:
    first = await warn(usual, 3, key="i:1")
    again = await usual.order(WARN, lasts=90 * DAY, severity=3, points=3, key="i:1")
    assert again.repeated
    assert again.case.number == first.case.number
    assert [one.case.number for one in again.followed_by] == numbers(first) == [2]
    assert again.weighed is not None
    assert again.weighed.points == 3


async def test_the_same_warning_asked_for_by_two_processes_at_once_is_one(usual: Jail) -> None:
    asked = (usual.order(WARN, lasts=90 * DAY, severity=3, points=1, key="i:1") for _ in range(8))
    made = await asyncio.gather(*asked)
    assert {one.case.number for one in made} == {1}
    assert [one.repeated for one in made].count(False) == 1
    _, total = await usual.cases.of_member(GUILD, BOB, limit=1)
    assert total == 1


@pytest.mark.parametrize("lasts", [DAY, None])
async def test_a_rule_shortens_nothing_that_is_stronger(
    usual: Jail, clock: ManualClock, lasts: timedelta | None
) -> None:
    if lasts is None:
        await usual.do(BAN)
    else:
        await usual.do(TIMEOUT, lasts=lasts)
    made = await warn(usual, 3)
    assert made.followed_by == ()
    assert made.weighed is not None
    assert (made.weighed.fired, made.weighed.spared) == (USUAL[0], 1)
    assert (await usual.case(1)).state is CaseState.ACTIVE
    if lasts is not None:
        assert usual.timeouts[BOB] == clock.now() + lasts
    await usual.rest()
    await usual.assert_sound()


async def test_a_longer_ban_by_rule_takes_the_place_of_one_that_stands_or_is_under_way(jail: Jail) -> None:
    await jail.services.warn_rules.put(GUILD, WarnRule(3, 30, BAN), ADMIN)
    await jail.do(BAN, lasts=DAY)
    made = await warn(jail, 3)
    assert numbers(made) == [3]
    assert (await jail.case(1)).superseded_by == 3
    underway = await jail.order(BAN, CAROL, lasts=DAY)
    behind = await warn(jail, 3, CAROL)
    assert behind.followed_by[0].case.state is CaseState.PLANNED
    assert underway.claimed is not None
    await jail.carry_out(underway.claimed)
    await jail.rest()
    assert (await jail.case(underway.case.number)).superseded_by == behind.followed_by[0].case.number
    await jail.assert_sound()


async def test_what_a_rule_asks_for_and_discord_refuses_leaves_the_warning_and_a_failed_case(jail: Jail) -> None:
    await jail.services.warn_rules.put(GUILD, WarnRule(3, 30, KICK), ADMIN)
    jail.refuse = lambda _step: Failure.NOT_PERMITTED
    made = await warn(jail, 3)
    assert made.case.state is CaseState.ACTIVE
    failed = await jail.case(2)
    assert (failed.kind, failed.state, failed.failure) == (KICK, CaseState.FAILED, Failure.NOT_PERMITTED)
    await jail.assert_sound()


async def test_what_follows_is_done_after_the_process_died_at_it(usual: Jail, clock: ManualClock) -> None:
    await usual.order(WARN, lasts=90 * DAY, severity=3, points=3)
    assert usual.timeouts == {}
    clock.advance(minutes=2)
    await usual.rest()
    assert usual.timeouts[BOB] == clock.now() - timedelta(minutes=2) + HOUR
    await usual.assert_sound()


# Writing them ----------------------------------------------------------------------------------------------


async def test_rules_are_set_replaced_and_removed_with_an_entry_each_and_touch_nobody(jail: Jail) -> None:
    rules = jail.services.warn_rules
    for points, user in ((4, BOB), (3, CAROL), (2, 72)):
        await warn(jail, points, user)
    mild, hard = WarnRule(3, 30, TIMEOUT, HOUR), WarnRule(3, 30, BAN)
    assert await rules.put(GUILD, mild, ADMIN) is None
    assert await rules.put(GUILD, mild, ADMIN) == mild, "no change, no entry"
    assert await rules.put(GUILD, hard, ADMIN) == mild
    touched = await rules.touched(GUILD, hard)
    assert (touched.members, touched.total) == (((BOB, 4), (CAROL, 3)), 2)
    assert await jail.tick() == 0
    assert (jail.timeouts, jail.banned) == ({}, set())
    assert await rules.remove(GUILD, (3, 30), ADMIN) == hard
    with pytest.raises(WarnRuleNotFound):
        await rules.remove(GUILD, (3, 30), ADMIN)
    page = await jail.services.audit.search(GUILD, AuditFilter(target_type="warn_rule"))
    assert [one.record.action for one in reversed(page.entries)] == [
        "warnrule.set", "warnrule.set", "warnrule.remove",
    ]  # fmt: skip


async def test_the_usual_rules_leave_what_is_there(jail: Jail) -> None:
    rules = jail.services.warn_rules
    mine = WarnRule(5, 30, BAN)
    await rules.put(GUILD, mine, ADMIN)
    assert await rules.put_usual(GUILD, ADMIN) == [USUAL[0], mine, USUAL[2]]
    assert await rules.put_usual(GUILD, ADMIN) == await rules.all(GUILD)


async def test_there_are_no_more_rules_than_fit(jail: Jail) -> None:
    rules = jail.services.warn_rules
    for number in range(1, MOST_RULES + 1):
        await rules.put(GUILD, WarnRule(number, 7, KICK), ADMIN)
    with pytest.raises(TooManyWarnRules):
        await rules.put(GUILD, WarnRule(99, 7, KICK), ADMIN)
    with pytest.raises(TooManyWarnRules):
        await rules.put_usual(GUILD, ADMIN)
    await rules.put(GUILD, WarnRule(1, 7, BAN), ADMIN)
