"""Statements on panels and topics. Whoever changes a panel or its topics locks the panel first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from bot.db import dialect
from bot.db.models.tickets import TicketPanelRow, TicketTopicRow
from bot.db.sessions import Session, WriteSession
from bot.domain.ticket_topics import Panel, Topic, TopicConfig

_TOPIC = (*TicketTopicRow.__table__.c,)
_PANEL = (*TicketPanelRow.__table__.c,)


def name_key(name: str) -> str:
    """A panel's name as it is compared."""
    return name.casefold()


# Topics ---------------------------------------------------------------------------------------------------


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


async def topics_of(session: Session, guild_id: int, panel_id: int | None = None) -> tuple[Topic, ...]:
    """The topics of a panel, or of all panels of a guild, in their order; without those that are removed."""
    query = select(*_TOPIC).where(TicketTopicRow.guild_id == guild_id, TicketTopicRow.removed.is_(False))
    if panel_id is not None:
        query = query.where(TicketTopicRow.panel_id == panel_id)
    query = query.order_by(TicketTopicRow.panel_id, TicketTopicRow.position, TicketTopicRow.id)
    return tuple(topic_of(row) for row in await session.execute(query))


async def add_topic(session: WriteSession, topic: Topic) -> None:
    """Write a new topic."""
    await session.execute(dialect.insert(session.dialect.name, TicketTopicRow), _topic_values(topic))


async def write_topic(session: WriteSession, topic: Topic) -> None:
    """Write a topic as it is now."""
    mine = (TicketTopicRow.guild_id == topic.guild_id) & (TicketTopicRow.id == topic.id)
    await session.execute(update(TicketTopicRow).where(mine).values(_topic_values(topic)))


async def remove_topics(session: WriteSession, guild_id: int, panel_id: int) -> None:
    """Remove all topics of a panel; their rows stay for the tickets that have them."""
    mine = (TicketTopicRow.guild_id == guild_id) & (TicketTopicRow.panel_id == panel_id)
    await session.execute(update(TicketTopicRow).where(mine).values(removed=True, version=TicketTopicRow.version + 1))


def _topic_values(topic: Topic) -> dict[str, Any]:
    return {**vars(topic), "config": topic.config.model_dump(mode="json")}


# Panels ---------------------------------------------------------------------------------------------------


def panel_of(row: Any, topics: Sequence[Topic] = ()) -> Panel:
    """A row as a panel."""
    return Panel(
        guild_id=row.guild_id,
        id=row.id,
        name=row.name,
        title=row.title,
        text=row.text,
        style=row.style,
        channel_id=row.channel_id,
        message_id=row.message_id,
        created_by=row.created_by,
        version=row.version,
        shown=row.shown,
        sending_to=row.sending_to,
        sends=row.sends,
        trouble=row.trouble,
        topics=topics,
    )


async def panels(session: Session, guild_id: int) -> tuple[Panel, ...]:
    """The panels of a guild with their topics, by name."""
    query = select(*_PANEL).where(TicketPanelRow.guild_id == guild_id).order_by(TicketPanelRow.name_key)
    found = list(await session.execute(query))
    topics = await topics_of(session, guild_id)
    return tuple(panel_of(row, [one for one in topics if one.panel_id == row.id]) for row in found)


async def find_panel(session: Session, guild_id: int, panel_id: int, *, lock: bool = False) -> Panel | None:
    """A panel of this guild with its topics; with `lock` nobody else changes either until the transaction ends."""
    query = select(*_PANEL).where(TicketPanelRow.guild_id == guild_id, TicketPanelRow.id == panel_id)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else panel_of(row, await topics_of(session, guild_id, panel_id))


async def panel_named(session: Session, guild_id: int, name: str) -> int | None:
    """The id of the panel of a name, in whatever case it is written."""
    query = select(TicketPanelRow.id).where(
        TicketPanelRow.guild_id == guild_id, TicketPanelRow.name_key == name_key(name)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def count_panels(session: Session, guild_id: int) -> int:
    """How many panels a guild has."""
    query = select(func.count()).select_from(TicketPanelRow).where(TicketPanelRow.guild_id == guild_id)
    return (await session.execute(query)).scalar_one()


async def add_panel(session: WriteSession, panel: Panel) -> bool:
    """Write a new panel, without its topics; False if its name is taken."""
    statement = dialect.insert(session.dialect.name, TicketPanelRow).on_conflict_do_nothing(
        index_elements=["guild_id", "name_key"]
    )
    made = await session.execute(statement.returning(TicketPanelRow.id), _panel_values(panel))
    return made.first() is not None


async def write_panel(session: WriteSession, panel: Panel) -> bool:
    """Write a panel as it is now, without its topics; False if its name is taken, and the transaction is lost."""
    mine = (TicketPanelRow.guild_id == panel.guild_id) & (TicketPanelRow.id == panel.id)
    try:
        await session.execute(update(TicketPanelRow).where(mine).values(_panel_values(panel)))
    except IntegrityError:
        return False
    return True


async def delete_panel(session: WriteSession, guild_id: int, panel_id: int) -> None:
    """Delete a panel; its topics stay, removed, for the tickets that have them."""
    await remove_topics(session, guild_id, panel_id)
    mine = (TicketPanelRow.guild_id == guild_id) & (TicketPanelRow.id == panel_id)
    await session.execute(delete(TicketPanelRow).where(mine))


def _panel_values(panel: Panel) -> dict[str, Any]:
    values = {name: value for name, value in vars(panel).items() if name != "topics"}
    return {**values, "name_key": name_key(panel.name)}
