"""The rules of roles for many: whom an order to give one is about, and who of them is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.grant_sources import is_by_hand
from bot.domain.role_grants import Grant, MemberFacts


class Among(StrEnum):
    """Which members an order is about."""

    PEOPLE = "people"
    BOTS = "bots"
    EVERYBODY = "everybody"


class LeftOut(StrEnum):
    """Why a member whom an order is about is left out of it."""

    HAS_IT = "has it"
    SCREENING = "screening"


@dataclass(frozen=True)
class Seen:
    """A member of a server as Discord shows them, with what they are called there."""

    user_id: int
    name: str
    is_bot: bool
    facts: MemberFacts


@dataclass(frozen=True)
class MassOrder:
    """A role for many, or its end. It is kept with its batch, as `stored` makes it and `of` reads it."""

    role_id: int
    having: int | None = None
    """Only members with this role."""
    among: Among = Among.EVERYBODY
    lasts: timedelta | None = None
    """How long the role stays, from the start of the batch; None: for good."""
    reason: str | None = None
    source: str | None = None
    """What is ended is what this source granted; None: whatever staff did."""

    def stored(self) -> dict[str, Any]:
        """The order as JSON."""
        return {
            "role": str(self.role_id),
            "having": None if self.having is None else str(self.having),
            "among": self.among.value,
            "lasts": None if self.lasts is None else int(self.lasts.total_seconds()),
            "reason": self.reason,
            "source": self.source,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> MassOrder:
        """The order that was stored."""
        having, lasts = stored["having"], stored["lasts"]
        return cls(
            role_id=int(stored["role"]),
            having=None if having is None else int(having),
            among=Among(stored["among"]),
            lasts=None if lasts is None else timedelta(seconds=lasts),
            reason=stored["reason"],
            source=stored["source"],
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether it is about some members alone, so that one has to be seen to tell."""
        return self.having is not None or self.among is not Among.EVERYBODY

    def picks(self, seen: Seen) -> bool:
        """Whether the order is about this member."""
        if self.having is not None and self.having not in seen.facts.role_ids:
            return False
        return self.among is Among.EVERYBODY or seen.is_bot == (self.among is Among.BOTS)

    def until(self, started_at: datetime) -> datetime | None:
        """When the role ends, for all at the same time: a target that is tried again has no other end."""
        return None if self.lasts is None else started_at + self.lasts


def left_out(seen: Seen, order: MassOrder, grants: Sequence[Grant], now: datetime) -> LeftOut | None:
    """Why this member is not given the role; None: they are. `grants` are theirs of this role.

    Who has the role from elsewhere keeps it whatever staff does, also if a grant says until when. Who has it from staff
    for at least as long gains nothing. Who has it from a purchase or a level is given it all the same: those may end
    before. So is whoever is just about to lose it.
    """
    if order.role_id in seen.facts.role_ids:
        is_ours = any(grant.applied for grant in grants)
        until = order.until(now)
        lasting = [one for one in grants if not one.is_over(now) and _reaches(one.until, until)]
        if not is_ours or any(is_by_hand(one.source) for one in lasting):
            return LeftOut.HAS_IT
    elif seen.facts.is_pending:
        return LeftOut.SCREENING
    return None


def _reaches(end: datetime | None, until: datetime | None) -> bool:
    return end is None or (until is not None and end >= until)
