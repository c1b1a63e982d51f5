"""Tickets of members who leave the server, and who come back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.tickets import closing as closing_rows
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import WriteSession
from bot.domain import ticket_ends as ends
from bot.domain.guilds import ShardRange
from bot.domain.ticket_closing import forsaken, regained
from bot.domain.tickets import Because, EventKind, OnLeave, Status, Ticket
from bot.services.ticket_closing import TicketClosing
from bot.services.ticket_file import TicketFile
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_speech import TicketSpeech


class TicketLeaving:
    """Closes, keeps or waits, as the server wants."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        file: TicketFile,
        *,
        closing: TicketClosing,
        rules: TicketRulesService,
        speech: TicketSpeech,
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._closing = closing
        self._rules = rules
        self._speech = speech

    async def left(self, guild_id: int, user_id: int) -> list[int]:
        """A member left: what their live tickets' topics want is written. The numbers of those that are closed now.

        Safe to repeat: what was noted is not noted again until they came back.
        """

        async def note(session: WriteSession, ticket: Ticket) -> bool:
            if await closing_rows.is_away(session, ticket):
                return False
            event: tuple[EventKind, dict[str, Any]] = (EventKind.LEFT, {})
            if ticket.status is Status.OPENING:  # the rest follows once it has its channel
                await self._file.change(session, ticket, event, by=user_id, quiet=True)
                return False
            return (await self._forsaken(session, ticket, event)).status is Status.CLOSING

        return await self._each(guild_id, user_id, note)

    async def opened(self, session: WriteSession, ticket: Ticket) -> Ticket:
        """A ticket has its channel now, in the caller's transaction; the ticket as it is, if its member left before."""
        return await self._forsaken(session, ticket) if await closing_rows.is_away(session, ticket) else ticket

    async def _forsaken(
        self, session: WriteSession, ticket: Ticket, *events: tuple[EventKind, dict[str, Any]]
    ) -> Ticket:
        on_leave = (await self._rules.within(session, ticket.guild_id, ticket.topic_id)).rules.on_leave
        if on_leave is OnLeave.CLOSE:
            return await self._closing.begin(session, ticket, by=None, because=Because.LEFT)
        values = forsaken(ticket, self._clock.now()) if on_leave is OnLeave.WAIT else {}
        changed = await self._file.change(session, ticket, *events, by=ticket.opener_id, **values)
        await self._speech.say(session, changed, [ends.gone(changed)], about=f"left:{changed.version}")
        return changed

    async def returned(self, guild_id: int, user_id: int) -> list[int]:
        """A member is in the server: tickets that waited for them to come back go on. Their numbers.

        Safe to repeat, and for everybody who joins.
        """

        async def note(session: WriteSession, ticket: Ticket) -> bool:
            if not await closing_rows.is_away(session, ticket):
                return False
            ruled = await self._rules.within(session, guild_id, ticket.topic_id)
            times = {"auto_close": ruled.rules.auto_close, "warn_before": ruled.settings.warn_before}
            values = regained(ticket, self._clock.now(), **times)
            change = self._file.change
            changed = await change(session, ticket, (EventKind.RETURNED, {}), by=user_id, access=True, **values)
            await self._speech.say(session, changed, [ends.returned(changed)], about=f"returned:{changed.version}")
            return True

        return await self._each(guild_id, user_id, note)

    async def openers(self, shards: ShardRange) -> Mapping[int, Mapping[int, bool]]:
        """Of each guild everybody who has a ticket that people work on, and whether it is noted that they left."""
        return await self._database.query(lambda session: closing_rows.live_openers(session, shards))

    async def _each(
        self, guild_id: int, user_id: int, note: Callable[[WriteSession, Ticket], Awaitable[bool]]
    ) -> list[int]:
        """Note it of every ticket of a member that is open or being opened; the numbers of those that it says."""
        numbers = await self._database.query(lambda session: closing_rows.going_on(session, guild_id, user_id))
        if not numbers:  # most who leave have no ticket, and keep no writer waiting
            return []

        async def unit(session: WriteSession) -> list[int]:
            locked = [await rows.lock(session, guild_id, number) for number in numbers]
            return [
                ticket.number
                for ticket in locked
                if ticket is not None and _goes_on(ticket) and await note(session, ticket)
            ]

        return await self._database.transact(unit)


def _goes_on(ticket: Ticket) -> bool:
    return ticket.status.is_live or ticket.status is Status.OPENING
