"""Transcripts of tickets: made from the record, so that they need nothing that Discord still has."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.db.blob_store import BlobStore
from bot.db.engine import Database
from bot.db.repositories import guilds, people
from bot.db.repositories.tickets import reading as rows
from bot.db.repositories.tickets import showing, tickets, topics
from bot.db.sessions import ReadSession
from bot.domain.general import GeneralSettings
from bot.domain.ticket_record import Answer, RecordedFile, RecordedMessage
from bot.domain.tickets import Ticket, TicketEvent
from bot.domain.transcript_html import HtmlTranscript
from bot.domain.transcript_json import JsonTranscript
from bot.domain.transcript_text import TextTranscript
from bot.domain.transcripts import About, Edition, Rendering, Shown, called_in, places
from bot.errors import TicketNotFound
from bot.services.guild_settings import GuildSettingsService
from bot.services.staff_notices import Tell
from bot.services.transcript_draft import Draft, MadeFile, Shelf, new_folder
from bot.words import Phrase

__all__ = ["MadeFile", "TicketTranscripts"]

_CHUNK = 200
"""Messages that are read at once: few enough that nobody waits while their rows are taken apart."""

_MOST_NAMES = 20_000
"""People whose names are remembered while one transcript is made."""

_MARGIN = 64 * 1024
"""Bytes by which two tries may differ in what words take."""


@dataclass(frozen=True)
class _Job:
    """What a transcript is made from, but for the messages."""

    ticket: Ticket
    edition: Edition
    server: str
    topic: str
    general: GeneralSettings
    made_at: datetime
    answers: Sequence[Answer]
    events: Sequence[TicketEvent]
    files: Mapping[int, Sequence[RecordedFile]]
    names: dict[int, str]

    @property
    def whole(self) -> bool:
        return self.edition is Edition.STAFF

    @property
    def every_file(self) -> Sequence[RecordedFile]:
        return [one for some in self.files.values() for one in some]


class TicketTranscripts:
    """Makes transcripts on the disk, where DATA_DIR is. Rows are read in pieces, and files written in threads."""

    def __init__(
        self, database: Database, clock: Clock, settings: GuildSettingsService, tell: Tell, data_dir: Path | None
    ) -> None:
        """Without `data_dir` transcripts only name files, and are made where the system keeps what it soon forgets."""
        self._database = database
        self._clock = clock
        self._settings = settings
        self._tell = tell
        self._data_dir = data_dir
        self._store = None if data_dir is None else BlobStore(data_dir)

    @asynccontextmanager
    async def made(
        self,
        guild_id: int,
        number: int,
        edition: Edition,
        *,
        most_bytes: int,
        called: Mapping[int, str] | None = None,
    ) -> AsyncGenerator[Sequence[MadeFile]]:
        """The files of a transcript, which are removed when the block ends.

        A text and a page, for staff also JSON; or one archive of these and the ticket's files. Together they have at
        most `most_bytes`: what there is no room for is left out, first files, the biggest before others, and at last
        what was said last. There is always something to send, unless not even the head of the text fits. `called` are
        the names of roles and channels, which the record does not have.

        Raises:
            TicketNotFound: the guild has no such ticket.
        """
        job = await self._database.query(lambda session: self._read(session, guild_id, number, edition))
        job.names.update(called or {})
        folder = await asyncio.to_thread(new_folder, self._data_dir)
        try:
            yield await self._fitting(job, folder, most_bytes)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _read(self, session: ReadSession, guild_id: int, number: int, edition: Edition) -> _Job:
        ticket = await tickets.find(session, guild_id, number)
        if ticket is None:
            raise TicketNotFound(f"#{number}")
        topic = await topics.find_topic(session, guild_id, ticket.topic_id)
        whole = edition is Edition.STAFF
        answers = await showing.answers(session, guild_id, number)
        events = await tickets.events(session, guild_id, number) if whole else []
        asked = [int(value) for one in answers for value in one.value if value.isdecimal() and len(value) < 20]  # noqa: PLR2004 — as long as ids are
        quoted = () if ticket.quote is None else (ticket.quote.author_id,)
        concerned = {ticket.opener_id, ticket.opened_by, ticket.assignee_id, ticket.closed_by, *quoted, *asked}
        concerned |= {event.actor_id for event in events}
        return _Job(
            ticket=ticket,
            edition=edition,
            server=await guilds.name_of(session, guild_id) or str(guild_id),
            topic="" if topic is None else topic.label,
            general=await self._settings.within(session, guild_id, GeneralSettings),
            made_at=self._clock.now(),
            answers=answers,
            events=events,
            files=await rows.files(session, guild_id, number, whole=whole),
            names=await _names(session, guild_id, {one for one in concerned if one is not None and one > 0}),
        )

    # Making ---------------------------------------------------------------------------------------------

    async def _fitting(self, job: _Job, folder: Path, most_bytes: int) -> Sequence[MadeFile]:
        """At the first try with all files. Then it is known how many bytes words take, and what is left for files."""
        attempt, room = 1, most_bytes
        while True:
            shelf = Shelf(self._store, places(job.every_file, room))
            draft = await self._drafted(job, shelf, folder / str(attempt))
            made, size = await asyncio.to_thread(draft.packed, most_bytes)
            if made:
                return made
            if not shelf.plan:
                return await asyncio.to_thread(draft.bare, most_bytes)
            words = size - sum({one.digest: one.size for one in job.every_file if one.digest in shelf.plan}.values())
            attempt, room = attempt + 1, max(most_bytes - words - _MARGIN, 0) if attempt == 1 else 0

    async def _drafted(self, job: _Job, shelf: Shelf, folder: Path) -> Draft:
        about = About(
            ticket=job.ticket,
            edition=job.edition,
            server=job.server,
            topic=job.topic,
            language=job.general.language,
            made_at=job.made_at,
            zone=ZoneInfo(job.general.time_zone),
            answers=job.answers,
            events=job.events,
            names=job.names,
        )
        draft = Draft(folder, f"ticket-{job.ticket.number:04}")
        await asyncio.to_thread(draft.bring, shelf)
        form = await asyncio.to_thread(lambda: [shelf.shown(one) for one in job.files.get(rows.OF_FORM, ())])
        forms = self._forms(replace(about, answer_files=form), job)
        try:
            await asyncio.to_thread(draft.begin, forms)
            await self._write_messages(job, shelf, draft)
            await asyncio.to_thread(draft.end)
        finally:
            draft.close()
        return draft

    def _forms(self, about: About, job: _Job) -> Mapping[str, Rendering]:
        """Every form there is for whoever it is for, what can be missed least first."""

        def say(phrase: Phrase) -> str:
            return self._tell(job.general.language, phrase)

        forms: dict[str, Rendering] = {"txt": TextTranscript(about, say), "html": HtmlTranscript(about, say)}
        return forms | {"json": JsonTranscript(about)} if job.whole else forms

    async def _write_messages(self, job: _Job, shelf: Shelf, draft: Draft) -> None:
        after, ticket = 0, job.ticket
        authors: dict[int, str] = {}

        async def unit(session: ReadSession) -> list[RecordedMessage]:
            found = await rows.messages(
                session, ticket.guild_id, ticket.number, after=after, limit=_CHUNK, whole=job.whole
            )
            unknown = {one for message in found for one in called_in(message.content)} - job.names.keys()
            if unknown and len(job.names) < _MOST_NAMES:
                job.names.update(await _names(session, ticket.guild_id, unknown))
            return found

        def write(messages: Sequence[RecordedMessage]) -> None:
            for message in messages:
                authors[message.message_id] = message.author_name
                files = [shelf.shown(one) for one in job.files.get(message.message_id, ())]
                told = message if job.whole else replace(message, versions=())
                reply_to = None if message.reply_to is None else authors.get(message.reply_to)
                draft.write([Shown(told, files, reply_to)])

        while messages := await self._database.query(unit):
            await asyncio.to_thread(write, messages)
            after = messages[-1].message_id


async def _names(session: ReadSession, guild_id: int, user_ids: Collection[int]) -> dict[int, str]:
    asked, found = sorted(one for one in user_ids if one < 2**63), dict[int, str]()
    for first in range(0, len(asked), 500):
        found |= {one.user_id: one.name for one in await people.among(session, guild_id, asked[first : first + 500])}
    return found
