"""Staff's notes on tickets: kept in the history, and shown in a private thread that the member never sees.

A note is written at once. The thread is made when the first one is to be shown, outside of any transaction; which notes
are still to be shown follows from the ticket's row, so that none is lost and none is shown twice.
"""

from __future__ import annotations

import re

from bot.db.engine import Database
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import WriteSession
from bot.domain.general import GeneralSettings
from bot.domain.outbox import MAX_CONTENT, Claimed, Delivered, Hindrance, Payload, Refused, channel
from bot.domain.ticket_words import note
from bot.domain.tickets import EventKind, Ticket, TicketEvent
from bot.errors import TicketOver
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.staff_notices import Tell
from bot.services.ticket_file import TicketFile
from bot.services.ticket_work import Asked

TOPIC = "ticket-note"
"""What the keys of messages with notes begin with."""

_KEY = re.compile(rf"{TOPIC}:(?P<number>\d+):")


class TicketNotesService:
    """Writes notes, and promises them to the thread."""

    def __init__(
        self, database: Database, file: TicketFile, outbox: OutboxService, settings: GuildSettingsService, tell: Tell
    ) -> None:
        self._database = database
        self._file = file
        self._outbox = outbox
        self._settings = settings
        self._tell = tell
        outbox.listen(TOPIC, self.heard)

    async def write(self, asked: Asked, text: str) -> Ticket:
        """Keep a note; it is shown in staff's thread after that.

        Raises:
            TicketNotFound: this guild has no such ticket.
            TicketOver: nobody works on it any more, or not yet.
        """

        async def unit(session: WriteSession) -> Ticket:
            ticket = await self._file.locked(session, asked.guild_id, asked.number)
            if not ticket.status.is_live:
                raise TicketOver(ticket.marker)
            event = EventKind.NOTE, {"text": text}
            return await self._file.change(session, ticket, event, by=asked.by, quiet=True, notes=ticket.notes + 1)

        return await self._database.transact(unit)

    async def authors(self, ticket: Ticket) -> tuple[int, ...]:
        """Who wrote the notes that are still to be shown, each once."""
        owed = await self._database.query(lambda session: rows.events(session, ticket.guild_id, ticket.number))
        return tuple(dict.fromkeys(one.actor_id for one in _owed(ticket, owed) if one.actor_id is not None))

    async def is_ticket(self, guild_id: int, thread_id: int) -> bool:
        """Whether a thread is a ticket itself."""
        found = await self._database.query(lambda session: rows.in_channel(session, guild_id, thread_id))
        return found is not None

    async def shown(self, ticket: Ticket, thread_id: int) -> Ticket:
        """Promise the notes that are still to be shown to a thread, which is staff's from now on. Safe to repeat."""

        async def unit(session: WriteSession) -> Ticket:
            now = await self._file.locked(session, ticket.guild_id, ticket.number)
            language = (await self._settings.within(session, now.guild_id, GeneralSettings)).language
            for event in _owed(now, await rows.events(session, now.guild_id, now.number)):
                said = self._tell(language, note(event))[:MAX_CONTENT]
                key = f"{TOPIC}:{now.number}:{thread_id}:{event.seq}"
                await self._outbox.send(session, now.guild_id, channel(thread_id), Payload(said), key=key)
            return await self._file.note(session, now, staff_thread_id=thread_id, noted=now.notes)

        return await self._database.transact(unit, idempotent=True)

    async def lost(self, ticket: Ticket) -> Ticket:
        """The thread was deleted: another is to be made."""

        async def unit(session: WriteSession) -> Ticket:
            now = await self._file.locked(session, ticket.guild_id, ticket.number)
            is_same = now.staff_thread_id == ticket.staff_thread_id
            return await self._file.note(session, now, **({"staff_thread_id": None} if is_same else {}))

        return await self._database.transact(unit, idempotent=True)

    async def not_shown(self, ticket: Ticket) -> Ticket:
        """Discord lets no thread be made: the notes stay on record alone."""

        async def unit(session: WriteSession) -> Ticket:
            now = await self._file.locked(session, ticket.guild_id, ticket.number)
            return await self._file.note(session, now, noted=now.notes)

        return await self._database.transact(unit, idempotent=True)

    async def heard(self, session: WriteSession, claimed: Claimed, outcome: Delivered | Refused) -> None:
        """The thread was deleted before a note got there: that note is to be shown in another."""
        match = _KEY.match(claimed.key)
        if match is None or not isinstance(outcome, Refused) or outcome.hindrance is not Hindrance.GONE:
            return
        ticket = await rows.lock(session, claimed.guild_id, int(match["number"]))
        if ticket is not None and ticket.staff_thread_id == claimed.destination.id:
            await self._file.note(session, ticket, staff_thread_id=None, noted=max(ticket.notes - 1, 0))


def _owed(ticket: Ticket, events: list[TicketEvent]) -> list[TicketEvent]:
    return [one for one in events if one.kind is EventKind.NOTE][ticket.noted :]
