"""Locks and slowmodes are carried out as soon as they are ordered, and ended on time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.domain.guilds import ShardRange
from bot.domain.locks import Claimed
from bot.jobs.ticker import BATCH
from bot.jobs.under_way import UnderWay
from bot.services.locks import LocksService

_AT_ONCE = BATCH // 2
"""Channels under way at once."""


class LocksSource:
    """The ticker's view of ``channel_locks.due_at``."""

    name = "locks"

    def __init__(
        self,
        service: LocksService,
        carry_out: Callable[[Claimed], Awaitable[object]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        self._service = service
        self._carry_out = carry_out
        self._shards = shards
        self._under_way = UnderWay(_AT_ONCE, wake)

    async def next_due(self) -> datetime | None:
        """When the next channel is due; None while as many as may be are under way, for these wake when done."""
        if self._under_way.room <= 0:
            return None
        return await self._service.next_due(self._shards())

    async def claim(self, limit: int) -> Sequence[Claimed]:
        """Take due channels, as many as are not already under way."""
        room = min(limit, self._under_way.room)
        return [] if room <= 0 else await self._service.claim(self._shards(), room)

    async def settle(self, item: Claimed) -> None:
        """Begin with one, and wait for it a little."""
        lock = item.lock
        await self._under_way.begin(f"locks-{lock.guild_id}-{lock.channel_id}", _did(self._carry_out, item))

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off. Its lease ends, and then it is found again."""
        await self._under_way.finish()


async def _did(carry_out: Callable[[Claimed], Awaitable[object]], item: Claimed) -> None:
    await carry_out(item)
