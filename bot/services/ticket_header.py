"""The header of a ticket: one message in its channel that shows how it stands, with the controls to work on it.

It is promised in the transaction in which the ticket is opened, and edited whenever the ticket changes after that. One
that staff deleted is sent anew with the next change. Nothing waits for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.db.repositories import guilds
from bot.db.repositories.tickets import showing
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.general import GeneralSettings
from bot.domain.outbox import (
    Button,
    ButtonStyle,
    Claimed,
    Delivered,
    Mentions,
    MessageKind,
    Payload,
    Place,
    Refused,
    channel,
)
from bot.domain.ticket_settings import OPENING
from bot.domain.ticket_topics import QuestionKind
from bot.domain.ticket_words import about, answered, colour, opening, standing, title
from bot.domain.tickets import Status, Ticket
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.staff_notices import Tell
from bot.services.ticket_file import TicketFile
from bot.services.ticket_rules import Ruled, TicketRulesService
from bot.words import Phrase

TOPIC = "ticket"
"""What the keys of all messages in tickets begin with."""

_KEY = re.compile(rf"{TOPIC}:(?P<number>\d+):(?P<what>header|edit)\b")
_LONGEST = 2_600
_MOST_PINGED = 20


class TicketHeader:
    """Keeps headers in step with tickets, inside the transactions that change them."""

    def __init__(
        self,
        file: TicketFile,
        rules: TicketRulesService,
        outbox: OutboxService,
        settings: GuildSettingsService,
        tell: Tell,
    ) -> None:
        self._file = file
        self._rules = rules
        self._outbox = outbox
        self._settings = settings
        self._tell = tell

    async def show(self, session: WriteSession, ticket: Ticket) -> None:
        """Promise that the header shows a ticket as it stands; the first one calls the member and the topic's roles.

        While the first one is under way nothing is promised: when it has arrived, it is seen whether it is out of date.
        """
        if ticket.channel_id is None or ticket.gone or ticket.status in {Status.OPENING, Status.FAILED}:
            return
        ruled = await self._rules.within(session, ticket.guild_id, ticket.topic_id)
        if ticket.header_id is not None:
            await self._edit(session, ticket, ruled)
            return
        payload = await self._payload(session, ticket, ruled)
        pinged = Mentions(users=(ticket.opener_id,), roles=ruled.rules.ping_roles[:_MOST_PINGED])
        there, key = channel(ticket.channel_id), f"{TOPIC}:{ticket.number}:header"
        await self._outbox.send(session, ticket.guild_id, there, replace(payload, mentions=pinged), key=key)

    async def heard(self, session: WriteSession, claimed: Claimed, outcome: Delivered | Refused) -> None:
        """Note, in the outbox's own transaction, where a header stands, or that it is there no more."""
        match = _KEY.match(claimed.key)
        if match is None:
            return
        number = int(match["number"])
        if claimed.kind is MessageKind.SEND and isinstance(outcome, Delivered):
            await self._arrived(session, claimed, number, outcome.place)
        elif claimed.kind is MessageKind.EDIT and isinstance(outcome, Refused) and outcome.hindrance is None:
            await self._lost(session, claimed, number)

    async def _arrived(self, session: WriteSession, claimed: Claimed, number: int, place: Place) -> None:
        ticket = await rows.lock(session, claimed.guild_id, number)
        if ticket is None or ticket.channel_id != place.channel_id:
            return
        ticket = await self._file.note(session, ticket, header_id=place.message_id)
        ruled = await self._rules.within(session, ticket.guild_id, ticket.topic_id)
        now = await self._payload(session, ticket, ruled)
        if _seen(now) != _seen(claimed.payload):
            await self._edit(session, ticket, ruled)

    async def _lost(self, session: WriteSession, claimed: Claimed, number: int) -> None:
        """The header can't be edited, perhaps since somebody deleted it: send it anew, calling nobody."""
        ticket = await rows.lock(session, claimed.guild_id, number)
        if ticket is None or ticket.channel_id is None or ticket.gone or ticket.header_id != claimed.message_id:
            return
        ticket = await self._file.note(session, ticket, header_id=None)
        ruled = await self._rules.within(session, ticket.guild_id, ticket.topic_id)
        payload = await self._payload(session, ticket, ruled)
        key = f"{TOPIC}:{number}:header:{claimed.message_id}"
        await self._outbox.send(session, claimed.guild_id, channel(claimed.destination.id), payload, key=key)

    async def _edit(self, session: WriteSession, ticket: Ticket, ruled: Ruled) -> None:
        assert ticket.channel_id is not None  # noqa: S101 — for the type checker; both callers looked
        assert ticket.header_id is not None  # noqa: S101 — as above
        place = Place(ticket.channel_id, ticket.header_id)
        payload = await self._payload(session, ticket, ruled)
        key = f"{TOPIC}:{ticket.number}:edit:{ticket.header_id}"
        await self._outbox.edit(session, ticket.guild_id, place, payload, key=key)

    # What it says ---------------------------------------------------------------------------------------

    async def _payload(self, session: Session, ticket: Ticket, ruled: Ruled) -> Payload:
        language = (await self._settings.within(session, ticket.guild_id, GeneralSettings)).language
        answers = await showing.answers(session, ticket.guild_id, ticket.number)
        has_files = any(one.kind == QuestionKind.FILE for one in answers)
        files = await showing.file_names(session, ticket.guild_id, ticket.number) if has_files else {}
        words = await self._opening(session, ticket, ruled, language)
        fields = [_field(self._tell(language, name), self._tell(language, value)) for name, value in standing(ticket)]
        fields += [
            _field(name, value if isinstance(value, str) else self._tell(language, value), inline=False)
            for name, value in answered(answers, files)
        ]
        embed: dict[str, Any] = {
            "title": self._tell(language, title(ticket, ruled.topic.label)),
            "description": "\n\n".join(part for part in (words, self._lines(language, about(ticket))) if part)[
                :_LONGEST
            ],
            "color": colour(ticket),
            "fields": fields,
        }
        called = " ".join([f"<@{ticket.opener_id}>", *(f"<@&{one}>" for one in ruled.rules.ping_roles[:_MOST_PINGED])])
        return Payload(called, embed, buttons=self._buttons(ticket, language))

    async def _opening(self, session: Session, ticket: Ticket, ruled: Ruled, language: str) -> str:
        if not ruled.rules.opening:
            return self._tell(language, Phrase(OPENING, {"member": f"<@{ticket.opener_id}>"}))
        server = await guilds.name_of(session, ticket.guild_id) or "Discord"
        return opening(ruled.rules.opening, ticket, topic=ruled.topic.label, server=server)

    def _lines(self, language: str, lines: Iterable[Phrase]) -> str:
        return "\n".join(self._tell(language, one) for one in lines)

    def _buttons(self, ticket: Ticket, language: str) -> tuple[Button, ...]:
        if not ticket.status.is_live:
            return ()
        number = ticket.number
        claim = (
            Button(self._tell(language, Phrase("Claim")), f"ticket:claim:v1:{number}", ButtonStyle.SUCCESS)
            if ticket.assignee_id is None
            else Button(self._tell(language, Phrase("Unclaim")), f"ticket:unclaim:v1:{number}")
        )
        return (
            claim,
            Button(self._tell(language, Phrase("Close")), f"ticket:close:v1:{number}", ButtonStyle.DANGER),
            Button(self._tell(language, Phrase("Add somebody")), f"ticket:add:v1:{number}"),
            Button(self._tell(language, Phrase("Staff…")), f"ticket:staff:v1:{number}"),
        )


def _field(name: str, value: str, *, inline: bool = True) -> dict[str, Any]:
    return {"name": name, "value": value, "inline": inline}


def _seen(payload: Payload) -> dict[str, Any]:
    """What people see of a message, whomever it called."""
    return replace(payload, mentions=Mentions()).to_json()
