"""Statements on those who may open no tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from bot.db import dialect
from bot.db.models.tickets import TicketBlock
from bot.db.sessions import Session, WriteSession
from bot.domain.ticket_topics import Block

_COLUMNS = (TicketBlock.user_id, TicketBlock.reason, TicketBlock.by_id, TicketBlock.expires_at)


def _holds(guild_id: int, now: datetime) -> ColumnElement[bool]:
    return and_(TicketBlock.guild_id == guild_id, or_(TicketBlock.expires_at.is_(None), TicketBlock.expires_at > now))


def _block(row: Any) -> Block:
    return Block(row.user_id, row.reason, row.by_id, row.expires_at)


async def find(session: Session, guild_id: int, user_id: int, *, now: datetime) -> Block | None:
    """What keeps somebody from opening tickets now."""
    query = select(*_COLUMNS).where(_holds(guild_id, now), TicketBlock.user_id == user_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _block(row)


async def newest(session: Session, guild_id: int, *, now: datetime, limit: int) -> list[Block]:
    """Up to `limit` of those that hold, those set last first."""
    query = select(*_COLUMNS).where(_holds(guild_id, now))
    query = query.order_by(TicketBlock.updated_at.desc(), TicketBlock.user_id).limit(limit)
    return [_block(row) for row in await session.execute(query)]


async def count(session: Session, guild_id: int, *, now: datetime) -> int:
    """How many hold."""
    query = select(func.count()).select_from(TicketBlock).where(_holds(guild_id, now))
    return (await session.execute(query)).scalar_one()


async def put(session: WriteSession, guild_id: int, block: Block) -> None:
    """Write a block, in place of the one of the same person."""
    await session.execute(dialect.upsert(session.dialect.name, TicketBlock), {"guild_id": guild_id, **vars(block)})


async def drop(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Delete somebody's block."""
    mine = and_(TicketBlock.guild_id == guild_id, TicketBlock.user_id == user_id)
    await session.execute(delete(TicketBlock).where(mine))


async def prune(session: WriteSession, *, now: datetime) -> int:
    """Delete those that are over; how many."""
    return (await session.execute(delete(TicketBlock).where(TicketBlock.expires_at <= now))).rowcount
