"""Panels and their topics: written, shown to members by the outbox, and kept in step with what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.db.engine import Database
from bot.db.repositories.tickets import topics as rows
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.audit import PANEL, AuditRecord, AuditSource, difference
from bot.domain.features import Feature
from bot.domain.outbox import Payload
from bot.domain.ticket_topics import (
    MOST_PANELS,
    MOST_TOPICS,
    Panel,
    PanelStyle,
    Topic,
    TopicConfig,
    TopicStyle,
    check_topic,
)
from bot.errors import (
    PanelChanged,
    PanelGone,
    PanelNameTaken,
    PanelNotFound,
    TooManyPanels,
    TooManyTopics,
    TopicNotFound,
)
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.ticket_panel_posts import TicketPanelPosts
from bot.services.ticket_rules import Ruled, TicketRulesService

CREATED, CHANGED, SENT, DELETED = "panel.create", "panel.change", "panel.send", "panel.delete"
"""What the audit log is told."""


@dataclass(frozen=True)
class By:
    """Who changes a panel, and by which way."""

    user_id: int
    source: AuditSource = AuditSource.COMMAND


@dataclass(frozen=True)
class PanelWords:
    """What a panel is called, and what it says."""

    name: str
    title: str
    text: str
    style: PanelStyle = PanelStyle.BUTTONS


@dataclass(frozen=True)
class Sent:
    """A panel that is on its way, and the key of the promise, for those who don't want to wait for its turn."""

    panel: Panel
    key: str


@dataclass(frozen=True)
class TopicInSight:
    """A topic with its panel and what holds for its tickets."""

    panel: Panel
    ruled: Ruled

    @property
    def topic(self) -> Topic:
        """The topic itself."""
        return self.ruled.topic


