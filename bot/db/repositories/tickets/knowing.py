"""Statements that find tickets, and say how they went."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from bot.db.models.tickets import TicketRow, TicketTopicRow
from bot.db.repositories.tickets.tickets import NOT_OVER, NUMBER, ticket_of
from bot.db.repositories.tickets.topics import topic_of
from bot.db.sessions import Session
from bot.domain.paging import Cursor
from bot.domain.ticket_search import Course, Reach, TicketFilter, View
from bot.domain.ticket_topics import Topic
from bot.domain.tickets import Ticket


async def every_topic(session: Session, guild_id: int) -> list[Topic]:
    """The topics of a guild, those that were removed too, for their tickets are still there."""
    query = select(*TicketTopicRow.__table__.c).where(TicketTopicRow.guild_id == guild_id)
    return [topic_of(row) for row in await session.execute(query)]


def _reached(reach: Reach) -> ColumnElement[bool]:
    if reach.topics is None:
        return true()
    called = and_(TicketRow.escalated, TicketRow.topic_id.in_(reach.called)) if reach.called else false()
    return or_(TicketRow.topic_id.in_(reach.topics), called)


def _wanted(guild_id: int, wanted: TicketFilter, reach: Reach, asker_id: int) -> ColumnElement[bool]:
    rules = [TicketRow.guild_id == guild_id, _reached(reach)]
    if wanted.status is not None:
        rules.append(TicketRow.status == wanted.status)
    if wanted.status is None or not wanted.status.is_over:
        rules.append(NOT_OVER)
    if wanted.view is View.MINE:
        rules.append(TicketRow.assignee_id == asker_id)
    if wanted.view is View.UNCLAIMED:
        rules.append(TicketRow.assignee_id.is_(None))
    if wanted.topic_id is not None:
        rules.append(TicketRow.topic_id == wanted.topic_id)
    if wanted.agent_id is not None:
        rules.append(TicketRow.assignee_id == wanted.agent_id)
    if wanted.priority is not None:
        rules.append(TicketRow.priority == int(wanted.priority))
    return and_(*rules)


async def listed(
    session: Session, guild_id: int, wanted: TicketFilter, reach: Reach, asker_id: int, *, cursor: Cursor, limit: int
) -> list[Ticket]:
    """Up to `limit` tickets beyond a cursor, whose keys are their numbers; the newest first."""
    number = NUMBER if wanted.status is None or not wanted.status.is_over else TicketRow.number
    beyond = number > cursor.edge if cursor.newer else number < cursor.edge
    order = number.asc() if cursor.newer else number.desc()
    query = select(*TicketRow.__table__.c).where(_wanted(guild_id, wanted, reach, asker_id), beyond)
    found = [ticket_of(row) for row in await session.execute(query.order_by(order).limit(limit))]
    return found[::-1] if cursor.newer else found


async def every(session: Session, guild_id: int, wanted: TicketFilter, reach: Reach, asker_id: int) -> list[Ticket]:
    """All such tickets, by number. Only for those that are not over, of which there are few."""
    query = select(*TicketRow.__table__.c).where(_wanted(guild_id, wanted, reach, asker_id))
    return [ticket_of(row) for row in await session.execute(query.order_by(NUMBER))]


async def courses(
    session: Session, guild_id: int, reach: Reach, *, since: datetime, agent_id: int | None, limit: int
) -> list[Course]:
    """How up to `limit` tickets went that were opened since then, the newest first."""
    row = TicketRow
    query = select(
        row.topic_id, row.assignee_id, row.opened_at, row.first_response_at, row.resolved_at, row.closed_at, row.rating
    ).where(row.guild_id == guild_id, row.opened_at >= since, row.status != "failed", _reached(reach))
    if agent_id is not None:
        query = query.where(row.assignee_id == agent_id)
    found: list[Course] = []
    for one in await session.execute(query.order_by(row.opened_at.desc(), row.number.desc()).limit(limit)):
        ended = one.resolved_at or one.closed_at
        responded = None if one.first_response_at is None else one.first_response_at - one.opened_at
        resolved = None if ended is None else ended - one.opened_at
        found.append(Course(one.topic_id, one.assignee_id, responded, resolved, one.rating))
    return found
