"""Who else is let into a ticket: staff adds people, and takes them out again."""

from __future__ import annotations

from bot.db.engine import Database
from bot.db.repositories.tickets import participants as rows
from bot.db.sessions import WriteSession
from bot.domain.tickets import MOST_PARTICIPANTS, EventKind, Ticket
from bot.errors import GuestIsOpener, TicketOver, TooManyGuests
from bot.services.ticket_file import TicketFile
from bot.services.ticket_speech import TicketSpeech
from bot.words import Phrase


class TicketGuestsService:
    """Adds participants to tickets, and takes them out. Whoever asks is judged by the caller."""

    def __init__(self, database: Database, file: TicketFile, speech: TicketSpeech) -> None:
        self._database = database
        self._file = file
        self._speech = speech

    async def add(self, guild_id: int, number: int, user_id: int, *, by: int) -> bool:
        """Let somebody into a live ticket; False if they were. The ticket says so, and they are shown it.

        Raises:
            TicketNotFound: the guild has none of that number.
            TicketOver: nobody works on it any more, or not yet.
            GuestIsOpener: it is theirs.
            TooManyGuests: it has as many as one may.
        """

        async def unit(session: WriteSession) -> bool:
            ticket = await self._live(session, guild_id, number)
            if user_id == ticket.opener_id:
                raise GuestIsOpener(ticket.marker)
            there = {one.user_id for one in await rows.added(session, guild_id, number)}
            if user_id in there:
                return False
            if len(there) >= MOST_PARTICIPANTS:
                raise TooManyGuests(ticket.marker, MOST_PARTICIPANTS)
            await rows.add(session, guild_id, number, user_id, by=by)
            event = (EventKind.ADDED, {"user_id": user_id})
            changed = await self._file.change(session, ticket, event, by=by, access=True)
            said = Phrase("{staff_id} added {member_id} to this ticket.", {"staff_id": by, "member_id": user_id})
            await self._speech.say(session, changed, [said], about=f"added:{changed.version}", calls=(user_id,))
            return True

        return await self._database.transact(unit)

    async def remove(self, guild_id: int, number: int, user_id: int, *, by: int) -> bool:
        """Take somebody out of a live ticket; False if they were not added to it.

        Raises:
            TicketNotFound: the guild has none of that number.
            TicketOver: nobody works on it any more, or not yet.
            GuestIsOpener: it is theirs.
        """

        async def unit(session: WriteSession) -> bool:
            ticket = await self._live(session, guild_id, number)
            if user_id == ticket.opener_id:
                raise GuestIsOpener(ticket.marker)
            if not await rows.remove(session, guild_id, number, user_id):
                return False
            await self._file.change(session, ticket, (EventKind.REMOVED, {"user_id": user_id}), by=by, access=True)
            return True

        return await self._database.transact(unit)

    async def is_guest(self, guild_id: int, number: int, user_id: int) -> bool:
        """Whether staff added somebody to a ticket."""
        there = await self._database.query(lambda session: rows.added(session, guild_id, number))
        return any(one.user_id == user_id for one in there)

    async def _live(self, session: WriteSession, guild_id: int, number: int) -> Ticket:
        ticket = await self._file.locked(session, guild_id, number)
        if not ticket.status.is_live or ticket.gone:
            raise TicketOver(ticket.marker)
        return ticket
