"""A server's own jobs: what its staff lets /work tell, and what that pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.db.engine import Database
from bot.db.repositories.economy import jobs as rows
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.audit import JOB, AuditRecord, AuditSource, difference
from bot.domain.coin_range import CoinRange
from bot.domain.features import Feature
from bot.domain.jobs import MOST_JOBS, Job, JobDraft
from bot.domain.paging import NEWEST, OLDEST, Cursor, Slice, cut
from bot.errors import JobChanged, JobGone, JobKnown, TooManyJobs
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService

PAGE = 10
"""Jobs on a page."""

ADDED, CHANGED, REMOVED = "job.add", "job.change", "job.remove"
"""What the audit log calls it."""


@dataclass(frozen=True)
class JobPage:
    """A page of the list, newest first, with the cursors of its neighbours, and how many jobs there are in all."""

    jobs: tuple[Job, ...]
    newer: Cursor | None
    older: Cursor | None
    total: int


class JobsService:
    """Keeps the list of each guild. While it is empty, /work tells the jobs of the house."""

    def __init__(self, database: Database, ids: IdMaker, audit: AuditService, settings: GuildSettingsService) -> None:
        self._database = database
        self._ids = ids
        self._audit = audit
        self._settings = settings

    async def page(self, guild_id: int, cursor: Cursor = NEWEST) -> JobPage:
        """The page of the list at `cursor`, `PAGE` jobs at most.

        Raises:
            FeatureOff: the guild has no economy.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        found = await self._page(guild_id, cursor)
        if not found.items and cursor != NEWEST:  # beyond an end: the page at that end
            found = await self._page(guild_id, NEWEST if cursor.newer else OLDEST)
        total = await self._database.query(lambda session: rows.count(session, guild_id))
        return JobPage(found.items, found.newer, found.older, total)

    async def _page(self, guild_id: int, cursor: Cursor) -> Slice[Job]:
        found = await self._database.query(lambda session: rows.page(session, guild_id, cursor, count=PAGE + 1))
        return cut(found, cursor, PAGE, lambda job: job.id)

    async def get(self, guild_id: int, job_id: int) -> Job:
        """One job.

        Raises:
            FeatureOff: the guild has no economy.
            JobGone: it is not on the list.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)

        async def unit(session: ReadSession) -> Job:
            found = await rows.get(session, guild_id, job_id)
            if found is None:
                raise JobGone
            return found

        return await self._database.query(unit)

    async def search(self, guild_id: int, words: str, *, most: int) -> list[Job]:
        """Up to `most` jobs whose text has these words somewhere, newest first."""
        wanted = words.casefold().strip()
        found = await self._database.query(lambda session: rows.all_(session, guild_id))
        return [job for job in found if wanted in job.text.casefold()][:most]

    async def add(self, guild_id: int, draft: JobDraft, *, by: int, source: AuditSource) -> Job:
        """Put a job on the list, with an entry in the audit log.

        Raises:
            FeatureOff: the guild has no economy.
            JobKnown: one with these words is there, perhaps because this came twice.
            TooManyJobs: there are `MOST_JOBS`.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        job = Job(self._ids.new(), draft.text, draft.pay, version=1)

        async def unit(session: WriteSession) -> Job:
            if await rows.get(session, guild_id, job.id) is not None:  # an earlier try, whose commit was cut off
                return job
            await self._take_place(session, guild_id, job)
            record = AuditRecord(ADDED, by, source, **_told(None, job))
            await self._audit.record(session, guild_id, record)
            return job

        return await self._database.transact(unit, idempotent=True)

    async def _take_place(self, session: WriteSession, guild_id: int, job: Job) -> None:
        """Write a job in the first place that is free; looked at again whenever somebody else took that just before."""
        while True:
            taken = await rows.slots(session, guild_id)  # first: who comes between takes a place that is free here
            if await rows.with_text(session, guild_id, job.text):
                raise JobKnown
            free = next((slot for slot in range(1, MOST_JOBS + 1) if slot not in taken), None)
            if free is None:
                raise TooManyJobs(MOST_JOBS)
            if await rows.add(session, guild_id, job.id, free, job.draft):
                return

    async def change(
        self, guild_id: int, job_id: int, draft: JobDraft, *, base: int, by: int, source: AuditSource
    ) -> Job:
        """Change a job that was shown at version `base`, with an entry in the audit log; how it is now.

        What changes nothing is not written. The same change again finds itself done.

        Raises:
            FeatureOff: the guild has no economy.
            JobGone: it is no longer on the list.
            JobChanged: somebody changed it since.
            JobKnown: another has these words.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)

        async def unit(session: WriteSession) -> Job:
            before = await rows.get(session, guild_id, job_id)
            if before is None:
                raise JobGone
            if before.draft == draft and before.version in {base, base + 1}:
                return before
            if await rows.with_text(session, guild_id, draft.text) - {job_id}:
                raise JobKnown
            if not await rows.change(session, guild_id, job_id, draft, base=base):
                raise JobChanged
            after = Job(job_id, draft.text, draft.pay, base + 1)
            record = AuditRecord(CHANGED, by, source, **_told(before, after))
            await self._audit.record(session, guild_id, record)
            return after

        return await self._database.transact(unit, idempotent=True)

    async def remove(self, guild_id: int, job_id: int, *, base: int, by: int, source: AuditSource) -> Job:
        """Take a job that was shown at version `base` off the list, with an entry in the audit log; what it was.

        Raises:
            FeatureOff: the guild has no economy.
            JobGone: it is no longer on the list.
            JobChanged: somebody changed it since.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        removed: list[Job] = []

        async def unit(session: WriteSession) -> Job:
            found = await rows.remove(session, guild_id, job_id, base=base)
            if found is not None:
                removed.append(found)
                record = AuditRecord(REMOVED, by, source, **_told(found, None))
                await self._audit.record(session, guild_id, record)
                return found
            if await rows.get(session, guild_id, job_id) is not None:
                raise JobChanged
            if removed:  # an earlier try, whose commit was cut off
                return removed[-1]
            raise JobGone

        return await self._database.transact(unit, idempotent=True)


def _told(before: Job | None, after: Job | None) -> dict[str, Any]:
    """What the audit log tells of a job: its words, as its title, and what is different."""
    job = after or before
    if job is None:
        raise ValueError("no job to tell of")
    is_change = before is not None and after is not None  # else the title says the words
    old, new = difference(_parts(before, words=is_change), _parts(after, words=is_change))
    return {
        "target_type": JOB,
        "target_id": str(job.id),
        "before": old or None,
        "after": new or None,
        "description": job.text,
    }


def _parts(job: Job | None, *, words: bool) -> dict[str, str]:
    """A job thing by thing; pay that is not its own is left out."""
    if job is None:
        return {}
    told = {"text": job.text} if words else {}
    return told if job.pay is None else {**told, "pay": _range(job.pay)}


def _range(pay: CoinRange) -> str:
    return str(pay.low) if pay.is_fixed else f"{pay.low}-{pay.high}"
