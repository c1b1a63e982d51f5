"""Statements for those who show a ticket, or look at it from staff's thread."""

from __future__ import annotations

from sqlalchemy import and_, select

from bot.db.models.tickets import TicketAnswer, TicketFileRow, TicketRow, TicketTopicRow
from bot.db.repositories.tickets.tickets import NOT_OVER, ticket_of
from bot.db.repositories.tickets.topics import topic_of
from bot.db.sessions import Session
from bot.domain.ticket_record import ANSWERS, Answer, TicketKey
from bot.domain.ticket_topics import Topic
from bot.domain.tickets import Ticket


async def answers(session: Session, guild_id: int, number: int) -> list[Answer]:
    """What the member answered when opening a ticket, in the order of the questions."""
    table = TicketAnswer
    query = (
        select(table.position, table.question, table.kind, table.value)
        .where(table.guild_id == guild_id, table.number == number)
        .order_by(table.position)
    )
    return [Answer(row.position, row.question, row.kind, row.value) for row in await session.execute(query)]


async def file_names(session: Session, guild_id: int, number: int) -> dict[str, str]:
    """What the files are called that the member brought with the form, by what their answer calls them."""
    table = TicketFileRow
    mine = and_(table.guild_id == guild_id, table.number == number, table.message_id == ANSWERS)
    found = await session.execute(select(table.seq, table.name).where(mine))
    return {str(row.seq): row.name for row in found}


async def answers_of(
    session: Session, user_id: int, guild_id: int | None, limit: int
) -> list[tuple[TicketKey, Answer]]:
    """What somebody answered in their forms in a guild, or everywhere, the newest tickets first."""
    table, ticket = TicketAnswer, TicketRow
    query = (
        select(table.guild_id, table.number, table.position, table.question, table.kind, table.value)
        .join(ticket, and_(ticket.guild_id == table.guild_id, ticket.number == table.number))
        .where(ticket.opener_id == user_id, *(() if guild_id is None else (ticket.guild_id == guild_id,)))
        .order_by(ticket.opened_at.desc(), table.number, table.position)
        .limit(limit)
    )
    found = await session.execute(query)
    return [((row.guild_id, row.number), Answer(row.position, row.question, row.kind, row.value)) for row in found]


async def with_staff_thread(session: Session, guild_id: int, thread_id: int) -> Ticket | None:
    """The ticket, not over, whose notes are in a thread."""
    query = select(*TicketRow.__table__.c).where(
        TicketRow.guild_id == guild_id,
        NOT_OVER,
        TicketRow.staff_thread_id == thread_id,
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else ticket_of(row)


async def topics(session: Session, guild_id: int) -> list[Topic]:
    """The topics of a guild that tickets can be opened about, panel by panel."""
    table = TicketTopicRow
    query = (
        select(*table.__table__.c)
        .where(table.guild_id == guild_id, table.removed.is_(False))
        .order_by(table.panel_id, table.position, table.id)
    )
    return [topic_of(row) for row in await session.execute(query)]
