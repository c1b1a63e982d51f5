"""Telling of what happens to tickets: in them, for all who are in there, and in staff's log."""

from __future__ import annotations

from bot.db.sessions import WriteSession
from bot.domain.general import GeneralSettings
from bot.domain.outbox import Mentions, Payload, channel
from bot.domain.staff_notices import LONGEST_LINE
from bot.domain.ticket_topics import TopicRules
from bot.domain.ticket_words import logged, said
from bot.domain.tickets import EventKind, Ticket, TicketEvent
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.staff_notices import Tell
from bot.services.ticket_rules import TicketRulesService

_LOG = "tickets"
_MOST_CALLED = 20


class TicketLog:
    """Promises both inside the transaction in which it happens. It calls nobody but those who are to do something."""

    def __init__(
        self, rules: TicketRulesService, outbox: OutboxService, settings: GuildSettingsService, tell: Tell
    ) -> None:
        self._rules = rules
        self._outbox = outbox
        self._settings = settings
        self._tell = tell

    async def tell(self, session: WriteSession, ticket: Ticket, event: TicketEvent) -> None:
        """Promise what is to be said of something that happened to a ticket; lines of the log are gathered."""
        spoken, line = said(ticket, event), logged(ticket, event)
        if spoken is None and line is None:
            return
        rules = (await self._rules.within(session, ticket.guild_id, ticket.topic_id)).rules
        language = (await self._settings.within(session, ticket.guild_id, GeneralSettings)).language
        if spoken is not None and ticket.channel_id is not None and not ticket.gone:
            mentions = _called(rules, event)
            roles = " ".join(f"<@&{role_id}>" for role_id in mentions.roles)
            words = f"{self._tell(language, spoken)} {roles}".strip()
            key = f"ticket:{ticket.number}:said:{event.seq}"
            payload = Payload(words, mentions=mentions)
            await self._outbox.send(session, ticket.guild_id, channel(ticket.channel_id), payload, key=key)
        if line is not None and rules.log_channel is not None:
            told = self._tell(language, line)[:LONGEST_LINE]
            await self._outbox.gather(session, ticket.guild_id, channel(rules.log_channel), told, topic=_LOG)


def _called(rules: TopicRules, event: TicketEvent) -> Mentions:
    """Who is notified: whoever a ticket is given to by another, and those to whom it is escalated."""
    to = event.details.get("to")
    if event.kind is EventKind.TRANSFERRED and isinstance(to, int) and to != event.actor_id:
        return Mentions(users=(to,))
    if event.kind is EventKind.ESCALATED:
        return Mentions(roles=rules.escalation_roles[:_MOST_CALLED])
    return Mentions()
