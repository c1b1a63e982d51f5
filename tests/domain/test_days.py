from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.days import day_bounds, start_of_day, week_bounds

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "America/Havana",
]
moments = st.datetimes(datetime(2005, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 — hypothesis wants naive bounds


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Asia/Kathmandu", date(2026, 3, 29), 24),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(zone: str, day: date, hours: float) -> None:
    start = start_of_day(day, ZoneInfo(zone))
    assert day_bounds(start, ZoneInfo(zone)) == (start, start + timedelta(hours=hours))


def test_a_day_that_begins_at_one_begins_at_one() -> None:
    start = start_of_day(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo"))
    assert start.astimezone(ZoneInfo("America/Sao_Paulo")).hour == 1


def test_the_day_that_apia_skipped_is_no_day() -> None:
    zone = ZoneInfo("Pacific/Apia")
    eve = datetime(2011, 12, 30, 9, 59, 59, tzinfo=UTC)
    assert day_bounds(eve, zone)[1] == datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert day_bounds(eve + timedelta(seconds=1), zone)[1] == datetime(2011, 12, 31, 10, tzinfo=UTC)


@given(moments, st.sampled_from(ZONES))
def test_every_moment_lies_in_its_day_and_days_follow_without_a_gap(now: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    start, end = day_bounds(now, zone)
    assert start <= now < end
    assert day_bounds(end, zone)[0] == end
    assert day_bounds(start, zone) == (start, end)


@given(moments, st.sampled_from(ZONES))
def test_every_moment_lies_in_its_week_and_weeks_begin_with_monday(now: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    start, end = week_bounds(now, zone)
    assert start <= now < end
    assert week_bounds(end, zone)[0] == end
    assert week_bounds(start, zone) == (start, end)
    assert start.astimezone(zone).weekday() == 0
    assert day_bounds(start, zone)[0] == start
