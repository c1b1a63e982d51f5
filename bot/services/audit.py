"""The audit log: written inside the transaction of what it tells of, so that neither is ever there alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import audit as rows
from bot.db.sessions import WriteSession
from bot.domain.audit import AuditEntry, AuditFilter, AuditRecord, bounded
from bot.domain.paging import NEWEST, OLDEST, Cursor, Slice, cut
from bot.errors import AuditEntryGone, DaysTurned
from bot.ids import IdMaker, first_at
from bot.services.staff_notices import StaffNoticesService

PAGE = 10
"""Entries on a page."""

MOST_EXPORTED = 10_000
"""Entries in one file; the newest of a time in which there were more."""


@dataclass(frozen=True)
class AuditPage:
    """A page of the log, newest first, and the cursors of its neighbours; None: there is nothing on that side."""

    entries: tuple[AuditEntry, ...]
    newer: Cursor | None
    older: Cursor | None


@dataclass(frozen=True)
class AuditExport:
    """The entries of a time, newest first."""

    entries: tuple[AuditEntry, ...]
    cut: bool
    """Whether there were more than `MOST_EXPORTED`."""


class AuditService:
    """Keeps the audit log of each guild. Entries are added and read, never changed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: IdMaker,
        notices: StaffNoticesService,
        actions: Mapping[str, str] | None = None,
    ) -> None:
        """`actions` are all that features write down, and what people call each."""
        self.actions: Mapping[str, str] = actions or {}
        self._database = database
        self._clock = clock
        self._ids = ids
        self._notices = notices

    async def record(self, session: WriteSession, guild_id: int, record: AuditRecord) -> None:
        """Write a record inside the caller's transaction, and promise staff a line about it where they chose a channel.

        Both are there if and only if the change is.
        """
        kept = bounded(record)
        await rows.add(session, guild_id, self._ids.new(), self._clock.now(), kept)
        await self._notices.log(session, guild_id, kept)

    async def begin(self, session: WriteSession, guild_id: int, record: AuditRecord) -> int:
        """Write down inside the caller's transaction what is about to be done; the id of the entry, for `complete`.

        Staff is not promised a line before it is known what came of it.
        """
        entry_id = self._ids.new()
        await rows.add(session, guild_id, entry_id, self._clock.now(), bounded(record))
        return entry_id

    async def complete(self, session: WriteSession, guild_id: int, entry_id: int, record: AuditRecord) -> None:
        """Let an entry that was begun say what came of it (its `after`), and promise staff the line."""
        kept = bounded(record)
        if await rows.complete(session, guild_id, entry_id, dict(kept.after or {})):
            await self._notices.log(session, guild_id, kept)

    async def unfinished(
        self, guild_ids: Collection[int], action: str, *, since: datetime
    ) -> Sequence[tuple[int, AuditEntry]]:
        """Entries that were begun since a moment and tell of no end, each with its guild; the oldest first."""
        after = first_at(since) - 1
        return await self._database.query(lambda session: rows.unfinished(session, guild_ids, action, after=after))

    async def search(
        self, guild_id: int, wanted: AuditFilter | None = None, cursor: Cursor = NEWEST, *, count: int = PAGE
    ) -> AuditPage:
        """The page at `cursor` of the entries that fit. What is added meanwhile does not shift the pages."""
        asked = wanted or AuditFilter()
        page = await self._page(guild_id, asked, cursor, count)
        if not page.items and cursor != NEWEST:  # beyond an end: the page at that end
            page = await self._page(guild_id, asked, NEWEST if cursor.newer else OLDEST, count)
        return AuditPage(page.items, page.newer, page.older)

    async def _page(self, guild_id: int, asked: AuditFilter, cursor: Cursor, count: int) -> Slice[AuditEntry]:
        found = await self._database.query(lambda session: rows.page(session, guild_id, asked, cursor, count=count + 1))
        return cut(found, cursor, count, lambda entry: entry.id)

    async def entry(self, guild_id: int, entry_id: int) -> AuditEntry:
        """One entry.

        Raises:
            AuditEntryGone: it is not there.
        """
        found = await self._database.query(lambda session: rows.get(session, guild_id, entry_id))
        if found is None:
            raise AuditEntryGone
        return found

    async def export(
        self, guild_id: int, wanted: AuditFilter, *, since: datetime | None = None, until: datetime | None = None
    ) -> AuditExport:
        """The newest `MOST_EXPORTED` entries that fit, from `since` and before `until`.

        Raises:
            DaysTurned: it ends before it begins.
        """
        if since is not None and until is not None and until <= since:
            raise DaysTurned
        after = 0 if since is None else first_at(since) - 1
        before = NEWEST.edge if until is None else first_at(until)
        found = await self._database.query(
            lambda session: rows.search(session, guild_id, wanted, after=after, before=before, count=MOST_EXPORTED + 1)
        )
        return AuditExport(tuple(found[:MOST_EXPORTED]), len(found) > MOST_EXPORTED)