class TicketPanelsService:
    """Writes the panels of each guild. Every change of one that members see is promised to its message with it."""

    def __init__(
        self,
        database: Database,
        ids: IdMaker,
        *,
        settings: GuildSettingsService,
        rules: TicketRulesService,
        posts: TicketPanelPosts,
        audit: AuditService,
    ) -> None:
        self._database = database
        self._ids = ids
        self._settings = settings
        self._rules = rules
        self._posts = posts
        self._audit = audit

    # Looking --------------------------------------------------------------------------------------------

    async def all(self, guild_id: int) -> tuple[Panel, ...]:
        """The panels of a guild with their topics, by name."""
        return await self._database.query(lambda session: rows.panels(session, guild_id))

    async def get(self, guild_id: int, panel_id: int) -> Panel:
        """A panel with its topics.

        Raises:
            PanelGone: the guild has none of that id.
        """
        return await self._database.query(lambda session: _panel(session, guild_id, panel_id))

    async def named(self, guild_id: int, name: str) -> Panel:
        """The panel of a name, in whatever case it is written.

        Raises:
            PanelNotFound: the guild has none of that name.
        """

        async def unit(session: ReadSession) -> Panel:
            panel_id = await rows.panel_named(session, guild_id, name)
            if panel_id is None:
                raise PanelNotFound(name)
            return await _panel(session, guild_id, panel_id)

        return await self._database.query(unit)

    async def topic(self, guild_id: int, topic_id: int) -> TopicInSight:
        """A topic that is still on its panel, and what holds for its tickets.

        Raises:
            TopicNotFound: the guild has none of that id, or it was removed.
        """

        async def unit(session: ReadSession) -> TopicInSight:
            ruled = await self._rules.within(session, guild_id, topic_id)
            if ruled.topic.removed:
                raise TopicNotFound
            return TopicInSight(await _panel(session, guild_id, ruled.topic.panel_id), ruled)

        return await self._database.query(unit)

    async def preview(self, guild_id: int, panel_id: int) -> tuple[Panel, Payload]:
        """A panel, and its message as members see it.

        Raises:
            PanelGone: the guild has none of that id.
        """

        async def unit(session: ReadSession) -> tuple[Panel, Payload]:
            panel = await _panel(session, guild_id, panel_id)
            return panel, await self._posts.payload(session, panel)

        return await self._database.query(unit)

    # Panels ---------------------------------------------------------------------------------------------

    async def create(self, guild_id: int, words: PanelWords, label: str, channel_id: int, by: By) -> Sent:
        """Write a panel with its first topic, and promise it to a channel.

        Raises:
            FeatureOff: tickets are switched off.
            PanelNameTaken, TooManyPanels: there is one of that name, or no room for another.
        """
        await self._settings.require(guild_id, Feature.TICKETS)
        panel = Panel(
            guild_id, self._ids.new(), words.name, words.title, words.text, words.style, created_by=by.user_id
        )
        topic = _new_topic(panel, self._ids.new(), label, 1)

        async def unit(session: WriteSession) -> Sent:
            if await rows.find_panel(session, guild_id, panel.id) is None:  # else an earlier try
                if await rows.count_panels(session, guild_id) >= MOST_PANELS:
                    raise TooManyPanels(MOST_PANELS)
                if not await rows.add_panel(session, panel):
                    raise PanelNameTaken(panel.name)
                await rows.add_topic(session, topic)
                await self._record(session, CREATED, panel, by, after={**vars(words), "topic": label})
                return await self._sent(session, replace(panel, topics=(topic,)), channel_id)
            written = await _panel(session, guild_id, panel.id)
            return Sent(written, self._posts.key(written))

        return await self._database.transact(unit, idempotent=True)

    async def edit(self, guild_id: int, panel_id: int, words: PanelWords, *, base: int, by: By) -> Panel:
        """Change what a panel is called and says, as it was shown at version `base`.

        Raises:
            PanelGone, PanelChanged: it is gone, or somebody else changed it since.
            PanelNameTaken: there is another of that name.
        """

        async def unit(session: WriteSession) -> Panel:
            panel = await _panel(session, guild_id, panel_id, lock=True)
            after = replace(panel, **vars(words))
            if after == panel:
                return panel
            _check_base(panel.version, base)
            taken = await rows.panel_named(session, guild_id, words.name)
            if taken not in {None, panel_id}:
                raise PanelNameTaken(words.name)
            old, new = difference(_words_of(panel), vars(words))
            await self._record(session, CHANGED, after, by, before=old, after=new)
            return await self._posts.changed(session, after)

        return await self._database.transact(unit, idempotent=True)

    async def send(self, guild_id: int, panel_id: int, channel_id: int, by: By) -> Sent:
        """Promise a panel to a channel. Once it is there, the message that it had before is removed.

        Raises:
            FeatureOff: tickets are switched off.
            PanelGone, PanelEmpty: it is gone, or has nothing to press.
        """
        await self._settings.require(guild_id, Feature.TICKETS)

        async def unit(session: WriteSession) -> Sent:
            panel = await _panel(session, guild_id, panel_id, lock=True)
            if panel.sending_to == channel_id:  # pressed twice, or an earlier try
                return Sent(panel, self._posts.key(panel))
            await self._record(session, SENT, panel, by, after={"channel": channel_id})
            return await self._sent(session, panel, channel_id)

        return await self._database.transact(unit, idempotent=True)

    async def _sent(self, session: WriteSession, panel: Panel, channel_id: int) -> Sent:
        sending = await self._posts.send(session, panel, channel_id)
        return Sent(sending, self._posts.key(sending))

    async def delete(self, guild_id: int, panel_id: int, by: By) -> Panel:
        """Delete a panel and promise that its message goes; its tickets stay. What it was.

        Raises:
            PanelGone: it is gone already.
        """
        gone: list[Panel] = []

        async def unit(session: WriteSession) -> Panel:
            panel = await rows.find_panel(session, guild_id, panel_id, lock=True)
            if panel is None:
                if gone:  # an earlier try, whose commit was cut off
                    return gone[-1]
                raise PanelGone
            gone.append(panel)
            await self._posts.remove(session, panel)
            await rows.delete_panel(session, guild_id, panel_id)
            await self._record(session, DELETED, panel, by, before=_words_of(panel))
            return panel

        return await self._database.transact(unit, idempotent=True)

    # Topics ---------------------------------------------------------------------------------------------

    async def add_topic(self, guild_id: int, panel_id: int, label: str, by: By) -> Topic:
        """Add a topic at the end of a panel, as the settings say it.

        Raises:
            PanelGone, TooManyTopics: the panel is gone, or full.
        """
        topic_id = self._ids.new()

        async def unit(session: WriteSession) -> Topic:
            panel = await _panel(session, guild_id, panel_id, lock=True)
            known = next((one for one in panel.topics if one.id == topic_id), None)
            if known is not None:  # an earlier try, whose commit was cut off
                return known
            if len(panel.topics) >= MOST_TOPICS:
                raise TooManyTopics(MOST_TOPICS)
            last = max((one.position for one in panel.topics), default=0)
            topic = _new_topic(panel, topic_id, label, last + 1)
            await rows.add_topic(session, topic)
            await self._record(session, CHANGED, panel, by, topic, after={"topic": label})
            await self._posts.changed(session, replace(panel, topics=(*panel.topics, topic)))
            return topic

        return await self._database.transact(unit, idempotent=True)

    async def change_topic(
        self, guild_id: int, topic_id: int, edit: Callable[[Topic], Topic], *, base: int, by: By
    ) -> Topic:
        """Change a topic as it was shown at version `base`; `edit` gives it anew and may refuse.

        Raises:
            TopicNotFound, PanelChanged: it is gone, or somebody else changed it since.
            TopicRefused, and what `edit` raises: it can't be so.
        """

        async def unit(session: WriteSession) -> Topic:
            panel, topic = await _found(session, guild_id, topic_id)
            after = check_topic(edit(topic))
            if after == topic:
                return topic
            _check_base(topic.version, base)
            written = replace(after, version=topic.version + 1)
            await rows.write_topic(session, written)
            old, new = difference(_told(topic), _told(written))
            await self._record(session, CHANGED, panel, by, topic, before=old, after=new)
            topics = tuple(written if one.id == topic_id else one for one in panel.topics)
            await self._posts.changed(session, replace(panel, topics=topics))
            return written

        return await self._database.transact(unit, idempotent=True)

    async def move_topic(self, guild_id: int, topic_id: int, *, up: bool, by: By) -> Panel:
        """Let a topic change places with its neighbour; at an end nothing changes.

        Raises:
            TopicNotFound: it is gone.
        """

        async def unit(session: WriteSession) -> Panel:
            panel, topic = await _found(session, guild_id, topic_id)
            order = list(panel.topics)
            at = order.index(topic)
            to = max(0, min(len(order) - 1, at + (-1 if up else 1)))
            order[at], order[to] = order[to], order[at]
            placed = tuple(replace(one, position=place) for place, one in enumerate(order, start=1))
            if placed == tuple(panel.topics):
                return panel
            for one in placed:
                await rows.write_topic(session, one)
            await self._record(session, CHANGED, panel, by, topic, before={"place": at + 1}, after={"place": to + 1})
            return await self._posts.changed(session, replace(panel, topics=placed))

        return await self._database.transact(unit)

    async def remove_topic(self, guild_id: int, topic_id: int, by: By) -> Panel:
        """Take a topic off its panel; its tickets go on. The panel without it.

        Raises:
            TopicNotFound: it is gone already.
        """
        done: list[Panel] = []

        async def unit(session: WriteSession) -> Panel:
            try:
                panel, topic = await _found(session, guild_id, topic_id)
            except TopicNotFound:
                if done:  # an earlier try, whose commit was cut off
                    return done[-1]
                raise
            await rows.write_topic(session, replace(topic, removed=True, version=topic.version + 1))
            await self._record(session, CHANGED, panel, by, topic, before={"topic": topic.label})
            left = tuple(one for one in panel.topics if one.id != topic_id)
            done.append(await self._posts.changed(session, replace(panel, topics=left)))
            return done[-1]

        return await self._database.transact(unit, idempotent=True)

    async def _record(
        self,
        session: WriteSession,
        action: str,
        panel: Panel,
        by: By,
        topic: Topic | None = None,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        named = panel.name if topic is None else f"{panel.name} · {topic.label}"
        record = AuditRecord(
            action, by.user_id, by.source, PANEL, str(panel.id), before=before, after=after, description=named
        )
        await self._audit.record(session, panel.guild_id, record)


async def _panel(session: Session, guild_id: int, panel_id: int, *, lock: bool = False) -> Panel:
    panel = await rows.find_panel(session, guild_id, panel_id, lock=lock)
    if panel is None:
        raise PanelGone
    return panel


async def _found(session: WriteSession, guild_id: int, topic_id: int) -> tuple[Panel, Topic]:
    """A topic on its panel, which is locked."""
    known = await rows.find_topic(session, guild_id, topic_id)
    panel = None if known is None else await rows.find_panel(session, guild_id, known.panel_id, lock=True)
    topic = next((one for one in panel.topics if one.id == topic_id), None) if panel is not None else None
    if panel is None or topic is None:
        raise TopicNotFound
    return panel, topic


def _new_topic(panel: Panel, topic_id: int, label: str, position: int) -> Topic:
    return Topic(panel.guild_id, topic_id, panel.id, position, label, None, TopicStyle.PRIMARY, None, TopicConfig())


def _check_base(version: int, base: int) -> None:
    if version != base:
        raise PanelChanged


def _words_of(panel: Panel) -> dict[str, Any]:
    return {"name": panel.name, "title": panel.title, "text": panel.text, "style": panel.style}


def _told(topic: Topic) -> dict[str, Any]:
    """What the audit log compares."""
    look = {"label": topic.label, "emoji": topic.emoji, "colour": topic.style, "hint": topic.description}
    return {**look, **topic.config.model_dump(mode="json")}
