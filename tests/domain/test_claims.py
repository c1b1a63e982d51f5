"""When a claim is ready and what it is worth: by many clocks, across changes of clocks, of zones and of rhythms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.claims import ACROSS, DAY, WEEK, Calendar, ClaimClock, Earned, Hours, Rhythm, earned, rhythm_of
from bot.domain.coin_range import MOST_PAID
from bot.domain.economy import ClaimAction
from bot.domain.economy_settings import EconomySettings

INSTANT = timedelta(microseconds=1)
FIXED = [f"Etc/GMT{hours:+d}" for hours in range(-14, 13)]
"""Every whole hour from UTC-12 to UTC+14; their names count the other way round."""
MOVING = [
    "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo",
    "America/Havana", "Pacific/Kiritimati", "Etc/GMT+12",
]  # fmt: skip
"""Zones whose days have 23 hours at least."""


@dataclass
class Claimant:
    """Somebody's last claim, as the row holds it, and what they were paid for; judged as the statement does."""

    last_at: datetime | None = None
    ready_at: datetime | None = None
    streak: int = 0

    def claim(self, now: datetime, rhythm: Rhythm) -> bool:
        """Claim if it is ready; whether it was."""
        term = rhythm.term(now)
        assert term.over_by <= now < term.ready_at
        if self.last_at is not None and self.ready_at is not None:
            if not (self.last_at <= term.last_by and self.ready_at <= term.over_by):
                return False
            self.streak = self.streak + 1 if self.ready_at > term.streak_after else 1
        else:
            self.streak = 1
        self.last_at, self.ready_at = now, term.ready_at
        return True

    def next_at(self, rhythm: Rhythm) -> datetime:
        """What a refusal tells."""
        assert self.last_at is not None
        assert self.ready_at is not None
        return rhythm.next_after(self.last_at, self.ready_at)


def days(zone: str, *, own: bool = False, grace: int = 0) -> Calendar:
    return Calendar(ClaimClock(ZoneInfo(zone), is_own=own), weeks=False, grace=grace)


def weeks(zone: str, *, own: bool = False, grace: int = 0) -> Calendar:
    return Calendar(ClaimClock(ZoneInfo(zone), is_own=own), weeks=True, grace=grace)


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)


# Clocks that change -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "last", "now", "next_day"),
    [
        # the day of 23 hours, the day of 25
        ("Europe/Berlin", (2026, 3, 28, 23, 59), (2026, 3, 29, 0, 0), (2026, 3, 30)),
        ("Europe/Berlin", (2026, 3, 29, 0, 0), (2026, 3, 30, 0, 0), (2026, 3, 31)),
        ("Europe/Berlin", (2026, 10, 25, 0, 0), (2026, 10, 26, 0, 0), (2026, 10, 27)),
        ("America/New_York", (2026, 3, 8, 12, 0), (2026, 3, 9, 0, 0), (2026, 3, 10)),
        ("America/New_York", (2026, 11, 1, 23, 59), (2026, 11, 2, 0, 0), (2026, 11, 3)),
        # never any change, an odd offset
        ("Asia/Kathmandu", (2026, 3, 28, 23, 59), (2026, 3, 29, 0, 0), (2026, 3, 30)),
        # half an hour
        ("Australia/Lord_Howe", (2026, 4, 4, 23, 59), (2026, 4, 5, 0, 0), (2026, 4, 6)),
        ("Australia/Lord_Howe", (2026, 10, 4, 0, 0), (2026, 10, 5, 0, 0), (2026, 10, 6)),
        # 30 December 2011 was skipped: the day after the 29th was the 31st
        ("Pacific/Apia", (2011, 12, 29, 23, 59), (2011, 12, 31, 0, 0), (2012, 1, 1)),
        ("Pacific/Apia", (2011, 12, 28, 12, 0), (2011, 12, 29, 23, 59), (2011, 12, 31)),
    ],
)
@pytest.mark.parametrize("own", [True, False])
def test_each_day_is_claimed_once_and_the_next_midnight_begins_another(
    zone: str, last: tuple[int, ...], now: tuple[int, ...], next_day: tuple[int, ...], own: bool
) -> None:
    rhythm, somebody = days(zone, own=own), Claimant()
    assert somebody.claim(local(zone, *last), rhythm)
    begins = local(zone, *now[:3])
    if begins > local(zone, *last):
        assert somebody.next_at(rhythm) == begins
        assert not somebody.claim(begins - INSTANT, rhythm)
    assert somebody.claim(local(zone, *now), rhythm)
    assert somebody.streak == 2
    assert somebody.ready_at == somebody.next_at(rhythm) == local(zone, *next_day)
    assert not somebody.claim(local(zone, *next_day) - INSTANT, rhythm)
    assert somebody.claim(local(zone, *next_day), rhythm)


