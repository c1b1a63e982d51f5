"""Whether the bot can serve: connected, its guilds known, its database there, and not about to stop."""

from __future__ import annotations

from typing import Any

from bot.db.engine import Database
from bot.monitor.patient import Patient
from bot.ui.gate import Gate

PATIENCE = 1.0
"""Seconds that the database is given to answer."""


class Readiness:
    """Looks, whenever it is asked."""

    def __init__(self, bot: Any, database: Database, gate: Gate) -> None:
        self._bot = bot  # discord.py's client, as in `gauges`
        self._database = Patient("readiness", database.ping, PATIENCE)
        self._gate = gate

    async def missing(self) -> dict[str, str]:
        """What is missing, each in a sentence; nothing if it is ready. Takes about `PATIENCE` at most."""
        found: dict[str, str] = {}
        if self._gate.is_closed:
            found["process"] = "It is stopping."
        gateway = self._gateway()
        if gateway is not None:
            found["gateway"] = gateway
        if not self._bot.settled.is_set():
            found["guilds"] = "The servers are not yet compared with the database."
        if not await self._database_answers():
            found["database"] = f"It did not answer within {PATIENCE:g} s."
        return found

    async def close(self) -> None:
        """Look no more."""
        await self._database.close()

    def _gateway(self) -> str | None:
        shards = self._bot.shards
        away = [str(number) for number, shard in shards.items() if shard.is_closed()]
        if not shards:
            return "Not connected yet."
        return f"These shards are not connected: {', '.join(away)}." if away else None

    async def _database_answers(self) -> bool:
        try:
            await self._database.answer()
        except Exception:  # noqa: BLE001 — whatever keeps it from answering, it does not answer
            return False
        return True
