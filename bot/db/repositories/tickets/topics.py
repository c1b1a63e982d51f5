"""Statements on panels and topics."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.db import dialect
from bot.db.models.tickets import TicketPanelRow, TicketTopicRow
from bot.db.sessions import Session, WriteSession
from bot.domain.ticket_topics import Panel, Topic, TopicConfig

_TOPIC = (*TicketTopicRow.__table__.c,)


def topic_of(row: Any) -> Topic:
    """A row as a topic. A document that an older version stored is read as far as it makes sense."""
    return Topic(
        guild_id=row.guild_id,
        id=row.id,
        panel_id=row.panel_id,
        position=row.position,
        label=row.label,
        emoji=row.emoji,
        style=row.style,
        description=row.description,
        config=TopicConfig.model_validate(row.config),
        removed=row.removed,
        version=row.version,
    )


async def find_topic(session: Session, guild_id: int, topic_id: int) -> Topic | None:
    """A topic of this guild, removed or not."""
    query = select(*_TOPIC).where(TicketTopicRow.guild_id == guild_id, TicketTopicRow.id == topic_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else topic_of(row)


async def add_topic(session: WriteSession, topic: Topic) -> None:
    """Write a new topic."""
    row = {**vars(topic), "config": topic.config.model_dump(mode="json")}
    await session.execute(dialect.insert(session.dialect.name, TicketTopicRow), row)


async def add_panel(session: WriteSession, panel: Panel) -> None:
    """Write a new panel, without its topics."""
    row = {name: value for name, value in vars(panel).items() if name != "topics"}
    row |= {"name_key": panel.name.casefold(), "shown": 0}
    await session.execute(dialect.insert(session.dialect.name, TicketPanelRow), row)
