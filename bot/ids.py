"""Row ids: 63-bit integers that sort by the time they were made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from bot.clock import Clock

_RANDOM_BITS = 22
_EPOCH_MS = 1_420_070_400_000
"""2015-01-01, Discord's own epoch, so that row ids and snowflakes sort together; 41 bits of it last until 2084."""

HOUR = 3_600_000 << _RANDOM_BITS
"""So many ids an hour has: those made in hour h of `hour_at` are `h * HOUR` and above, below `(h + 1) * HOUR`."""

ENDLESS = 2**63 - 1
"""Above every id."""


class IdMaker:
    """Makes ids of 41 bits of milliseconds and 22 random bits: always positive, and within PostgreSQL's BIGINT.

    Within one process ids strictly increase, also when the clock stands still or steps back: the next one is then
    the last one plus one. Two processes collide only in the same millisecond and then once in four million, and only
    matter to each other in one guild, which one process serves; the primary key refuses the rest.
    """

    def __init__(self, clock: Clock, rng: Random) -> None:
        self._clock = clock
        self._rng = rng
        self._last = 0

    def new(self) -> int:
        """A new id, greater than every id this maker gave before."""
        milliseconds = int(self._clock.now().timestamp() * 1000) - _EPOCH_MS
        # Starting in the lower half leaves room to count upwards within the millisecond.
        fresh = (milliseconds << _RANDOM_BITS) | (self._rng.getrandbits(_RANDOM_BITS) >> 1)
        self._last = max(self._last + 1, fresh)
        return self._last


def first_at(moment: datetime) -> int:
    """The least id that may be made at a moment: those below it are older, to the millisecond."""
    return (int(moment.timestamp() * 1000) - _EPOCH_MS) << _RANDOM_BITS


def moved_to(row_id: int, moment: datetime) -> int:
    """The id with the moment in place of the one at which it was made: it sorts among those that are made then."""
    return first_at(moment) | (row_id & ((1 << _RANDOM_BITS) - 1))


def made_at(row_id: int) -> datetime:
    """When an id was made, to the millisecond."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=(row_id >> _RANDOM_BITS) + _EPOCH_MS)


def hour_at(moment: datetime) -> int:
    """Which hour it is, counted from 2015 in UTC; ids made in it, divided by `HOUR` and rounded down, are the same."""
    return first_at(moment) // HOUR


def hour_began(hour: int) -> datetime:
    """When an hour of `hour_at` began."""
    return made_at(hour * HOUR)
