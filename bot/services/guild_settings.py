"""A guild's settings, read as typed sections and changed without overwriting each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from bot.db.engine import Database
from bot.db.repositories import guild_settings as rows
from bot.db.sessions import Session
from bot.domain.settings import Section, read_leniently
from bot.errors import SettingsChanged

S = TypeVar("S", bound=Section)

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Versioned(Generic[S]):
    """A section and the version it was read at, which a change has to name."""

    value: S
    version: int


class GuildSettingsService:
    """Reads and changes sections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, guild_id: int, model: type[S]) -> Versioned[S]:
        """A guild's section; the defaults where it never changed anything."""
        return await self._database.query(lambda session: self._get(session, guild_id, model))

    async def within(self, session: Session, guild_id: int, model: type[S]) -> S:
        """A guild's section, inside the transaction of a use case."""
        return (await self._get(session, guild_id, model)).value

    async def change(self, guild_id: int, value: Section, *, base: int, by: int | None) -> int:
        """Replace a section that was read at version `base`; its new version.

        Raises:
            SettingsChanged: somebody else changed it since.
        """
        async with self._database.write() as session:
            document = value.model_dump(mode="json")
            if not await rows.put(session, guild_id, value.section, document, base=base, by=by):
                raise SettingsChanged
        return base + 1

    async def _get(self, session: Session, guild_id: int, model: type[S]) -> Versioned[S]:
        stored = await rows.get(session, guild_id, model.section)
        if stored is None:
            return Versioned(model(), 0)
        value, refused = read_leniently(model, stored.document)
        if refused:
            _log.warning("settings fell back", guild=guild_id, section=model.section, fields=refused)
        return Versioned(value, stored.version)
