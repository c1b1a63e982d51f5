"""Guilds that the bot left are erased when their time comes; returning before it clears it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from bot.domain.guilds import ShardRange
from bot.jobs.ticker import BATCH
from bot.jobs.under_way import UnderWay
from bot.services.guilds import Erasure, GuildsService

_log = structlog.stdlib.get_logger(__name__)


class ErasureSource:
    """The ticker's view of ``guilds.erase_at``. A long ledger takes its time to erase; nothing else waits for it."""

    name = "guild erasure"

    def __init__(
        self,
        service: GuildsService,
        shards: Callable[[], ShardRange],
        is_in: Callable[[int], bool],
        wake: Callable[[], object],
    ) -> None:
        self._service = service
        self._shards = shards
        self._is_in = is_in
        self._under_way = UnderWay(BATCH, wake)

    async def next_due(self) -> datetime | None:
        """When the next guild is due; None while as many as may be are being erased, for these wake when done."""
        return await self._service.next_erasure(self._shards()) if self._under_way.room > 0 else None

    async def claim(self, limit: int) -> Sequence[Erasure]:
        """Take due guilds, as many as are not already being erased."""
        room = min(limit, self._under_way.room)
        return await self._service.claim_erasures(self._shards(), room) if room > 0 else []

    async def settle(self, item: Erasure) -> None:
        """Begin to erase one, and wait for it a little."""
        await self._under_way.begin(f"erasure-{item.guild_id}", self._erase(item))

    async def _erase(self, item: Erasure) -> None:
        """Erase one; never one that the bot is in, whatever the row says."""
        if self._is_in(item.guild_id):
            _log.error("a guild that the bot is in was marked to be erased", guild=item.guild_id)
            return
        if await self._service.erase(item):
            _log.info("guild erased", guild=item.guild_id)

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off. Its lease ends, and then it is found again."""
        await self._under_way.finish()
