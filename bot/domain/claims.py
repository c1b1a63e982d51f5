"""The rules of claims: which time a claim is for, when the next is ready, and what a streak is worth.

A claim is for a **term**: a day or week of somebody's calendar, or so many hours from the claim on. Nothing is paid
twice in a term, because the next claim waits until the term is over, by the clock under which it was made, and until a
term by the clock of now has begun since.

Where members choose their own clock that is not enough: who travels west a little every day would find a midnight
between any two claims, and so two terms a day. There, days must not overlap at all: the day of the next claim begins
when the day of the last one has ended, or later. So in any D times 24 hours there are at most D + 1 claims (23:59 and
00:00 are two), as for somebody who never moves: of k claims the k - 2 in between each took a whole day, and these days
lie between the first and the last claim. Only days that clocks cut short let more of them fit, for those who never move
too. The price is that who moves east may wait up to a day longer, once; no streak ends by it. Weeks may overlap by
`ACROSS`, so that nobody waits for one: clocks are no further apart, so however often somebody moves, they gain one
claim in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.days import day_bounds, week_bounds
from bot.domain.economy import ClaimAction
from bot.domain.economy_settings import EconomySettings
from bot.domain.milestones import Milestone

ACROSS = timedelta(hours=26)
"""How far the clocks of the earth are apart: from UTC-12 to UTC+14."""

DAY, WEEK = timedelta(days=1), timedelta(days=7)
_INSTANT = timedelta(microseconds=1)
"""The smallest step of time that the records know."""

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Term:
    """The moments that decide a claim made now. A last claim was made at one moment, and its term ended at another."""

    ready_at: datetime
    """When this term ends, and so when the next claim is ready."""
    last_by: datetime
    """The last claim was made at this moment or before."""
    over_by: datetime
    """The term of the last claim ended at this moment or before; never later than now."""
    streak_after: datetime
    """A last term that ended after this moment continues the streak."""


@dataclass(frozen=True)
class ClaimClock:
    """By whose clock somebody claims, and whether it is their own to set."""

    zone: ZoneInfo
    is_own: bool


@dataclass(frozen=True)
class Calendar:
    """Terms are the days or the weeks of a clock."""

    clock: ClaimClock
    weeks: bool
    grace: int
    """Days or weeks that may be missed without ending a streak."""

    def term(self, now: datetime) -> Term:
        """The day or week that `now` lies in."""
        begins, ends = self._bounds(now)
        reaches = begins
        for _ in range(self.grace + 1):
            reaches, _end = self._bounds(reaches - _INSTANT)
        return Term(ends, begins - _INSTANT, min(now, self._reaching_back(begins)), reaches)

    def next_after(self, last_at: datetime, ended_at: datetime) -> datetime:
        """When the claim after one that was made at `last_at`, and whose term ended at `ended_at`, is ready."""
        begins, ends = self._bounds(ended_at)
        return ended_at if last_at < begins and ended_at <= self._reaching_back(begins) else ends

    def _reaching_back(self, begins: datetime) -> datetime:
        """How late the last term may have ended, by whatever clock, for a term that `begins` then to be another."""
        if not self.clock.is_own:
            return _NEVER
        return begins + ACROSS if self.weeks else begins

    def _bounds(self, moment: datetime) -> tuple[datetime, datetime]:
        return (week_bounds if self.weeks else day_bounds)(moment, self.clock.zone)


@dataclass(frozen=True)
class Hours:
    """Terms are a length of time from each claim on."""

    length: timedelta
    grace: int
    """Lengths that may be missed without ending a streak."""

    def term(self, now: datetime) -> Term:
        """The term that begins now."""
        return Term(now + self.length, now - self.length, now, now - self.length * (self.grace + 1))

    def next_after(self, last_at: datetime, ended_at: datetime) -> datetime:
        """When the claim after one that was made at `last_at`, and whose term ended at `ended_at`, is ready.

        The later of what was promised then and what holds now, should the owner have changed it.
        """
        return max(ended_at, last_at + self.length)


Rhythm = Calendar | Hours


def rhythm_of(action: ClaimAction, rules: EconomySettings, clock: ClaimClock) -> Rhythm:
    """How a guild lets its members claim something."""
    match action:
        case ClaimAction.DAILY if rules.daily_rhythm == "calendar":
            return Calendar(clock, weeks=False, grace=rules.streak_grace)
        case ClaimAction.DAILY:
            return Hours(DAY, grace=rules.streak_grace)
        case ClaimAction.WEEKLY if rules.weekly_rhythm == "calendar":
            return Calendar(clock, weeks=True, grace=0)
        case ClaimAction.WEEKLY:
            return Hours(WEEK, grace=0)
        case ClaimAction.WORK:
            return Hours(timedelta(seconds=rules.work_every), grace=0)


@dataclass(frozen=True)
class Earned:
    """What a claim pays, and what for, in coins."""

    basis: int
    bonus: int = 0
    """For the streak."""
    milestone: int = 0
    """For a streak that has just reached a number of days."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.basis + self.bonus + self.milestone


def earned(basis: int, streak: int, rules: EconomySettings) -> Earned:
    """What a daily claim of `basis` coins pays on day `streak` of a streak (from 1); parts of a coin are left out."""
    percent = min(rules.streak_bonus * (streak - 1), rules.streak_most)
    return Earned(basis, basis * percent // 100, _reached(streak, rules.milestones))


def _reached(streak: int, milestones: Sequence[Milestone]) -> int:
    return next((one.coins for one in milestones if one.days == streak), 0)
