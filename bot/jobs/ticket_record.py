"""What is said in tickets is written twice a second, and at the end."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.domain.guilds import ShardRange
from bot.errors import Unavailable
from bot.jobs.periodic import Periodic
from bot.services.ticket_places import TicketPlaces
from bot.services.ticket_record import TicketRecordService

_log = structlog.stdlib.get_logger(__name__)

INTERVAL = 0.5
"""Seconds between two flushes."""


class TicketRecordJob(Periodic):
    """Knows where tickets are, and writes what was heard there."""

    def __init__(self, record: TicketRecordService, places: TicketPlaces, shards: Callable[[], ShardRange]) -> None:
        super().__init__("ticket record", INTERVAL, self._round)
        self._record = record
        self._places = places
        self._shards = shards

    async def finish(self) -> None:
        """Write the rest."""
        await self._record.flush()

    async def _round(self) -> None:
        if not self._places.is_known:
            try:
                await self._places.load(self._shards())
            except Unavailable:
                _log.warning("where tickets are waits for the database")
                return
        await self._record.flush()
