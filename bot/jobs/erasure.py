"""Guilds that the bot left are erased when their time comes; returning before it clears it."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.domain.guilds import ShardRange
from bot.jobs.leased import LeasedSource
from bot.jobs.ticker import BATCH
from bot.services.guilds import Erasure, GuildsService

_log = structlog.stdlib.get_logger(__name__)


class ErasureSource(LeasedSource[Erasure]):
    """The ticker's view of ``guilds.erase_at``. A long ledger takes its time to erase; nothing else waits for it."""

    name = "guild erasure"

    def __init__(
        self,
        service: GuildsService,
        shards: Callable[[], ShardRange],
        is_in: Callable[[int], bool],
        wake: Callable[[], object],
    ) -> None:
        super().__init__(service.next_erasure, service.claim_erasures, self._erase, shards, wake, at_once=BATCH)
        self._service = service
        self._is_in = is_in

    def called(self, item: Erasure) -> str:
        """By its guild."""
        return f"erasure-{item.guild_id}"

    async def _erase(self, item: Erasure) -> None:
        """Erase one; never one that the bot is in, whatever the row says."""
        if self._is_in(item.guild_id):
            _log.error("a guild that the bot is in was marked to be erased", guild=item.guild_id)
            return
        if await self._service.erase(item):
            _log.info("guild erased", guild=item.guild_id)
