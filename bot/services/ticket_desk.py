"""Looking a ticket up for somebody who wants to do something with it: by its number, or by where they are."""

from __future__ import annotations

from dataclasses import dataclass

from bot.db.engine import Database
from bot.db.repositories.tickets import showing
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import Session
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import Topic, TopicConfig, rules_of
from bot.domain.tickets import Ticket
from bot.errors import NoTicketHere, TicketNotFound
from bot.services.guild_settings import GuildSettingsService
from bot.services.ticket_rules import Ruled, TicketRulesService


@dataclass(frozen=True)
class Filed:
    """A ticket with what holds for it."""

    ticket: Ticket
    ruled: Ruled


class TicketDeskService:
    """Reads tickets together with what holds for their topic."""

    def __init__(self, database: Database, rules: TicketRulesService, settings: GuildSettingsService) -> None:
        self._database = database
        self._rules = rules
        self._settings = settings

    async def find(self, guild_id: int, number: int) -> Filed:
        """A ticket of this guild.

        Raises:
            TicketNotFound: the guild has none of that number.
        """

        async def unit(session: Session) -> Filed:
            ticket = await rows.find(session, guild_id, number)
            if ticket is None:
                raise TicketNotFound(f"#{number}")
            return await self._filed(session, ticket)

        return await self._database.query(unit)

    async def here(self, guild_id: int, channel_id: int) -> Filed:
        """The ticket of a channel or thread, which may be that of staff's notes.

        Raises:
            NoTicketHere: it is that of none.
        """

        async def unit(session: Session) -> Filed:
            ticket = await rows.in_channel(session, guild_id, channel_id)
            ticket = ticket or await showing.with_staff_thread(session, guild_id, channel_id)
            if ticket is None:
                raise NoTicketHere
            return await self._filed(session, ticket)

        return await self._database.query(unit)

    async def topics(self, guild_id: int) -> list[Topic]:
        """What tickets can be about in a guild, panel by panel."""
        return await self._database.query(lambda session: showing.topics(session, guild_id))

    async def staff_roles(self, guild_id: int) -> frozenset[int]:
        """The roles that answer tickets of any kind."""

        async def unit(session: Session) -> frozenset[int]:
            settings = await self._settings.within(session, guild_id, TicketSettings)
            configs = [TopicConfig(), *(one.config for one in await showing.topics(session, guild_id))]
            rules = [rules_of(config, settings) for config in configs]
            return frozenset(role for one in rules for role in (*one.support_roles, *one.escalation_roles))

        return await self._database.query(unit)

    async def _filed(self, session: Session, ticket: Ticket) -> Filed:
        return Filed(ticket, await self._rules.within(session, ticket.guild_id, ticket.topic_id))
