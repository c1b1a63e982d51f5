"""The stages of closing, as they are written down once each is done, and the end of the channel.

Each takes the claim of whoever did it. Where the ticket is not at that stage any more, nothing is written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import Session, WriteSession
from bot.domain import ticket_ends as ends
from bot.domain.outbox import Button, ButtonStyle
from bot.domain.ticket_closing import stage_after
from bot.domain.tickets import Claimed, EventKind, Stage, Status, Ticket
from bot.services.ticket_file import TicketFile
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_speech import TicketSpeech


class TicketStages:
    """Writes how far the closing of tickets is."""

    def __init__(
        self, database: Database, clock: Clock, file: TicketFile, rules: TicketRulesService, speech: TicketSpeech
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._rules = rules
        self._speech = speech

    async def sealed(self, claimed: Claimed) -> None:
        """What was said is on record, as far as it could be."""
        await self._done(claimed, Stage.SEAL)

    async def posted(self, claimed: Claimed, place: tuple[int, int] | None) -> None:
        """Staff's copy is in that channel and message; None: there is none, but for that of an earlier closing."""
        await self._done(claimed, Stage.POST, **({} if place is None else {"transcript": place}))

    async def lettered(self, claimed: Claimed, *, reached: bool | None) -> None:
        """Whether the member's copy reached them; None: it was not wished."""
        await self._done(claimed, Stage.LETTER, letter=reached)

    async def _done(self, claimed: Claimed, stage: Stage, **values: Any) -> None:
        async def unit(session: WriteSession, ticket: Ticket) -> None:
            await self._file.note(session, ticket, stage=stage_after(stage), **values)

        await self._at(claimed, stage, unit)

    async def locked(self, claimed: Claimed) -> None:
        """It is closed now; its channel, if it is there, is deleted after the grace that the server gives."""

        async def unit(session: WriteSession, ticket: Ticket) -> None:
            grace = timedelta(seconds=await self._grace(session, ticket))
            deletes_at = None if ticket.gone else self._clock.now() + grace
            values: dict[str, Any] = {"status": Status.CLOSED, "stage": None, "deletes_at": deletes_at}
            changed = await self._file.change(session, ticket, (EventKind.CLOSED, {}), by=ticket.closed_by, **values)
            if grace:
                await self._say_closed(session, changed)

        await self._at(claimed, Stage.LOCK, unit)

    async def _grace(self, session: Session, ticket: Ticket) -> int:
        return (await self._rules.within(session, ticket.guild_id, ticket.topic_id)).rules.delete_after

    async def _say_closed(self, session: WriteSession, ticket: Ticket) -> None:
        (label,) = await self._speech.words(session, ticket.guild_id, ends.REOPEN)
        button = Button(label, f"ticket:reopen:v1:{ticket.number}", ButtonStyle.SECONDARY)
        about = f"closed:{ticket.version}"
        await self._speech.say(session, ticket, ends.closed(ticket), about=about, buttons=(button,))

    async def _at(
        self, claimed: Claimed, stage: Stage, write: Callable[[WriteSession, Ticket], Awaitable[None]]
    ) -> None:
        async def unit(session: WriteSession) -> None:
            ticket = await rows.lock_claim(session, claimed)
            if ticket is not None and ticket.status is Status.CLOSING and ticket.stage is stage:
                await write(session, ticket)

        await self._database.transact(unit)

    async def deleted(self, claimed: Claimed) -> None:
        """The channel of a closed ticket is deleted; not written twice, if somebody noticed it before."""

        async def unit(session: WriteSession) -> None:
            ticket = await rows.lock_claim(session, claimed)
            if ticket is not None and ticket.status is Status.CLOSED and not ticket.gone:
                await self._file.change(session, ticket, (EventKind.DELETED, {}), by=None, gone=True)

        await self._database.transact(unit)
