"""The stages of closing, as they are written down once each is done, and the end of the channel.

Each takes the claim of whoever did it. Where the ticket is not at that stage any more, nothing is written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import guilds
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain import ticket_ends as ends
from bot.domain.level_words import plain
from bot.domain.outbox import Button, ButtonStyle, Destination, Hindrance, Payload, channel, user
from bot.domain.staff_notices import refused_alert
from bot.domain.ticket_closing import stage_after
from bot.domain.ticket_words import title
from bot.domain.tickets import Claimed, EventKind, Stage, Status, Ticket
from bot.services.staff_notices import StaffNoticesService
from bot.services.ticket_file import TicketFile
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_speech import TicketSpeech
from bot.words import Phrase


@dataclass(frozen=True)
class Copy:
    """A message that comes with files, and where it goes."""

    destination: Destination
    payload: Payload


class TicketStages:
    """Writes how far the closing of tickets is."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        file: TicketFile,
        *,
        rules: TicketRulesService,
        speech: TicketSpeech,
        notices: StaffNoticesService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._rules = rules
        self._speech = speech
        self._notices = notices

    async def sealed(self, claimed: Claimed) -> None:
        """What was said is on record, as far as it could be."""

        async def unit(session: WriteSession, ticket: Ticket) -> None:
            await self._file.note(session, ticket, stage=stage_after(Stage.SEAL))

        await self._at(claimed, Stage.SEAL, unit)

    async def posted(
        self, claimed: Claimed, place: tuple[int, int] | None, *, refused: tuple[int, Hindrance] | None = None
    ) -> None:
        """Staff's copy is in that channel and message; None: there is none, but for that of an earlier closing.

        `refused` is the channel that did not take it, and why: staff is told.
        """

        async def unit(session: WriteSession, ticket: Ticket) -> None:
            values = {} if place is None else {"transcript": place}
            await self._file.note(session, ticket, stage=stage_after(Stage.POST), **values)
            if refused is not None:
                alert = refused_alert(*refused)
                await self._notices.alert(session, ticket.guild_id, alert, broken=refused[0])

        await self._at(claimed, Stage.POST, unit)

    async def lettered(self, claimed: Claimed, *, reached: bool | None) -> None:
        """Whether the member's copy reached them; None: it was not wished."""

        async def unit(session: WriteSession, ticket: Ticket) -> None:
            await self._file.note(session, ticket, stage=stage_after(Stage.LETTER), letter=reached)

        await self._at(claimed, Stage.LETTER, unit)

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

    # What copies come with ------------------------------------------------------------------------------

    async def post(self, ticket: Ticket) -> Copy | None:
        """Staff's copy of a closing ticket, but for its files; None where the server wants none."""

        async def unit(session: ReadSession) -> Copy | None:
            ruled = await self._rules.within(session, ticket.guild_id, ticket.topic_id)
            there = ruled.rules.transcript_channel
            if there is None:
                return None
            embed = await self._embed(session, ticket, ruled.topic.label, ends.post(ticket, ruled.topic.label))
            return Copy(channel(there), Payload(embed=embed))

        return await self._database.query(unit)

    async def letter(self, ticket: Ticket) -> Copy | None:
        """What the member is sent, but for its files; None where the server does not want it."""

        async def unit(session: ReadSession) -> Copy | None:
            ruled = await self._rules.within(session, ticket.guild_id, ticket.topic_id)
            if not ruled.settings.letter:
                return None
            server = await guilds.name_of(session, ticket.guild_id) or "Discord"
            lines = ends.letter(ticket, server, ruled.topic.label)
            embed = await self._embed(session, ticket, ruled.topic.label, lines)
            return Copy(user(ticket.opener_id), Payload(embed=embed, buttons=ends.stars(ticket)))

        return await self._database.query(unit)

    async def _embed(self, session: Session, ticket: Ticket, topic: str, lines: Iterable[Phrase]) -> dict[str, Any]:
        """With the time of the closing, by which a copy that may have been sent is found again."""
        head, *told = await self._speech.words(session, ticket.guild_id, title(ticket, plain(topic)), *lines)
        closed_at = ticket.closed_at or ticket.opened_at
        said = {"title": head[:256], "description": "\n".join(told), "color": ends.COLOUR}
        return {**said, "timestamp": closed_at.isoformat()}

    async def deleted(self, claimed: Claimed) -> None:
        """The channel of a closed ticket is deleted; not written twice, if somebody noticed it before."""

        async def unit(session: WriteSession) -> None:
            ticket = await rows.lock_claim(session, claimed)
            if ticket is not None and ticket.status is Status.CLOSED and not ticket.gone:
                await self._file.change(session, ticket, (EventKind.DELETED, {}), by=None, gone=True)

        await self._database.transact(unit)
