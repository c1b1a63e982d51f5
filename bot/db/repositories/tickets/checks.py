"""Statements that look whether tickets hold what they promise; they change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, exists, func, select

from bot.db.models.case_file import Blob
from bot.db.models.moderation import GuildCounter
from bot.db.models.tickets import (
    TicketAnswer,
    TicketEventRow,
    TicketFileRow,
    TicketMessage,
    TicketParticipant,
    TicketRow,
    TicketTarget,
)
from bot.db.sessions import Session
from bot.domain.tickets import COUNTER, Status

_LIVE = (Status.OPEN, Status.CLAIMED, Status.IN_PROGRESS, Status.WAITING, Status.ON_HOLD, Status.RESOLVED)
_OF_TICKETS = (TicketAnswer, TicketEventRow, TicketFileRow, TicketMessage, TicketParticipant, TicketTarget)


async def without_channel(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Tickets that people are said to work on, and that are nowhere on Discord."""
    lost = and_(TicketRow.guild_id == guild_id, TicketRow.status.in_(_LIVE), TicketRow.channel_id.is_(None))
    return (
        (await session.execute(select(TicketRow.number).where(lost).order_by(TicketRow.number).limit(most)))
        .scalars()
        .all()
    )


async def beyond_counter(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Tickets with a number that was not given yet."""
    given = (
        select(GuildCounter.value)
        .where(GuildCounter.guild_id == guild_id, GuildCounter.name == COUNTER)
        .scalar_subquery()
    )
    odd = and_(TicketRow.guild_id == guild_id, TicketRow.number > func.coalesce(given, 0))
    return (
        (await session.execute(select(TicketRow.number).where(odd).order_by(TicketRow.number).limit(most)))
        .scalars()
        .all()
    )


async def orphans(session: Session, guild_id: int, most: int) -> list[tuple[str, int]]:
    """Rows about tickets that there are not: table and number."""
    found: list[tuple[str, int]] = []
    for model in _OF_TICKETS:
        table: Any = model
        theirs = exists().where(TicketRow.guild_id == guild_id, TicketRow.number == table.number)
        query = select(table.number).where(table.guild_id == guild_id, ~theirs).distinct().limit(most)
        found += [(table.__tablename__, number) for number in (await session.execute(query)).scalars()]
    return found


async def torn_histories(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Tickets whose history has a gap, or begins late."""
    table = TicketEventRow
    query = (
        select(table.number)
        .where(table.guild_id == guild_id)
        .group_by(table.number)
        .having(func.max(table.seq) != func.count())
        .limit(most)
    )
    return (await session.execute(query)).scalars().all()


async def lost_files(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Tickets with a file that is said to be kept, and of which no blob is known."""
    known = exists().where(Blob.digest == TicketFileRow.digest)
    lost = and_(TicketFileRow.guild_id == guild_id, TicketFileRow.digest.is_not(None), ~known)
    return (await session.execute(select(TicketFileRow.number).where(lost).distinct().limit(most))).scalars().all()
