"""What an application remembers between starts."""

from __future__ import annotations

from bot.db.engine import Database
from bot.db.repositories import app_state as rows


class AppStateService:
    """Small values under names, per application."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, application_id: int, name: str) -> str | None:
        """The value under a name; None if there is none."""
        return await self._database.query(lambda session: rows.get(session, application_id, name))

    async def put(self, application_id: int, name: str, value: str) -> None:
        """Remember a value under a name."""
        await self._database.transact(lambda session: rows.put(session, application_id, name, value), idempotent=True)
