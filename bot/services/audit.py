"""The audit log: written inside the transaction of what it tells of, so that neither is ever there alone."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import audit as rows
from bot.db.sessions import WriteSession
from bot.domain.audit import NEWEST, AuditEntry, AuditFilter, AuditRecord
from bot.ids import IdMaker
from bot.services.staff_notices import StaffNoticesService

PAGE = 10
"""Entries on a page."""


@dataclass(frozen=True)
class AuditPage:
    """A page of the log, newest first, and the edge beyond which the older ones are; None: there are none."""

    entries: tuple[AuditEntry, ...]
    older: int | None


class AuditService:
    """Keeps the audit log of each guild."""

    def __init__(self, database: Database, clock: Clock, ids: IdMaker, notices: StaffNoticesService) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._notices = notices

    async def record(self, session: WriteSession, guild_id: int, record: AuditRecord) -> None:
        """Write a record inside the caller's transaction, and promise staff a line about it where they chose a channel.

        Both are there if and only if the change is.
        """
        await rows.add(session, guild_id, self._ids.new(), self._clock.now(), record)
        await self._notices.log(session, guild_id, record)

    async def search(
        self, guild_id: int, wanted: AuditFilter | None = None, *, before: int = NEWEST, count: int = PAGE
    ) -> AuditPage:
        """The newest entries older than `before` that fit. What is added meanwhile does not shift the pages."""
        asked = wanted or AuditFilter()
        found = await self._database.query(
            lambda session: rows.search(session, guild_id, asked, before=before, count=count + 1)
        )
        entries = tuple(found[:count])
        return AuditPage(entries, entries[-1].id if len(found) > count else None)
