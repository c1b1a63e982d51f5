"""Purchases: what is asked for, what became of it, and what follows for a role that had to be given first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.domain.role_grants import Grant, GrantState, GuildFacts
from bot.domain.roles import Problem
from bot.domain.shop import Chain

PURPOSE = "purchase"
"""Of the holds of purchases."""

_PAID = re.compile(r"shop:(?P<purchase>\d+):(?:pay|coins)|hold:(?P<hold>\d+):(?:make|post)")


@dataclass(frozen=True)
class Origin:
    """What a movement of coins belongs to, by its key: a purchase (or a use), or else coins that were put aside."""

    purchase_id: int | None
    hold_id: int | None


def origin(key: str) -> Origin | None:
    """What a movement under this key belongs to; None: to nothing of the shop, and to no hold."""
    found = _PAID.fullmatch(key)
    if found is None:
        return None
    purchase, hold = found["purchase"], found["hold"]
    return Origin(None if purchase is None else int(purchase), None if hold is None else int(hold))


def keys_of(purchase_id: int, hold_id: int | None) -> tuple[str, ...]:
    """The keys of everything that a purchase moves, in the order in which it is taken back.

    What it brought comes first: who spent that is refused before anything is given back. The second is what the shop
    was paid.
    """
    paid = (f"shop:{purchase_id}:pay",) if hold_id is None else (f"hold:{hold_id}:post", f"hold:{hold_id}:make")
    return f"shop:{purchase_id}:coins", *paid


def copies_keys(purchase_id: int, chain: Chain) -> tuple[str, ...]:
    """The keys under which its copies came, and those of the things that it gave."""
    return f"shop:{purchase_id}", *(f"shop:{purchase_id}:item:{number}" for number in range(len(chain)))


class PurchaseState(StrEnum):
    """How far a purchase is."""

    PENDING = "pending"
    """The coins are put aside, and a role is still to be given."""
    DONE = "done"
    """Paid and delivered."""
    FAILED = "failed"
    """Neither."""


class FailedFor(StrEnum):
    """Why a purchase was undone. The first are what stands in the way of a role (``bot.domain.roles``)."""

    AWAY = "away"
    SCREENING = "screening"
    ROLE_GONE = "role gone"
    EVERYONE = "everyone"
    MANAGED = "managed"
    ABOVE_ME = "above me"
    DANGEROUS = "dangerous"
    NOT_ALLOWED = "not allowed"
    REFUSED = "refused"
    TOO_LATE = "too late"
    """Discord did not answer for too long."""
    NO_ROOM = "no room"
    """The role was given, but the coins that come with it did not fit into the wallet by then."""
    LEVELING_OFF = "leveling off"
    """The role was given, but the XP boost that comes with it would have passed unused by then."""
    UNDONE = "undone"
    """It was paid and delivered, and staff took both back."""

    @property
    def problem(self) -> Problem | None:
        """What stands in the way of the role; None: nothing does."""
        return None if self in _NO_PROBLEM else Problem(self.value)


_NO_PROBLEM = {FailedFor.TOO_LATE, FailedFor.NO_ROOM, FailedFor.LEVELING_OFF, FailedFor.UNDONE}


class Bought(BaseModel):
    """What was bought, as it was then: edits of the thing change nothing about it. Stored as JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    chain: Chain = ()
    lifetime: int | None = None

    def copies_end(self, now: datetime) -> datetime | None:
        """When copies delivered now are gone; None: never."""
        return None if self.lifetime is None else now + timedelta(seconds=self.lifetime)


@dataclass(frozen=True)
class Purchase:
    """Something that somebody bought, or is about to."""

    guild_id: int
    id: int
    key: str
    user_id: int
    item_id: int
    quantity: int
    unit_price: int
    state: PurchaseState
    at: datetime
    bought: Bought
    reason: FailedFor | None = None
    hold_id: int | None = None

    @property
    def price(self) -> int:
        """What all of it costs."""
        return self.quantity * self.unit_price


@dataclass(frozen=True)
class Asked:
    """What a member wants to buy, at the price that they were shown."""

    item_id: int
    quantity: int
    shown_price: int
    """Of one copy."""


@dataclass(frozen=True)
class Buyer:
    """A member who buys or uses something, as Discord shows them, and what the bot may do for them there."""

    user_id: int
    role_ids: frozenset[int]
    guild: GuildFacts


class Verdict(StrEnum):
    """What the roles of a purchase say about it."""

    DELIVERED = "delivered"
    OPEN = "open"
    """Nobody knows yet."""


def judge(grants: Collection[Grant | None]) -> Verdict | FailedFor:
    """What the grants of the roles that a purchase asked for say about it; None: one is not there any more.

    A role that somebody took off by hand was given first. One whose grant is over was ended by staff: while a purchase
    is open, none is by its own time.
    """
    states = {None if one is None else one.state for one in grants}
    stuck = [one.problem for one in grants if one is not None and one.problem is not None]
    if states & {None, GrantState.ENDING, GrantState.ENDED}:
        return FailedFor.ROLE_GONE
    if stuck and states & {GrantState.FAILED, GrantState.WANTED}:
        return FailedFor(stuck[0].value)
    return Verdict.DELIVERED if states <= {GrantState.HELD, GrantState.DECLINED} else Verdict.OPEN


def role_ends(
    seconds: int | None, copies: int, copies_end: datetime | None, runs_until: datetime | None, now: datetime
) -> datetime | None:
    """When a role that is given now ends; None: never.

    A role for a time is had once for each copy, after what is left of the time that was bought before
    (`runs_until`). One without a time of its own lasts as long as the copy that it came with.
    """
    if seconds is None:
        return copies_end
    begins = now if runs_until is None else max(now, runs_until)
    return begins + timedelta(seconds=seconds * copies)


def details_of(bought: Bought) -> Mapping[str, Any]:
    """How what was bought is stored."""
    return bought.model_dump(mode="json")


@dataclass(frozen=True)
class Stretch:
    """Until when something gives a member a role, or boosts their XP by some factor."""

    source: str
    """What does; of boosts, which one."""
    until: datetime
    is_stacked: bool = True
    """Whether its time began where that of the others ended; else it ends with a copy."""


def ends_without(times: Iterable[Stretch], gone: str, now: datetime) -> dict[str, datetime]:
    """When the others end, of all that give one thing now, once one source does not any more; those that change.

    What stood behind it moves up: whoever is paid back for an hour must not keep it in what they bought afterwards.
    """
    before = after = now
    changed: dict[str, datetime] = {}
    for one in sorted(times, key=lambda time: (time.until, time.source)):
        if one.source != gone:
            ends = after + (one.until - before) if one.is_stacked else one.until
            if ends != one.until:
                changed[one.source] = ends
            after = max(after, ends)
        before = max(before, one.until)
    return changed
