"""Where the time comes from: always an argument, never ``datetime.now()`` in the middle of a rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that can tell the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class SteeredClock:
    """This machine's clock, corrected by an offset that somebody else measures.

    In production the offset follows the database server, so that several processes agree about what is due.
    """

    def __init__(self) -> None:
        self._offset = timedelta()

    @property
    def offset(self) -> timedelta:
        """How far the reference is ahead of this machine (negative: behind)."""
        return self._offset

    def steer(self, reference: datetime, *, asked_at: datetime, answered_at: datetime) -> None:
        """Follow `reference`, which was true at some moment between asking and the answer (both by this machine)."""
        self._offset = reference - (asked_at + (answered_at - asked_at) / 2)

    def now(self) -> datetime:
        """The present moment by the reference, aware, in UTC."""
        return datetime.now(UTC) + self._offset
