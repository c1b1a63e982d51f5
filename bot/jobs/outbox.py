"""Messages of the outbox are sent as soon as they are written, and again when a try did not work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from bot.domain.guilds import ShardRange
from bot.domain.outbox import Claimed
from bot.jobs.ticker import BATCH
from bot.services.outbox import OutboxService

_log = structlog.stdlib.get_logger(__name__)

PATIENCE = 0.5
"""Seconds that the ticker waits for one message. A channel with a rate limit must not hold up the others."""

PRUNING_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


class OutboxSource:
    """The ticker's view of the outbox.

    A message that takes longer than `PATIENCE` goes on by itself. Writing its outcome wakes the ticker, since the next
    one of its channel may leave then. `finish` waits for all of these.
    """

    name = "outbox"

    def __init__(
        self,
        service: OutboxService,
        deliver: Callable[[Claimed], Awaitable[None]],
        shards: Callable[[], ShardRange],
    ) -> None:
        self._service = service
        self._deliver = deliver
        self._shards = shards
        self._under_way: set[asyncio.Task[None]] = set()

    async def next_due(self) -> datetime | None:
        """When the next message may be tried; None while as many as may be are under way, for these wake when done."""
        if len(self._under_way) >= BATCH:
            return None
        return await self._service.next_due(self._shards())

    async def claim(self, limit: int) -> Sequence[Claimed]:
        """Take due messages, as many as are not already under way."""
        room = min(limit, BATCH - len(self._under_way))
        return await self._service.claim(self._shards(), room) if room > 0 else []

    async def settle(self, item: Claimed) -> None:
        """Begin to send one, and wait for it a little."""
        task = asyncio.create_task(self._send(item), name=f"outbox-{item.id}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await asyncio.wait({task}, timeout=PATIENCE)

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off. Its lease ends, and then it is found again."""
        try:
            if self._under_way:
                await asyncio.wait(self._under_way)
        finally:
            for task in self._under_way:
                task.cancel()

    async def _send(self, item: Claimed) -> None:
        try:
            await self._deliver(item)
        except Exception:  # noqa: BLE001 — its lease brings it back
            _log.exception("the outcome of a message was not written", guild=item.guild_id, message=item.id)
