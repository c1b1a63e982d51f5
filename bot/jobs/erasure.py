"""Guilds that the bot left are erased when their time comes; returning before it clears it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from bot.domain.guilds import ShardRange
from bot.services.guilds import Erasure, GuildsService

_log = structlog.stdlib.get_logger(__name__)


class ErasureSource:
    """The ticker's view of ``guilds.erase_at``."""

    name = "guild erasure"

    def __init__(self, service: GuildsService, shards: Callable[[], ShardRange], is_in: Callable[[int], bool]) -> None:
        self._service = service
        self._shards = shards
        self._is_in = is_in

    async def next_due(self) -> datetime | None:
        """When the next guild is due."""
        return await self._service.next_erasure(self._shards())

    async def claim(self, limit: int) -> Sequence[Erasure]:
        """Take due guilds."""
        return await self._service.claim_erasures(self._shards(), limit)

    async def settle(self, item: Erasure) -> None:
        """Erase one; never one that the bot is in, whatever the row says."""
        if self._is_in(item.guild_id):
            _log.error("a guild that the bot is in was marked to be erased", guild=item.guild_id)
            return
        if await self._service.erase(item):
            _log.info("guild erased", guild=item.guild_id)
