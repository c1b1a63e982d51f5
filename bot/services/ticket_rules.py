"""What holds for the tickets of a topic: its own word, else the guild's."""

from __future__ import annotations

from dataclasses import dataclass

from bot.db.engine import Database
from bot.db.repositories.tickets import topics as rows
from bot.db.sessions import Session
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import Topic, TopicRules, rules_of
from bot.errors import TopicNotFound
from bot.services.guild_settings import GuildSettingsService


@dataclass(frozen=True)
class Ruled:
    """A topic, removed or not, with what holds for it and the guild's settings."""

    topic: Topic
    rules: TopicRules
    settings: TicketSettings


class TicketRulesService:
    """Reads topics together with what the guild set."""

    def __init__(self, database: Database, settings: GuildSettingsService) -> None:
        self._database = database
        self._settings = settings

    async def within(self, session: Session, guild_id: int, topic_id: int) -> Ruled:
        """What holds for a topic, inside the caller's session.

        Raises:
            TopicNotFound: the guild has none of that id.
        """
        settings = await self._settings.within(session, guild_id, TicketSettings)
        return await self._with(session, guild_id, topic_id, settings)

    async def stored(self, session: Session, guild_id: int, topic_id: int) -> Ruled:
        """The same, but never from memory: for what must not act on what was set before.

        Raises:
            TopicNotFound: the guild has none of that id.
        """
        settings = await self._settings.stored(session, guild_id, TicketSettings)
        return await self._with(session, guild_id, topic_id, settings)

    async def _with(self, session: Session, guild_id: int, topic_id: int, settings: TicketSettings) -> Ruled:
        topic = await rows.find_topic(session, guild_id, topic_id)
        if topic is None:
            raise TopicNotFound
        return Ruled(topic, rules_of(topic.config, settings), settings)

    async def of(self, guild_id: int, topic_id: int) -> Ruled:
        """What holds for a topic.

        Raises:
            TopicNotFound: the guild has none of that id.
        """
        return await self._database.query(lambda session: self.within(session, guild_id, topic_id))

    async def settings(self, guild_id: int) -> TicketSettings:
        """What a guild set for tickets."""
        return (await self._settings.read(guild_id, TicketSettings)).value
