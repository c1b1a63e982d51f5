"""Incidents: kept under the id that the member was told."""

from __future__ import annotations

from bot.db.engine import Database
from bot.db.repositories import incidents as rows
from bot.domain.incidents import Incident


class IncidentsService:
    """Keeps and finds incidents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, incident: Incident) -> None:
        """Keep an incident.

        Raises:
            DatabaseAway: it could not be kept; the log has it.
        """
        async with self._database.write() as session:
            await rows.add(session, incident)

    async def find(self, incident_id: int) -> Incident | None:
        """The incident with an id."""
        async with self._database.read() as session:
            return await rows.get(session, incident_id)
