"""What members own: copies of things, in lots that expire together, and why each came or went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.shop import ItemKind

FOREVER = 0
"""The lot of all copies that never expire. Others have a lot of their own for each time they were got."""

EQUIPABLE = frozenset({ItemKind.BADGE, ItemKind.BACKGROUND, ItemKind.COLLECTIBLE, ItemKind.SPECIAL})
"""Kinds that can be worn: one of each kind at a time."""


class MoveKind(StrEnum):
    """Why copies came or went. Stored, so it never changes its meaning."""

    BOUGHT = "bought"
    SOLD = "sold"
    GIVEN = "given"
    RECEIVED = "received"
    USED = "used"
    EFFECT = "effect"
    """They came with another thing."""
    EXPIRED = "expired"
    RETURNED = "returned"
    """Staff took back what they came with, or what they were sold for."""


class Order(StrEnum):
    """Which copies go first."""

    SOONEST_GONE = "soonest gone"
    """Those that expire soonest: what is used up should be what is lost anyway."""
    FOREVER_FIRST = "forever first"
    """Those that never expire: what is given away should be worth having."""
    ONLY_FOREVER = "only forever"
    """Nothing but those: who is paid for a thing hands over all of it, not what is left of its time."""


@dataclass(frozen=True)
class Lot:
    """Copies of one thing that a member owns and that expire together."""

    user_id: int
    item_id: int
    lot: int
    quantity: int
    expires_at: datetime | None
    equipped: ItemKind | None = None


@dataclass(frozen=True)
class Stack:
    """All copies of one thing that a member owns."""

    item_id: int
    quantity: int
    lasting: int
    """Those among them that never expire."""
    ends_at: datetime | None
    """When the first of the others does."""
    is_worn: bool


@dataclass(frozen=True)
class Part:
    """So many copies out of a lot."""

    lot: Lot
    quantity: int


def parts(lots: Sequence[Lot], quantity: int, order: Order, now: datetime) -> tuple[Part, ...] | None:
    """From which lots so many copies are taken; None when there are not as many. What has expired is not there."""
    there = [one for one in lots if one.expires_at is None or one.expires_at > now]
    if order is Order.ONLY_FOREVER:
        there = [one for one in there if one.expires_at is None]
    forever_first = order is Order.FOREVER_FIRST
    there.sort(key=lambda one: ((one.expires_at is None) != forever_first, one.expires_at or now, one.lot))
    found: list[Part] = []
    for one in there:
        taken = min(one.quantity, quantity)
        if taken > 0:
            found.append(Part(one, taken))
            quantity -= taken
    return tuple(found) if quantity == 0 else None
