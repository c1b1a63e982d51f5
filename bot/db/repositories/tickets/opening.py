"""Statements that opening a ticket asks: what stands against it, and what came with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from bot.db import dialect
from bot.db.models.tickets import TicketAnswer, TicketBlock, TicketFileRow, TicketRow, TicketTopicRow
from bot.db.repositories.shards import served_by
from bot.db.repositories.tickets.tickets import NOT_OVER, NUMBER, ticket_of
from bot.db.repositories.tickets.topics import topic_of
from bot.db.sessions import Session, WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.ticket_opening import Stands
from bot.domain.ticket_record import Answer, RecordedFile
from bot.domain.ticket_topics import Topic
from bot.domain.tickets import Mode, Status, Ticket


async def topics(session: Session, guild_id: int) -> list[Topic]:
    """All topics of a guild that are not removed, as its panels show them."""
    table = TicketTopicRow
    here = and_(table.guild_id == guild_id, table.removed.is_(False))
    query = select(*table.__table__.c).where(here).order_by(table.panel_id, table.position, table.id)
    return [topic_of(row) for row in await session.execute(query)]


async def is_blocked(session: Session, guild_id: int, user_id: int, now: datetime) -> bool:
    """Whether somebody may open no tickets at that moment."""
    holds = or_(TicketBlock.expires_at.is_(None), TicketBlock.expires_at > now)
    query = select(TicketBlock.user_id).where(TicketBlock.guild_id == guild_id, TicketBlock.user_id == user_id, holds)
    return (await session.execute(query)).one_or_none() is not None


async def held(session: Session, guild_id: int, topic_id: int, opener_id: int) -> list[Ticket]:
    """Tickets of a topic that somebody has and that are not over, by slot."""
    mine = and_(
        TicketRow.guild_id == guild_id,
        TicketRow.topic_id == topic_id,
        TicketRow.opener_id == opener_id,
        NOT_OVER,
    )
    query = select(*TicketRow.__table__.c).where(mine).order_by(TicketRow.slot)
    return [ticket_of(row) for row in await session.execute(query)]


async def last_opened(session: Session, guild_id: int, topic_id: int, opener_id: int) -> datetime | None:
    """When somebody last opened a ticket of a topic that did not fail."""
    mine = and_(
        TicketRow.guild_id == guild_id,
        TicketRow.topic_id == topic_id,
        TicketRow.opener_id == opener_id,
        TicketRow.status != "failed",
    )
    return (await session.execute(select(func.max(TicketRow.opened_at)).where(mine))).scalar_one()


async def opened_since(session: Session, guild_id: int, moment: datetime) -> int:
    """How many tickets were opened in a guild since a moment, without those that failed."""
    recent = and_(TicketRow.guild_id == guild_id, TicketRow.opened_at > moment, TicketRow.status != "failed")
    return (await session.execute(select(func.count()).select_from(TicketRow).where(recent))).scalar_one()


async def failed_since(session: Session, guild_id: int, moment: datetime) -> list[Ticket]:
    """Tickets of a guild that were asked for since a moment and could not be opened, by number."""
    row = TicketRow
    failed = and_(row.guild_id == guild_id, row.opened_at > moment, row.status == Status.FAILED)
    query = select(*row.__table__.c).where(failed).order_by(row.number)
    return [ticket_of(one) for one in await session.execute(query)]


async def add_answers(
    session: WriteSession, guild_id: int, number: int, answers: Sequence[Answer], files: Sequence[RecordedFile]
) -> None:
    """Write what came with a new ticket: answers, and the files among them."""
    whose = {"guild_id": guild_id, "number": number}
    if answers:
        written = [whose | vars(one) | {"value": list(one.value)} for one in answers]
        await session.execute(dialect.insert(session.dialect.name, TicketAnswer), written)
    if files:
        kept = [whose | {"message_id": 0} | vars(one) for one in files]
        await session.execute(dialect.insert(session.dialect.name, TicketFileRow), kept)


async def standing(session: Session, shards: ShardRange) -> list[Stands]:
    """Where all tickets of these shards stand that are not over: one query, however many there are."""
    row = TicketRow
    columns = row.guild_id, row.number, row.channel_id, row.parent_id, row.mode, row.name
    there = and_(NOT_OVER, row.gone.is_(False), served_by(row.guild_id, shards))
    query = select(*columns).where(there).order_by(row.guild_id, NUMBER)
    return [
        Stands(one.guild_id, one.number, one.channel_id, one.parent_id, one.mode is Mode.THREAD, one.name)
        for one in await session.execute(query)
    ]
