"""Entrants whose roles decide about their chances are looked at again where something may have been missed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.jobs.periodic import Periodic
from bot.services.giveaway_roles import GiveawayRoles

INTERVAL = 2.0
"""Seconds between two looks: the gateway takes 120 questions a minute, of which others need some too."""


class GiveawayRolesJob(Periodic):
    """Looks; at the end writes what was heard."""

    def __init__(self, roles: GiveawayRoles, look: Callable[[], Awaitable[None]]) -> None:
        super().__init__("roles of entrants", INTERVAL, look)
        self._roles = roles

    async def finish(self) -> None:
        """Wait until all that was heard is written."""
        await self._roles.finish()
