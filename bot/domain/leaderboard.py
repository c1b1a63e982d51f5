"""Leaderboards: who has most of something, over which time, and how places are told.

Those who have as much share a place, and the next one is as far down as there are people above: 1, 2, 2, 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.days import start_of_day

PAGE = 10
"""People on a page."""

DEEPEST = 1_000
"""Places that are told. Who stands below is told that; so no page costs more than reading so many rows."""

BOTTOMLESS = 10**9
"""As `DEEPEST`, for boards that find any place without reading those above it."""


class Period(StrEnum):
    """Over which time a board counts. The value is typed, and stands in custom ids."""

    ALL = "all"
    MONTH = "month"
    WEEK = "week"
    TODAY = "today"


@dataclass(frozen=True)
class Asked:
    """What a board is asked for: the places behind the first `start` people, and how its asker stands."""

    user_id: int
    """Who asks; their own standing is told in any case."""
    since: datetime | None = None
    """What came before does not count; None: everything counts."""
    start: int = 0
    count: int = PAGE
    period: Period = Period.ALL
    """What `since` is the beginning of."""


@dataclass(frozen=True)
class Standing:
    """How somebody stands. `place` is None for those of whom nothing counts, and for those below `DEEPEST`."""

    user_id: int
    place: int | None
    value: int
    counts: bool = True
    """Whether the list knows of the value. What somebody would only begin with is not in it, and gives no place."""
    gone: str | None = None
    """Of those who left: what they were called, or nothing if that is not known. None: they are here."""
    nameless: bool = False
    """Whether they wish that nobody reads who they are."""


@dataclass(frozen=True)
class AsOf:
    """Of which moment numbers are that were worked out before they were asked for."""

    at: datetime
    complete: bool = True
    """Whether everybody's are there; not in the first minutes of a large server."""


@dataclass(frozen=True)
class Standings:
    """A page of a board, the best first, and its asker's own standing."""

    rows: tuple[Standing, ...]
    own: Standing
    start: int
    """How many people stand before the page. Less than was asked for, if there are not so many any more."""
    more: bool
    """Whether there is a page after this one."""
    as_of: AsOf | None = None
    """None: as it is now."""


def begins(period: Period, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the period that `now` lies in began in `zone`, in UTC; weeks begin on Monday. None: always."""
    today = now.astimezone(zone).date()
    match period:
        case Period.ALL:
            return None
        case Period.MONTH:
            return start_of_day(today.replace(day=1), zone)
        case Period.WEEK:
            return start_of_day(today - timedelta(days=today.weekday()), zone)
        case Period.TODAY:
            return start_of_day(today, zone)


def start_of_page(place: int, count: int = PAGE) -> int:
    """How many people stand before the page on which a place is found. Of those who share one, the first's."""
    return (place - 1) // count * count


def bounded_start(start: int, count: int = PAGE, *, deepest: int = DEEPEST) -> int:
    """A start that somebody may have forged, as one that can be read."""
    return min(max(start, 0), deepest - count)
