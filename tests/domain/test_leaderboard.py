"""When periods begin, and on which page a place is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.leaderboard import DEEPEST, PAGE, Period, begins, bounded_start, start_of_page

BERLIN = ZoneInfo("Europe/Berlin")
LATE_ON_SUNDAY = datetime(2026, 3, 1, 22, 59, tzinfo=UTC)
"""A minute before Monday, 2 March, begins in Berlin."""


@pytest.mark.parametrize(
    ("period", "minute", "begin"),
    [
        (Period.TODAY, 59, datetime(2026, 2, 28, 23, 0, tzinfo=UTC)),
        (Period.WEEK, 59, datetime(2026, 2, 22, 23, 0, tzinfo=UTC)),
        (Period.MONTH, 59, datetime(2026, 2, 28, 23, 0, tzinfo=UTC)),
        (Period.ALL, 59, None),
    ],
)
def test_a_period_begins_in_the_zone_of_the_guild(period: Period, minute: int, begin: datetime | None) -> None:
    assert begins(period, LATE_ON_SUNDAY.replace(minute=minute), BERLIN) == begin


def test_a_week_begins_on_monday_and_a_month_over_a_change_of_clocks_at_its_own_midnight() -> None:
    monday = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)  # the clocks changed the day before
    assert begins(Period.WEEK, monday, BERLIN) == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    assert begins(Period.MONTH, monday, BERLIN) == datetime(2026, 2, 28, 23, 0, tzinfo=UTC)


@given(st.integers(min_value=1, max_value=DEEPEST))
def test_a_place_is_on_the_page_that_is_opened_for_it(place: int) -> None:
    start = start_of_page(place)
    assert start < place <= start + PAGE
    assert bounded_start(start) == start


@given(st.integers())
def test_no_start_leads_further_than_places_are_told(start: int) -> None:
    assert 0 <= bounded_start(start) <= DEEPEST - PAGE
