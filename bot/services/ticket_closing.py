"""Closing tickets: who says so, what the member answers, deadlines, and going on after all.

Each method is one decision, written in one transaction. What follows from it on Discord is found again from the row:
`bot.domain.tickets.next_step` and `bot.services.ticket_stages`.
"""

from __future__ import annotations

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.tickets import closing as closing_rows
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import WriteSession
from bot.domain import ticket_ends as ends
from bot.domain.ticket_closing import asked, can_reopen, closing, denied, ends_after_warning, reopened
from bot.domain.ticket_settings import TicketSettings
from bot.domain.tickets import Because, Claimed, EventKind, Status, Ticket
from bot.errors import NotAsked, NotYourTicket, TicketAsked, TicketBusy, TicketDeleted, TicketNotClosed, TicketOver
from bot.services.guild_settings import GuildSettingsService
from bot.services.ticket_file import TicketFile
from bot.services.ticket_speech import TicketSpeech


class TicketClosing:
    """Decides that tickets are closed, or not yet."""

    def __init__(
        self, database: Database, clock: Clock, file: TicketFile, speech: TicketSpeech, settings: GuildSettingsService
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._speech = speech
        self._settings = settings

    async def close(
        self,
        guild_id: int,
        number: int,
        *,
        by: int | None,
        reason: str | None = None,
        because: Because = Because.PERSON,
    ) -> Ticket:
        """Begin to close a ticket; its stages follow from the row.

        Raises:
            TicketNotFound, TicketOver: there is none of that number, or it is closed or being closed.
        """

        async def unit(session: WriteSession) -> Ticket:
            ticket = _live(await self._file.locked(session, guild_id, number))
            return await self.begin(session, ticket, by=by, because=because, reason=reason)

        return await self._database.transact(unit)

    async def begin(
        self,
        session: WriteSession,
        ticket: Ticket,
        *,
        by: int | None,
        because: Because,
        reason: str | None = None,
        gone: bool = False,
    ) -> Ticket:
        """Begin to close a live ticket that the caller's transaction has locked; `gone`: its channel is deleted."""
        event = (EventKind.CLOSING, {"because": because.value, "reason": reason})
        values = closing(self._clock.now(), by=by, because=because, reason=reason)
        return await self._file.change(session, ticket, event, by=by, access=True, gone=gone, **values)

    async def gone(self, guild_id: int, number: int) -> bool:
        """The channel of a ticket is not there any more: it is closed. Safe to repeat; False if that was known.

        A ticket without a channel, or none of that number, is left as it is.
        """

        async def unit(session: WriteSession) -> bool:
            ticket = await rows.lock(session, guild_id, number)
            if ticket is None or ticket.gone or ticket.channel_id is None:
                return False
            if ticket.status.is_live:
                await self.begin(session, ticket, by=None, because=Because.GONE, gone=True)
            else:
                await self._file.change(session, ticket, (EventKind.DELETED, {}), by=None, gone=True)
            return True

        return await self._database.transact(unit, idempotent=True)

    # The question to the member -------------------------------------------------------------------------

    async def ask(self, guild_id: int, number: int, *, by: int) -> Ticket:
        """Ask the member in the ticket whether it may be closed; without an answer it is, when the time is up.

        Raises:
            TicketNotFound, TicketOver: there is none of that number, or it is closed or being closed.
            TicketAsked: the member is being asked already.
        """

        async def unit(session: WriteSession) -> Ticket:
            ticket = _live(await self._file.locked(session, guild_id, number))
            if ticket.is_asked and ticket.closes_at is not None:
                raise TicketAsked(ticket.closes_at)
            ask_for = (await self._settings.within(session, guild_id, TicketSettings)).ask_for
            values = asked(self._clock.now(), by=by, ask_for=ask_for)
            changed = await self._file.change(session, ticket, (EventKind.ASKED, {}), by=by, quiet=True, **values)
            await self._say_question(session, changed)
            return changed

        return await self._database.transact(unit)

    async def _say_question(self, session: WriteSession, ticket: Ticket) -> None:
        agree, deny = await self._speech.words(session, ticket.guild_id, ends.AGREE, ends.DENY)
        await self._speech.say(
            session,
            ticket,
            [ends.question(ticket)],
            about=f"ask:{ends.asked_stamp(ticket)}",
            calls=(ticket.opener_id,),
            buttons=ends.answers(ticket, agree, deny),
        )

    async def agree(self, guild_id: int, number: int, *, by: int, stamp: int) -> Ticket:
        """The member agrees to that question: begin to close the ticket.

        Raises:
            TicketNotFound, NotYourTicket, NotAsked: no such ticket, somebody else's, or another question or none.
        """

        async def unit(session: WriteSession) -> Ticket:
            ticket = _answerable(await self._file.locked(session, guild_id, number), by, stamp)
            return await self.begin(session, ticket, by=by, because=Because.AGREED)

        return await self._database.transact(unit)

    async def deny(self, guild_id: int, number: int, *, by: int, stamp: int) -> Ticket:
        """The member wants to go on; whoever asked is told.

        Raises:
            TicketNotFound, NotYourTicket, NotAsked: no such ticket, somebody else's, or another question or none.
        """

        async def unit(session: WriteSession) -> Ticket:
            ticket = _answerable(await self._file.locked(session, guild_id, number), by, stamp)
            values = denied(ticket, self._clock.now())
            changed = await self._file.change(session, ticket, (EventKind.DENIED, {}), by=by, **values)
            if ticket.asked_by is not None:
                said, about = ends.denial(ticket, ticket.asked_by), f"deny:{stamp}"
                await self._speech.say(session, changed, [said], about=about, calls=(ticket.asked_by,))
            return changed

        return await self._database.transact(unit)

    # Deadlines ------------------------------------------------------------------------------------------

    async def warned(self, claimed: Claimed) -> None:
        """Say in a claimed ticket that it will be closed for silence, if it still will.

        One that is warned late, for the bot was away, has as much time left as if it had been warned in time.
        """

        async def unit(session: WriteSession) -> None:
            ticket, now = await rows.lock_claim(session, claimed), self._clock.now()
            if ticket is None or not ticket.status.is_live or ticket.warns_at is None or ticket.warns_at > now:
                return
            values = ends_after_warning(ticket, now)
            changed = await self._file.change(session, ticket, (EventKind.WARNED, {}), by=None, quiet=True, **values)
            about, calls = f"warn:{changed.version}", (ticket.opener_id,)
            await self._speech.say(session, changed, [ends.warning(changed)], about=about, calls=calls)

        await self._database.transact(unit)

    async def ended(self, claimed: Claimed) -> None:
        """Begin to close a claimed ticket whose deadline passed, if it still has one."""

        async def unit(session: WriteSession) -> None:
            ticket, now = await rows.lock_claim(session, claimed), self._clock.now()
            if ticket is None or not ticket.status.is_live or ticket.closes_at is None or ticket.closes_at > now:
                return
            await self.begin(session, ticket, by=None, because=ticket.closes_because or Because.SILENCE)

        await self._database.transact(unit)

    # Going on after all ---------------------------------------------------------------------------------

    async def reopen(self, guild_id: int, number: int, *, by: int) -> Ticket:
        """Go on with a closed ticket whose channel is still there.

        Raises:
            TicketNotFound: there is none of that number.
            TicketBusy, TicketNotClosed: it is just being closed, or was not.
            TicketDeleted: its channel is gone, or is about to be.
        """

        async def unit(session: WriteSession) -> Ticket:
            ticket = _closed(await self._file.locked(session, guild_id, number))
            if not can_reopen(ticket, self._clock.now()):
                raise TicketDeleted(ticket.marker)
            values = reopened(ticket, await closing_rows.free_slot(session, ticket))
            event = (EventKind.REOPENED, {"rating": ticket.rating})
            changed = await self._file.change(session, ticket, event, by=by, access=True, **values)
            await self._speech.say(session, changed, [ends.reopened(by)], about=f"reopened:{changed.version}")
            return changed

        return await self._file.slotted(unit)


def _live(ticket: Ticket) -> Ticket:
    if not ticket.status.is_live:
        raise TicketOver(ticket.marker)
    return ticket


def _closed(ticket: Ticket) -> Ticket:
    if ticket.status is Status.CLOSING:
        raise TicketBusy(ticket.marker)
    if ticket.status is not Status.CLOSED:
        raise TicketNotClosed(ticket.marker)
    return ticket


def _answerable(ticket: Ticket, by: int, stamp: int) -> Ticket:
    if ticket.opener_id != by:
        raise NotYourTicket
    if not ticket.status.is_live or not ticket.is_asked or ends.asked_stamp(ticket) != stamp:
        raise NotAsked(ticket.marker)
    return ticket
