"""What was kept for an operator only is forgotten when it is old."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import Clock
from bot.services.command_logs import CommandLogService
from bot.services.incidents import IncidentsService

RETENTION_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


class Retention:
    """Prunes the command log and the incidents."""

    def __init__(
        self,
        clock: Clock,
        command_logs: CommandLogService,
        incidents: IncidentsService,
        *,
        keep_uses_for: timedelta,
        keep_incidents_for: timedelta,
    ) -> None:
        self._clock = clock
        self._command_logs = command_logs
        self._incidents = incidents
        self._keep_uses_for = keep_uses_for
        self._keep_incidents_for = keep_incidents_for

    async def prune(self) -> int:
        """Forget what is older than it may be; how many rows."""
        now = self._clock.now()
        gone = await self._command_logs.prune(now - self._keep_uses_for)
        return gone + await self._incidents.prune(now - self._keep_incidents_for)
