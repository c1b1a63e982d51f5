"""Staff and guests of tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Participant:
    """Somebody who was added to a ticket."""

    user_id: int
    added_by: int | None
    added_at: datetime


@dataclass(frozen=True)
class Agent:
    """A member of staff, as far as tickets are given to them. `most_open` None: as the setting says."""

    user_id: int
    on_duty: bool
    most_open: int | None = None
