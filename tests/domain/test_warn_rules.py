"""Rules for warnings: a line is crossed once, also when points expire, and the highest one of several counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cases import Case, CaseKind, CaseSource, CaseState
from bot.domain.warn_rules import USUAL, Counted, WarnRule, Weighed, is_weaker, total, weigh
from bot.domain.warn_words import outlook, rule_said
from bot.ui.phrases import said

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BAN, KICK, TIMEOUT = CaseKind.BAN, CaseKind.KICK, CaseKind.TIMEOUT

LINES = st.tuples(st.integers(1, 12), st.sampled_from([1, 7, 30]))
RULES = st.dictionaries(LINES, st.sampled_from([(TIMEOUT, HOUR), (TIMEOUT, DAY), (KICK, None), (BAN, None)])).map(
    lambda found: [WarnRule(points, days, *measure) for (points, days), measure in found.items()]
)


@dataclass(frozen=True)
class Given:
    """A warning as a naive model keeps it: so many hours after the last one, with points for so many hours."""

    after: int
    points: int
    hours: int


HISTORY = st.lists(
    st.builds(Given, after=st.integers(0, 24 * 20), points=st.integers(0, 5), hours=st.integers(1, 24 * 40)),
    max_size=25,
)


def naive(past: list[tuple[datetime, Given]], now: datetime, days: int) -> int:
    """Hour by hour, what counts."""
    found = 0
    for at, one in past:
        if now < at + timedelta(hours=one.hours) and now - at < timedelta(days=days):
            found += one.points
    return found


@given(rules=RULES, history=HISTORY)
def test_a_rule_acts_exactly_when_its_total_goes_from_below_the_line_to_it_or_beyond(
    rules: list[WarnRule], history: list[Given]
) -> None:
    now, past, counted = NOW, list[tuple[datetime, Given]](), list[Counted]()
    for one in history:
        now += timedelta(hours=one.after)
        weighed = weigh(rules, counted, one.points, now)
        below = {rule.line for rule in rules if naive(past, now, rule.days) < rule.points}
        past.append((now, one))
        counted.append(Counted(one.points, now, now + timedelta(hours=one.hours)))
        crossed = [rule for rule in rules if rule.line in below and naive(past, now, rule.days) >= rule.points]
        assert (weighed.fired is None) == (not crossed)
        if weighed.fired is not None:
            assert weighed.fired in crossed
            assert weighed.fired.points == max(rule.points for rule in crossed)
        still = [rule for rule in rules if naive(past, now, rule.days) < rule.points]
        assert (weighed.ahead is None) == (not still)
        if weighed.ahead is not None:
            assert weighed.reached == naive(past, now, weighed.ahead.days) < weighed.ahead.points
            assert all(
                weighed.ahead.points - weighed.reached <= rule.points - naive(past, now, rule.days) for rule in still
            )
        assert weighed.points == naive(past, now, 10_000) == total(counted, now)


@given(rules=RULES, first=st.integers(1, 5), others=st.lists(st.integers(1, 5), max_size=20))
def test_within_one_window_each_line_is_crossed_once_at_most(
    rules: list[WarnRule], first: int, others: list[int]
) -> None:
    counted: list[Counted] = []
    fired: list[tuple[int, int]] = []
    for points in (first, *others):
        weighed = weigh(rules, counted, points, NOW)
        fired += [] if weighed.fired is None else [weighed.fired.line]
        counted.append(Counted(points, NOW, None))
    assert len(set(fired)) == len(fired)


def test_the_harder_of_two_rules_at_one_line_acts_and_the_highest_line_of_several() -> None:
    mild, hard, high = WarnRule(3, 30, TIMEOUT, DAY), WarnRule(3, 7, BAN), WarnRule(4, 7, TIMEOUT, HOUR)
    assert weigh([hard, mild], [], 3, NOW).fired == hard
    assert weigh([hard, mild, high], [], 5, NOW).fired == high
    assert weigh([hard, mild, high], [], 0, NOW).fired is None


def test_a_warning_counts_for_its_days_and_not_a_moment_longer() -> None:
    old = Counted(2, NOW - 30 * DAY, None)
    assert total([old], NOW, 30) == 0
    assert total([old], NOW - timedelta(seconds=1), 30) == 2
    assert total([Counted(2, NOW, NOW + DAY)], NOW + DAY) == 0


def case(kind: CaseKind, lasts: timedelta | None = None) -> Case:
    ends = None if lasts is None else NOW + lasts
    return Case(1, 9, kind, CaseState.ACTIVE, 7, 8, None, CaseSource.COMMAND, NOW, expires_at=ends)


@pytest.mark.parametrize(
    ("rule", "held", "weaker"),
    [
        (WarnRule(3, 30, TIMEOUT, HOUR), case(TIMEOUT, DAY), True),
        (WarnRule(3, 30, TIMEOUT, DAY), case(TIMEOUT, DAY), True),
        (WarnRule(3, 30, TIMEOUT, 2 * DAY), case(TIMEOUT, DAY), False),
        (WarnRule(3, 30, TIMEOUT, DAY), case(BAN, HOUR), True),
        (WarnRule(3, 30, TIMEOUT, DAY), case(BAN, -HOUR), False),
        (WarnRule(3, 30, BAN), case(BAN, DAY), False),
        (WarnRule(3, 30, BAN, 2 * DAY), case(BAN, DAY), False),
        (WarnRule(3, 30, BAN, HOUR), case(BAN), True),
        (WarnRule(3, 30, BAN), case(BAN), True),
        (WarnRule(3, 30, BAN), case(CaseKind.UNBAN), False),
        (WarnRule(3, 30, BAN), case(CaseKind.KICK), False),
        (WarnRule(3, 30, KICK), case(CaseKind.SOFTBAN), True),
        (WarnRule(3, 30, KICK), case(TIMEOUT, DAY), False),
    ],
)
def test_a_rule_never_makes_anything_milder(rule: WarnRule, held: Case, *, weaker: bool) -> None:
    assert is_weaker(rule, held, NOW) is weaker


@pytest.mark.parametrize(
    ("weighed", "words"),
    [
        (weigh(USUAL, [], 2, NOW), "2 of 3 points in 30 days; at 3: timeout for 1 hour."),
        (weigh(USUAL, [], 3, NOW), "3 of 5 points in 30 days; at 5: timeout for 1 day."),
        (weigh(USUAL, [], 9, NOW), "Points in 30 days: 9. No rule comes after that."),
        (Weighed(points=4), "Points that count: 4. There are no rules for warnings."),
        (weigh([WarnRule(2, 1, BAN)], [], 1, NOW), "1 of 2 points in 1 day; at 2: ban for good."),
    ],
)
def test_it_is_said_how_many_points_there_are_and_what_comes_next(weighed: Weighed, words: str) -> None:
    assert said(outlook(weighed)) == words


def test_a_rule_reads_as_a_line() -> None:
    assert said(rule_said(WarnRule(1, 1, KICK))) == "1 point in 1 day: kick"
    assert said(rule_said(WarnRule(5, 30, BAN, 7 * DAY))) == "5 points in 30 days: ban for 1 week"
