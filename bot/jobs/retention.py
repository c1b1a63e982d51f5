"""What was kept of the past is forgotten when it is old: for how long is for the operator to say."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import Clock
from bot.services.command_logs import CommandLogService
from bot.services.incidents import IncidentsService
from bot.services.xp_staff import XpStaffService

RETENTION_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


class Retention:
    """Prunes the command log, the incidents, and what staff changed of members' XP."""

    def __init__(
        self,
        clock: Clock,
        command_logs: CommandLogService,
        incidents: IncidentsService,
        xp_staff: XpStaffService,
        *,
        keep_uses_for: timedelta,
        keep_incidents_for: timedelta,
        keep_xp_changes_for: timedelta,
    ) -> None:
        self._clock = clock
        self._command_logs = command_logs
        self._incidents = incidents
        self._xp_staff = xp_staff
        self._keep_uses_for = keep_uses_for
        self._keep_incidents_for = keep_incidents_for
        self._keep_xp_changes_for = keep_xp_changes_for

    async def prune(self) -> int:
        """Forget what is older than it may be; how many rows."""
        now = self._clock.now()
        gone = await self._command_logs.prune(now - self._keep_uses_for)
        gone += await self._incidents.prune(now - self._keep_incidents_for)
        return gone + await self._xp_staff.prune(now - self._keep_xp_changes_for)
