"""Batches take their turns: each guild's running one in a second, those first that waited longest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.domain.batches import Turn
from bot.domain.guilds import ShardRange
from bot.jobs.under_way import UnderWay
from bot.services.batches import BatchesService

AT_ONCE = 10
"""Turns under way at once; others wait until one of these is over, the longest waiting first."""

PRUNING_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


class BatchSource:
    """The ticker's view of batches.

    `wake` is called when a turn ends and others may have waited for its place. `finish` waits for those under way.
    """

    name = "batches"

    def __init__(
        self,
        service: BatchesService,
        take: Callable[[Turn], Awaitable[None]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        self._service = service
        self._take = take
        self._shards = shards
        self._under_way = UnderWay(AT_ONCE, wake)

    async def next_due(self) -> datetime | None:
        """When the next turn is due; None while as many as may be are under way, for these wake when done."""
        return await self._service.next_due(self._shards()) if self._under_way.room > 0 else None

    async def claim(self, limit: int) -> Sequence[Turn]:
        """Take the turns that are due, as many as there is room for."""
        room = min(limit, self._under_way.room)
        return await self._service.claim(self._shards(), room) if room > 0 else []

    async def settle(self, item: Turn) -> None:
        """Begin a turn, and wait for it a little."""

        async def work() -> None:
            await self._take(item)

        await self._under_way.begin(f"batch-{item.batch.id}", work())

    async def finish(self) -> None:
        """Wait for the turns under way; if this is cancelled, cut them off. Their leases bring the batches back."""
        await self._under_way.finish()
