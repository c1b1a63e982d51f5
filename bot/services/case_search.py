"""Looking cases up: one with its timeline, the file of a member, and numbers while they are being written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import cases as rows
from bot.db.repositories.moderation import links, proof, search
from bot.db.sessions import ReadSession
from bot.domain.case_search import PAGE, CaseFilter, CaseView, History, ModStats, Sum
from bot.domain.cases import Case, CaseKind
from bot.domain.moderation import ModerationSettings
from bot.domain.paging import NEWEST, Cursor, cut
from bot.errors import CaseNotFound, FileHidden
from bot.services.guild_settings import GuildSettingsService

TIMELINE = 15
"""Changes of a case that are shown; the newest."""


class CaseSearchService:
    """Reads cases, always those of one guild."""

    def __init__(self, database: Database, clock: Clock, settings: GuildSettingsService) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    async def view(self, guild_id: int, number: int) -> CaseView:
        """One case with everything that belongs to it.

        Raises:
            CaseNotFound: no case of the guild has this number.
        """

        async def unit(session: ReadSession) -> CaseView | None:
            case = await rows.find(session, guild_id, number)
            if case is None:
                return None
            changes, earlier = await search.newest_changes(session, guild_id, number, limit=TIMELINE)
            linked = await links.of_case(session, guild_id, number)
            files = await proof.of_case(session, guild_id, number)
            return CaseView(case, tuple(changes), earlier, tuple(linked), tuple(files))

        found = await self._database.query(unit)
        if found is None:
            raise CaseNotFound(f"#{number}")
        return found

    async def history(self, guild_id: int, wanted: CaseFilter, cursor: Cursor = NEWEST) -> History:
        """A page of a member's file, and what the whole file adds up to, whatever is filtered."""
        return await self._history(guild_id, wanted, cursor, own=False)

    async def own(self, guild_id: int, user_id: int, cursor: Cursor = NEWEST) -> History:
        """A page of somebody's own file: what was done, without notes and what is void.

        Raises:
            FileHidden: the guild shows it to nobody.
        """
        if not (await self._settings.read(guild_id, ModerationSettings)).value.own_file:
            raise FileHidden
        return await self._history(guild_id, CaseFilter(user_id), cursor, own=True)

    async def _history(self, guild_id: int, wanted: CaseFilter, cursor: Cursor, *, own: bool) -> History:
        now = self._clock.now()

        async def unit(session: ReadSession) -> History:
            found = await search.page(session, guild_id, wanted, cursor, limit=PAGE + 1, own=own)
            total = await search.sum_of(session, guild_id, wanted.target_id, now=now)
            if own:
                shown = {kind: count for kind, count in total.counts.items() if kind is not CaseKind.NOTE}
                total = Sum(shown, total.points)
            return History(wanted, total, cut(found, cursor, PAGE, lambda case: case.number))

        return await self._database.query(unit)

    async def sum(self, guild_id: int, user_id: int) -> Sum:
        """What a member's file adds up to."""
        now = self._clock.now()
        return await self._database.query(lambda session: search.sum_of(session, guild_id, user_id, now=now))

    async def stats(self, guild_id: int, *, days: int, moderator_id: int | None) -> ModStats:
        """What moderators, or one of them, did in the last days; `days` from 1 to `MOST_DAYS`."""
        now = self._clock.now()
        span = timedelta(days=days)

        async def unit(session: ReadSession) -> ModStats:
            acts = await search.acts(session, guild_id, since=now - span, now=now, moderator_id=moderator_id)
            return ModStats.of(days, moderator_id, acts)

        return await self._database.query(unit)

    async def before(self, guild_id: int, user_id: int, moment: datetime) -> Cursor:
        """The place in a member's file at which a moment stands."""
        last = await self._database.query(lambda session: search.last_before(session, guild_id, user_id, moment))
        return Cursor(last + 1)

    async def suggested(self, guild_id: int, written: int | None, *, limit: int) -> Sequence[Case]:
        """Cases for somebody who writes a number, or nothing yet."""
        return await self._database.query(lambda session: search.beginning(session, guild_id, written, limit=limit))
