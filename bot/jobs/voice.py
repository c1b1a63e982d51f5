"""What voice earns is paid each minute as it passes, and at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import structlog

from bot.domain.privacy import Erased
from bot.errors import Unavailable
from bot.jobs.periodic import Periodic

_log = structlog.stdlib.get_logger(__name__)

INTERVAL = 60.0
"""Seconds between two looks: what a crash can cost."""


class Rooms(Protocol):
    """The part of the rooms that is needed here."""

    async def look(self, guild: Any, /) -> None:
        """Pay what came together in a guild."""
        ...

    def leave(self, guild: Any, /) -> None:
        """Pay it, and follow the guild no more."""
        ...

    def forget(self, user_id: int, guild_id: int | None = None, /) -> None:
        """Forget what somebody earned and was not paid."""
        ...


class VoiceJob(Periodic):
    """Looks into the rooms of all guilds that can be seen at the moment; at the end once more."""

    def __init__(self, rooms: Rooms, in_sight: Callable[[], Sequence[Any]]) -> None:
        super().__init__("voice", INTERVAL, self._round)
        self._rooms = rooms
        self._in_sight = in_sight

    async def stop(self) -> None:
        """Finish the look that runs, and pay what came together since. It is written when the XP is, after this."""
        await super().stop()
        for guild in self._in_sight():
            self._rooms.leave(guild)

    async def forget(self, erased: Erased) -> None:
        """Drop what somebody earned and was not paid yet."""
        self._rooms.forget(erased.user_id, erased.guild_id)

    async def _round(self) -> None:
        for guild in self._in_sight():
            try:
                await self._rooms.look(guild)
            except Unavailable:
                _log.warning("voice waits for the database")
                return
            except Exception:  # noqa: BLE001 — one guild's fault must not keep all others from being paid
                _log.exception("the rooms of a server could not be looked into", guild=guild.id)
