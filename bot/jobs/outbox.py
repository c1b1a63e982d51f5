"""Messages of the outbox are sent as soon as they are written, and again when a try did not work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.domain.guilds import ShardRange
from bot.domain.outbox import Claimed
from bot.jobs.ticker import BATCH
from bot.jobs.under_way import UnderWay
from bot.services.outbox import OutboxService

PRUNING_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


class OutboxSource:
    """The ticker's view of the outbox.

    A message that takes long goes on by itself: a channel with a rate limit must not hold up the others. Writing its
    outcome wakes the ticker, since the next one of its channel may leave then. `finish` waits for all of these.
    """

    name = "outbox"

    def __init__(
        self,
        service: OutboxService,
        deliver: Callable[[Claimed], Awaitable[None]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        self._service = service
        self._deliver = deliver
        self._shards = shards
        self._under_way = UnderWay(BATCH, wake)

    async def next_due(self) -> datetime | None:
        """When the next message may be tried; None while as many as may be are under way, for these wake when done."""
        return await self._service.next_due(self._shards()) if self._under_way.room > 0 else None

    async def claim(self, limit: int) -> Sequence[Claimed]:
        """Take due messages, as many as are not already under way."""
        room = min(limit, self._under_way.room)
        return await self._service.claim(self._shards(), room) if room > 0 else []

    async def settle(self, item: Claimed) -> None:
        """Begin to send one, and wait for it a little."""

        async def work() -> None:
            await self._deliver(item)

        await self._under_way.begin(f"outbox-{item.id}", work())

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off. Its lease ends, and then it is found again."""
        await self._under_way.finish()
