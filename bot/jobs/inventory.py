"""Copies that expire leave their owner's inventory on time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.domain.guilds import ShardRange
from bot.domain.inventory import Lot
from bot.services.inventory import InventoryService


class ExpirySource:
    """The ticker's view of ``inventory_items.expires_at``. To claim them is all there is to do: one transaction."""

    name = "expiring items"

    def __init__(self, inventory: InventoryService, shards: Callable[[], ShardRange]) -> None:
        self._inventory = inventory
        self._shards = shards

    async def next_due(self) -> datetime | None:
        """When the next copies expire."""
        return await self._inventory.next_expiry(self._shards())

    async def claim(self, limit: int) -> Sequence[Lot]:
        """Take up to `limit` lots away that have expired."""
        return await self._inventory.expire(self._shards(), limit)

    async def settle(self, item: Lot) -> None:
        """Nothing is left to do for one that is gone."""
