"""Incidents: kept under the id that the member was told."""

from __future__ import annotations

from datetime import datetime

from bot.db.engine import Database
from bot.db.repositories import incidents as rows
from bot.domain.incidents import Incident

_IDS_END = 2**63
"""Longer codes can be typed than there are ids."""

_PRUNED_AT_ONCE = 500


class IncidentsService:
    """Keeps and finds incidents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, incident: Incident) -> None:
        """Keep an incident.

        Raises:
            DatabaseAway: it could not be kept; the log has it.
        """
        await self._database.transact(lambda session: rows.add(session, incident))

    async def find(self, incident_id: int) -> Incident | None:
        """The incident with an id; also None for a number that can be no id."""
        if not 0 <= incident_id < _IDS_END:
            return None
        return await self._database.query(lambda session: rows.get(session, incident_id))

    async def prune(self, before: datetime) -> int:
        """Forget incidents from before that time; how many."""
        total = 0
        while True:
            gone = await self._database.transact(
                lambda session: rows.prune(session, before=before, limit=_PRUNED_AT_ONCE), idempotent=True
            )
            total += gone
            if gone < _PRUNED_AT_ONCE:
                return total
