"""Letters to members that are delivered now rather than soon, since somebody waits for what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.outbox import Claimed
from bot.errors import Unavailable
from bot.services.outbox import OutboxService

_log = structlog.stdlib.get_logger(__name__)

PATIENCE = 3.0
"""Seconds that anybody waits. After that the outbox goes on by itself."""


class Letters:
    """Delivers single messages of the outbox ahead of their turn."""

    def __init__(self, outbox: OutboxService, deliver: Callable[[Claimed], Awaitable[None]]) -> None:
        self._outbox = outbox
        self._deliver = deliver
        self._tasks: set[asyncio.Task[None]] = set()

    async def deliver(self, guild_id: int, key: str) -> None:
        """Deliver the message with a key, if nobody is at it yet, for at most `PATIENCE`. Never raises."""
        task = asyncio.create_task(self._try(guild_id, key), name=f"outbox-letter-{guild_id}-{key}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        for one in done:
            if not one.cancelled():
                one.result()  # nothing but the end of the process itself

    async def _try(self, guild_id: int, key: str) -> None:
        try:
            claimed = await self._outbox.claim_one(guild_id, key)
            if claimed is not None:
                await self._deliver(claimed)
        except Unavailable as error:  # it is still owed, and its lease brings it back
            _log.warning("a letter has to wait", guild=guild_id, key=key, error=str(error))
        except Exception:  # noqa: BLE001 — whatever it was, the letter is still owed
            _log.exception("a letter failed unexpectedly", guild=guild_id, key=key)

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off."""
        try:
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
