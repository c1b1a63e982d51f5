"""Statements on staff, as far as tickets are given to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from bot.db import dialect
from bot.db.models.tickets import SupportAgent, TicketRow
from bot.db.repositories.tickets.tickets import NOT_OVER
from bot.db.sessions import Session, WriteSession
from bot.domain.ticket_people import Agent
from bot.domain.tickets import Status

_AT_WORK = (Status.OPEN, Status.CLAIMED, Status.IN_PROGRESS, Status.WAITING, Status.ON_HOLD)
"""Statuses of tickets that are work for whoever has them: what is resolved is not."""


def _is(guild_id: int, user_id: int) -> ColumnElement[bool]:
    return and_(SupportAgent.guild_id == guild_id, SupportAgent.user_id == user_id)


def _agent_of(row: Any) -> Agent:
    return Agent(row.user_id, row.on_duty, row.most_open)


async def find(session: Session, guild_id: int, user_id: int) -> Agent:
    """What is set for somebody; whoever set nothing is on duty."""
    row: Any = (await session.execute(select(SupportAgent).where(_is(guild_id, user_id)))).one_or_none()
    return Agent(user_id, on_duty=True) if row is None else _agent_of(row)


async def lock(session: WriteSession, guild_id: int, user_id: int) -> Agent:
    """The same, locked until the transaction ends, so that no two tickets take somebody's last place."""
    row = {"guild_id": guild_id, "user_id": user_id, "on_duty": True, "most_open": None}
    await session.execute(dialect.insert(session.dialect.name, SupportAgent).on_conflict_do_nothing(), row)
    query = select(SupportAgent).where(_is(guild_id, user_id)).with_for_update()
    return _agent_of((await session.execute(query)).one())


async def write(session: WriteSession, guild_id: int, agent: Agent) -> None:
    """Keep what is set for somebody."""
    values = {"guild_id": guild_id, **vars(agent)}
    await session.execute(dialect.upsert(session.dialect.name, SupportAgent), values)


async def known(session: Session, guild_id: int) -> list[Agent]:
    """Everybody of a guild for whom something is set."""
    query = select(SupportAgent).where(SupportAgent.guild_id == guild_id).order_by(SupportAgent.user_id)
    return [_agent_of(row) for row in await session.execute(query)]


async def count_open(session: Session, guild_id: int, user_id: int) -> int:
    """How many tickets somebody has that are work for them."""
    query = select(func.count()).where(
        TicketRow.guild_id == guild_id,
        TicketRow.assignee_id == user_id,
        NOT_OVER,
        dialect.is_one_of(TicketRow.status, _AT_WORK),
    )
    return (await session.execute(query)).scalar_one()


async def open_by_agent(session: Session, guild_id: int) -> dict[int, int]:
    """How many tickets everybody has who has any."""
    query = (
        select(TicketRow.assignee_id, func.count().label("many"))
        .where(
            TicketRow.guild_id == guild_id,
            TicketRow.assignee_id.is_not(None),
            NOT_OVER,
            dialect.is_one_of(TicketRow.status, _AT_WORK),
        )
        .group_by(TicketRow.assignee_id)
    )
    return {row.assignee_id: row.many for row in await session.execute(query)}


async def free_slot(session: Session, guild_id: int, topic_id: int, opener_id: int) -> int:
    """The lowest slot of a topic that a member has not taken."""
    query = select(TicketRow.slot).where(
        TicketRow.guild_id == guild_id,
        TicketRow.topic_id == topic_id,
        TicketRow.opener_id == opener_id,
        NOT_OVER,
    )
    taken = set((await session.execute(query)).scalars())
    return next(slot for slot in range(1, len(taken) + 2) if slot not in taken)
