"""Backups that the bot makes by itself: when the next is due, whose turn it is, and which old ones are kept."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

K = TypeVar("K")

LEASE = timedelta(minutes=10)
"""How long one process may be at a backup without saying that it still is."""

FIRST_RETRY = timedelta(minutes=15)
"""After a failure; doubled with each further one, up to the usual interval."""

LATE = 2
"""A backup is late when the last one is older than so many intervals."""


@dataclass(frozen=True)
class Retention:
    """Which backups are kept: all of the last days, then one a day, then one a week. The newest always is."""

    whole_days: int = 7
    daily: int = 30
    weekly: int = 52


def kept(made: Collection[datetime], now: datetime, retention: Retention) -> frozenset[datetime]:
    """Which of these moments of backups are kept.

    Younger than `whole_days`: each. Of those before: the newest of each of the `daily` latest days that have one. Of
    those before these days: the newest of each of the `weekly` latest weeks that have one. Days without a backup
    don't count, so that a bot that was away finds what it left. Days and weeks are those of the moments themselves.
    """
    border = now - timedelta(days=retention.whole_days)
    whole = [one for one in made if one > border]
    days, rest = _newest_of([one for one in made if one <= border], lambda one: one.date(), retention.daily)
    weeks, _ = _newest_of(rest, lambda one: one.isocalendar()[:2], retention.weekly)
    return frozenset([*whole, *days, *weeks, *([max(made)] if made else [])])


def _newest_of(
    made: Collection[datetime], period: Callable[[datetime], K], most: int
) -> tuple[list[datetime], list[datetime]]:
    """The newest of each of the `most` latest periods, and all that are before these."""
    newest: dict[K, datetime] = {}
    rest: list[datetime] = []
    for one in sorted(made, reverse=True):
        if period(one) in newest:
            continue
        if len(newest) < most:
            newest[period(one)] = one
        else:
            rest.append(one)
    return list(newest.values()), rest


class BackupState(BaseModel):
    """What an installation remembers of its backups."""

    model_config = ConfigDict(frozen=True)

    last_at: AwareDatetime | None = None
    """When the last whole one began, and so what it holds."""
    last_bytes: int = 0
    last_seconds: float = 0.0
    made: int = 0
    failed: int = 0
    """Since ever; for counters."""
    failed_in_a_row: int = 0
    error: str | None = None
    """Why the last try failed; None once one succeeded."""
    due_at: AwareDatetime | None = None
    """When the next may begin; None: at once."""
    lease_until: AwareDatetime | None = None
    token: int | None = None
    """Of the process that is at it."""

    def claimed(self, token: int, now: datetime) -> BackupState | None:
        """The same in this process's hands; None if none is due, or another is at it."""
        waiting = self.due_at is not None and now < self.due_at
        taken = self.lease_until is not None and now < self.lease_until
        return None if waiting or taken else self._with(token=token, lease_until=now + LEASE)

    def renewed(self, token: int, now: datetime) -> BackupState | None:
        """Still at it; None if it was taken over."""
        return self._with(lease_until=now + LEASE) if self.token == token else None

    def succeeded(
        self, token: int, *, began_at: datetime, size: int, seconds: float, due_at: datetime
    ) -> BackupState | None:
        """A whole backup is there; None if it was taken over, and the other's word counts."""
        if self.token != token:
            return None
        return self._with(
            last_at=began_at,
            last_bytes=size,
            last_seconds=round(seconds, 3),
            made=self.made + 1,
            failed_in_a_row=0,
            error=None,
            due_at=due_at,
            lease_until=None,
            token=None,
        )

    def failed_again(self, token: int, *, reason: str, now: datetime, every: timedelta) -> BackupState | None:
        """It did not work, and is tried again soon; None if it was taken over."""
        if self.token != token:
            return None
        pause = min(FIRST_RETRY * 2 ** min(self.failed_in_a_row, 10), every)
        return self._with(
            failed=self.failed + 1,
            failed_in_a_row=self.failed_in_a_row + 1,
            error=reason,
            due_at=now + pause,
            lease_until=None,
            token=None,
        )

    def given_back(self, token: int) -> BackupState | None:
        """Not made, because the process stops; whoever comes next may begin at once."""
        return self._with(lease_until=None, token=None) if self.token == token else None

    def is_late(self, now: datetime, every: timedelta) -> bool:
        """Whether the last whole one is older than it should ever be."""
        return self.last_at is not None and now - self.last_at > LATE * every

    def _with(self, **changes: object) -> BackupState:
        return self.model_copy(update=changes)
