"""Topics of panels: added, changed as they were shown, put in order and removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.db.engine import Database
from bot.db.repositories.tickets import topics as rows
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.audit import AuditRecord, difference
from bot.domain.ticket_topics import MOST_TOPICS, Panel, Topic, check_topic
from bot.errors import TooManyTopics, TopicNotFound
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.ticket_access import TicketAccessService
from bot.services.ticket_panel_parts import By, TopicInSight, about, check_base, new_topic, panel_at, told, topic_at
from bot.services.ticket_panel_posts import TicketPanelPosts
from bot.services.ticket_rules import TicketRulesService

CHANGED = "topic.change"
"""What the audit log is told."""


class TicketTopicsService:
    """Writes the topics of each guild's panels. Every change that members see is promised to the message with it."""

    def __init__(
        self,
        database: Database,
        ids: IdMaker,
        *,
        access: TicketAccessService,
        rules: TicketRulesService,
        posts: TicketPanelPosts,
        audit: AuditService,
    ) -> None:
        self._database = database
        self._ids = ids
        self._access = access
        self._rules = rules
        self._posts = posts
        self._audit = audit

    async def get(self, guild_id: int, topic_id: int) -> TopicInSight:
        """A topic that is still on its panel, and what holds for its tickets.

        Raises:
            TopicNotFound: the guild has none of that id, or it was removed.
        """

        async def unit(session: ReadSession) -> TopicInSight:
            ruled = await self._rules.within(session, guild_id, topic_id)
            if ruled.topic.removed:
                raise TopicNotFound
            return TopicInSight(await panel_at(session, guild_id, ruled.topic.panel_id), ruled)

        return await self._database.query(unit)

    async def add(self, guild_id: int, panel_id: int, label: str, by: By) -> Topic:
        """Add a topic at the end of a panel, as the settings say it.

        Raises:
            PanelGone, TooManyTopics: the panel is gone, or full.
        """
        topic_id = self._ids.new()

        async def unit(session: WriteSession) -> Topic:
            panel = await panel_at(session, guild_id, panel_id, lock=True)
            known = next((one for one in panel.topics if one.id == topic_id), None)
            if known is not None:  # an earlier try, whose commit was cut off
                return known
            if len(panel.topics) >= MOST_TOPICS:
                raise TooManyTopics(MOST_TOPICS)
            last = max((one.position for one in panel.topics), default=0)
            topic = new_topic(panel, topic_id, label, last + 1)
            await rows.add_topic(session, topic)
            await self._audit.record(
                session, guild_id, AuditRecord(CHANGED, **about(panel, by, topic), after={"topic": label})
            )
            await self._posts.changed(session, replace(panel, topics=(*panel.topics, topic)))
            return topic

        return await self._database.transact(unit, idempotent=True)

    async def change(self, guild_id: int, topic_id: int, edit: Callable[[Topic], Topic], *, base: int, by: By) -> Topic:
        """Change a topic as it was shown at version `base`; `edit` gives it anew and may refuse.

        Raises:
            TopicNotFound, PanelChanged: it is gone, or somebody else changed it since.
            TopicRefused, and what `edit` raises: it can't be so.
        """

        async def unit(session: WriteSession) -> Topic:
            panel, topic = await topic_at(session, guild_id, topic_id)
            after = check_topic(edit(topic))
            if after == topic:
                return topic
            check_base(topic.version, base)
            written = replace(after, version=topic.version + 1)
            await rows.write_topic(session, written)
            await self._access.topic_changed(session, topic, written)
            old, new = difference(told(topic), told(written))
            await self._audit.record(
                session, guild_id, AuditRecord(CHANGED, **about(panel, by, topic), before=old, after=new)
            )
            topics = tuple(written if one.id == topic_id else one for one in panel.topics)
            await self._posts.changed(session, replace(panel, topics=topics))
            return written

        return await self._database.transact(unit, idempotent=True)

    async def move(self, guild_id: int, topic_id: int, *, up: bool, by: By) -> Panel:
        """Let a topic change places with its neighbour; at an end nothing changes.

        Raises:
            TopicNotFound: it is gone.
        """

        async def unit(session: WriteSession) -> Panel:
            panel, topic = await topic_at(session, guild_id, topic_id)
            order = list(panel.topics)
            at = order.index(topic)
            to = max(0, min(len(order) - 1, at + (-1 if up else 1)))
            order[at], order[to] = order[to], order[at]
            placed = tuple(replace(one, position=place) for place, one in enumerate(order, start=1))
            if placed == tuple(panel.topics):
                return panel
            for one in placed:
                await rows.write_topic(session, one)
            await self._audit.record(
                session,
                guild_id,
                AuditRecord(CHANGED, **about(panel, by, topic), before={"place": at + 1}, after={"place": to + 1}),
            )
            return await self._posts.changed(session, replace(panel, topics=placed))

        return await self._database.transact(unit)

    async def remove(self, guild_id: int, topic_id: int, by: By) -> Panel:
        """Take a topic off its panel; its tickets go on. The panel without it.

        Raises:
            TopicNotFound: it is gone already.
        """
        done: list[Panel] = []

        async def unit(session: WriteSession) -> Panel:
            try:
                panel, topic = await topic_at(session, guild_id, topic_id)
            except TopicNotFound:
                if done:  # an earlier try, whose commit was cut off
                    return done[-1]
                raise
            await rows.write_topic(session, replace(topic, removed=True, version=topic.version + 1))
            await self._audit.record(
                session, guild_id, AuditRecord(CHANGED, **about(panel, by, topic), before={"topic": topic.label})
            )
            left = tuple(one for one in panel.topics if one.id != topic_id)
            done.append(await self._posts.changed(session, replace(panel, topics=left)))
            return done[-1]

        return await self._database.transact(unit, idempotent=True)
