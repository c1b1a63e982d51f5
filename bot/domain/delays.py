"""What is owed and can't be done now: why, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

_PAUSES = tuple(timedelta(seconds=one) for one in (2, 5, 15, 60, 300))


@dataclass(frozen=True)
class Delayed:
    """It can't be done now; `after` says when to try again, if not as the schedule does."""

    reason: str
    after: timedelta | None = None


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: from 2 seconds to 5 minutes."""
    return _PAUSES[min(max(attempts - 1, 0), len(_PAUSES) - 1)]
