"""Calendar days in a time zone, right also where clocks change at midnight or a whole day is skipped."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEK = timedelta(days=7)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of `day` in `zone`, in UTC.

    Where midnight is skipped by a change of clocks the day starts later (`fold=0` of a time that does not exist
    lies an hour ahead after conversion, which is that first moment); where midnight comes twice it is the first.
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def last_days(now: datetime, zone: ZoneInfo, count: int) -> list[tuple[date, datetime]]:
    """The last `count` calendar days of `zone`, today included: each with the first moment after it, in UTC."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return [(day, start_of_day(day + timedelta(days=1), zone)) for day in days]


def day_bounds(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The calendar day of `zone` that `now` lies in: its first moment and the first moment after it, in UTC."""
    today = now.astimezone(zone).date()
    start = start_of_day(today, zone)
    following = today + timedelta(days=1)
    end = start_of_day(following, zone)
    while end <= now:  # Apia skipped 30 December 2011 whole: that day starts and ends at one moment
        following += timedelta(days=1)
        end = start_of_day(following, zone)
    return start, end


def week_bounds(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The calendar week of `zone`, from Monday, that `now` lies in: its first moment and the first after it, in UTC."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    if start_of_day(monday + _WEEK, zone) <= now:  # clocks went back over midnight: the new week had begun
        monday += _WEEK
    return start_of_day(monday, zone), start_of_day(monday + _WEEK, zone)
