"""Panels and topics for tests of tickets."""

from __future__ import annotations

from bot.db.engine import Database
from bot.db.repositories.tickets import topics as rows
from bot.db.sessions import WriteSession
from bot.domain.ticket_topics import Panel, PanelStyle, Topic, TopicConfig, TopicStyle

PANEL, TOPIC = 700, 701


async def add_topic(
    database: Database, guild_id: int, config: TopicConfig | None = None, *, topic_id: int = TOPIC, label: str = "Help"
) -> Topic:
    """A topic on a panel of its own, not sent anywhere."""
    topic = Topic(guild_id, topic_id, topic_id - 1, 1, label, None, TopicStyle.PRIMARY, None, config or TopicConfig())
    panel = Panel(guild_id, topic.panel_id, f"Panel {topic_id}", "Support", "Choose.", PanelStyle.BUTTONS)

    async def unit(session: WriteSession) -> None:
        await rows.add_panel(session, panel)
        await rows.add_topic(session, topic)

    await database.transact(unit)
    return topic