@pytest.mark.parametrize(
    ("zone", "monday"),
    [
        ("Europe/Berlin", (2026, 3, 30)), ("Europe/Berlin", (2026, 10, 26)), ("America/New_York", (2026, 3, 9)),
        ("Asia/Kathmandu", (2026, 3, 30)), ("Australia/Lord_Howe", (2026, 4, 6)), ("Pacific/Apia", (2012, 1, 2)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("own", [True, False])
def test_each_week_is_claimed_once_and_begins_with_monday(zone: str, monday: tuple[int, int, int], own: bool) -> None:
    begins, rhythm = local(zone, *monday), weeks(zone, own=own)
    somebody = Claimant()
    assert somebody.claim(begins - timedelta(days=5), rhythm)
    assert somebody.next_at(rhythm) == begins
    assert not somebody.claim(begins - INSTANT, rhythm)
    assert somebody.claim(begins, rhythm)
    assert somebody.streak == 2
    following = local(zone, *(begins + timedelta(days=8)).astimezone(ZoneInfo(zone)).timetuple()[:3])
    assert somebody.ready_at == following - timedelta(days=1)
    assert somebody.claim(begins + timedelta(days=14), rhythm)
    assert somebody.streak == 1, "a week was missed"


# Streaks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"])
@pytest.mark.parametrize(("grace", "missed", "kept"), [(0, 0, True), (0, 1, False), (1, 1, True), (1, 2, False),
                                                       (3, 3, True), (3, 4, False)])  # fmt: skip
def test_as_many_days_as_the_grace_allows_may_be_missed(zone: str, grace: int, missed: int, kept: bool) -> None:
    rhythm, somebody = days(zone, grace=grace), Claimant()
    first = local(zone, 2026, 3, 27, 23, 59)
    assert somebody.claim(first, rhythm)
    later = local(zone, 2026, 3, 28 + missed, 0, 0) if missed < 4 else local(zone, 2026, 4, 1, 0, 0)
    assert somebody.claim(later, rhythm)
    assert somebody.streak == (2 if kept else 1)


def test_a_day_that_never_was_is_not_missed() -> None:
    rhythm, somebody = days("Pacific/Apia"), Claimant()
    somebody.claim(local("Pacific/Apia", 2011, 12, 29, 8, 0), rhythm)
    somebody.claim(local("Pacific/Apia", 2011, 12, 31, 23, 0), rhythm)
    assert somebody.streak == 2


def test_a_bot_that_was_down_for_a_day_costs_no_streak_with_the_default_grace() -> None:
    rules = EconomySettings()
    rhythm = rhythm_of(ClaimAction.DAILY, rules, ClaimClock(ZoneInfo("Europe/Berlin"), is_own=False))
    somebody = Claimant()
    for day in (1, 2, 4, 5):
        assert somebody.claim(local("Europe/Berlin", 2026, 6, day, 20, 0), rhythm)
    assert somebody.streak == 4
    assert somebody.claim(local("Europe/Berlin", 2026, 6, 8, 20, 0), rhythm)
    assert somebody.streak == 1


def test_a_move_to_the_east_costs_no_streak_though_the_next_claim_waits() -> None:
    somebody = Claimant()
    assert somebody.claim(local("Europe/Berlin", 2026, 6, 1, 20, 0), days("Europe/Berlin", own=True))
    rhythm = days("Asia/Kathmandu", own=True)
    assert not somebody.claim(local("Asia/Kathmandu", 2026, 6, 2, 12, 0), rhythm)
    assert somebody.next_at(rhythm) == local("Asia/Kathmandu", 2026, 6, 3)
    assert somebody.claim(local("Asia/Kathmandu", 2026, 6, 3, 23, 0), rhythm)
    assert somebody.streak == 2


# Rolling hours ------------------------------------------------------------------------------------------


def test_hours_count_from_the_claim_and_a_streak_lasts_as_long_again() -> None:
    rhythm, somebody = Hours(DAY, grace=0), Claimant()
    now = local("Europe/Berlin", 2026, 3, 28, 12, 0)
    assert somebody.claim(now, rhythm)
    assert not somebody.claim(now + DAY - INSTANT, rhythm)
    assert somebody.claim(now + DAY, rhythm)
    assert somebody.claim(now + 3 * DAY - INSTANT, rhythm)
    assert somebody.streak == 3
    assert somebody.claim(now + 5 * DAY, rhythm)
    assert somebody.streak == 1
    assert not Claimant(now, now + DAY).claim(now + DAY, Hours(2 * DAY, 0)), "the longer of two rules"
    assert Claimant(now, now + DAY).next_at(Hours(2 * DAY, 0)) == now + 2 * DAY
    assert Claimant(now, now + DAY).next_at(Hours(DAY / 2, 0)) == now + DAY, "what was promised"


# Whatever changes ---------------------------------------------------------------------------------------

patiently = settings(deadline=None)
"""A journey has forty steps, and the machine may be busy."""

minutes = st.integers(0, 3 * 24 * 60)
starts = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 — hypothesis wants naive bounds


def journeys(zones: Sequence[str]) -> st.SearchStrategy[list[tuple[int, str]]]:
    """Steps of so many minutes, each with the zone that is set then; also as soon as it is ready."""
    return st.lists(st.tuples(st.one_of(minutes, st.just(-1)), st.sampled_from(zones)), max_size=40)


def travelled(
    start: datetime, steps: list[tuple[int, str]], *, by_week: bool = False
) -> list[tuple[datetime, datetime]]:
    """The claims of somebody who tries at each step: when, and when the term of each ended."""
    made, somebody, now = list[tuple[datetime, datetime]](), Claimant(), start
    for wait, zone in steps:
        rhythm = (weeks if by_week else days)(zone, own=True)
        if wait < 0 and somebody.last_at is not None:
            ready = somebody.next_at(rhythm)
            if ready > now:
                assert not somebody.claim(ready - INSTANT, rhythm), "no sooner than it was told"
                now = ready
        else:
            now += timedelta(minutes=max(wait, 0))
        told = None if somebody.last_at is None else somebody.next_at(rhythm)
        paid = somebody.claim(now, rhythm)
        assert told is None or paid == (told <= now), "what a refusal tells is when it is ready"
        if paid:
            assert somebody.ready_at is not None
            made.append((now, somebody.ready_at))
    return made


@patiently
@given(starts, journeys(FIXED))
def test_whoever_moves_claims_no_oftener_than_whoever_stays(start: datetime, steps: list[tuple[int, str]]) -> None:
    """In any D times 24 hours at most D + 1 times: 23:59 and 00:00 are two, and nothing else is."""
    claims = [at for at, _ in travelled(start, steps)]
    for number, first in enumerate(claims):
        for further, last in enumerate(claims[number + 1 :], start=2):
            spent = -((first - last) // DAY)  # begun days
            assert further <= spent + 1


@patiently
@given(starts, journeys(MOVING))
def test_claimed_days_never_overlap_wherever_they_were(start: datetime, steps: list[tuple[int, str]]) -> None:
    """So of k claims k - 2 took a whole day each in between; days have 23 hours at least."""
    claims = travelled(start, steps)
    for number, (first, _) in enumerate(claims):
        for further, (last, _) in enumerate(claims[number + 1 :], start=2):
            assert (further - 2) * timedelta(hours=23) < last - first


@patiently
@given(starts, journeys(FIXED + MOVING))
def test_whoever_moves_gains_one_week_in_all(start: datetime, steps: list[tuple[int, str]]) -> None:
    claims = travelled(start, [(wait * 5, zone) for wait, zone in steps], by_week=True)
    for number, (first, _) in enumerate(claims):
        for further, (last, _) in enumerate(claims[number + 1 :], start=2):
            assert (further - 2) * WEEK - ACROSS < last - first


def test_a_little_further_west_every_day_brings_no_second_claim() -> None:
    """What two midnights alone would allow: each day the last minute here and the first one there."""
    somebody, now, paid = Claimant(), datetime(2026, 1, 1, 23, 59, tzinfo=UTC), 0
    for hour in range(12):
        for minute in range(0, 25 * 60, 5):
            rhythm = days(f"Etc/GMT+{hour if minute < 24 * 60 else hour + 1}".replace("GMT+0", "GMT"), own=True)
            paid += somebody.claim(now + timedelta(minutes=minute), rhythm)
        now += timedelta(hours=25)
    assert paid <= 12 * 25 // 24 + 1


@patiently
@given(starts, st.lists(st.tuples(st.integers(1, 30 * 60), st.booleans()), max_size=30), st.sampled_from(MOVING))
def test_an_owner_who_changes_the_rhythm_pays_nobody_twice(
    start: datetime, steps: list[tuple[int, bool]], zone: str
) -> None:
    """Under either rhythm the claim before lies in another of its terms."""
    calendar, hours = days(zone), Hours(DAY, grace=0)
    somebody, now, claims = Claimant(), start, list[tuple[datetime, Rhythm]]()
    for wait, by_calendar in steps:
        now += timedelta(minutes=wait)
        rhythm: Rhythm = calendar if by_calendar else hours
        if somebody.claim(now, rhythm):
            claims.append((now, rhythm))
    for (before, was), (after, now_is) in pairwise(claims):
        for rhythm in (was, now_is):
            assert rhythm.term(before).ready_at <= after


def test_an_owner_who_moves_the_server_keeps_nobody_waiting_longer_than_both_zones_ask() -> None:
    somebody = Claimant()
    assert somebody.claim(datetime(2026, 6, 1, 12, tzinfo=UTC), days("UTC"))
    assert somebody.next_at(days("Europe/Berlin")) == datetime(2026, 6, 2, 0, tzinfo=UTC)
    assert somebody.claim(datetime(2026, 6, 2, 0, tzinfo=UTC), days("Europe/Berlin"))


# What it is worth ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("streak", "pays"),
    [
        (1, Earned(250)),
        (2, Earned(250, 12)),  # 12.5
        (3, Earned(250, 25)),
        (7, Earned(250, 75, 500)),
        (8, Earned(250, 87)),
        (11, Earned(250, 125)),
        (12, Earned(250, 125)),
        (30, Earned(250, 125, 5_000)),
    ],
)
def test_a_streak_pays_more_each_day_up_to_the_most_and_its_milestones_once(streak: int, pays: Earned) -> None:
    rules = EconomySettings(streak_milestones="7=500, 30=5,000")
    assert earned(250, streak, rules) == pays
    assert pays.total == pays.basis + pays.bonus + pays.milestone


@given(st.integers(1, MOST_PAID), st.integers(1, 10**6), st.integers(0, 100), st.integers(0, 1_000))
def test_a_bonus_is_whole_coins_and_never_above_the_most(basis: int, streak: int, bonus: int, most: int) -> None:
    pays = earned(basis, streak, EconomySettings(streak_bonus=bonus, streak_most=most))
    assert 0 <= pays.bonus * 100 <= basis * most
    assert pays.bonus * 100 <= basis * bonus * (streak - 1)


def test_a_servers_rules_choose_the_rhythm() -> None:
    clock = ClaimClock(ZoneInfo("UTC"), is_own=True)
    rules = EconomySettings(daily_rhythm="hours", weekly_rhythm="hours", work_every=7_200, streak_grace=2)
    assert rhythm_of(ClaimAction.DAILY, rules, clock) == Hours(DAY, grace=2)
    assert rhythm_of(ClaimAction.WEEKLY, rules, clock) == Hours(WEEK, grace=0)
    assert rhythm_of(ClaimAction.WORK, rules, clock) == Hours(timedelta(hours=2), grace=0)
    assert rhythm_of(ClaimAction.WEEKLY, EconomySettings(), clock) == Calendar(clock, weeks=True, grace=0)
