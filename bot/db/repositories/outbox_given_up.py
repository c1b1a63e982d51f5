"""Statements on messages of the outbox that were given up: telling of them, and sending them after all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update

from bot.db.models.outbox import OutboxMessage
from bot.db.sessions import Session, WriteSession
from bot.domain.outbox import Destination, GivenUp, MessageKind, MessageState


async def given_up(session: Session, guild_id: int, *, since: datetime, limit: int) -> tuple[GivenUp, ...]:
    """The destinations of a guild's messages that were given up, the latest first, of at most `limit` messages."""
    query = (
        select(OutboxMessage.target, OutboxMessage.target_id, OutboxMessage.error, OutboxMessage.settled_at)
        .where(_lost(guild_id, since))
        .order_by(OutboxMessage.settled_at.desc(), OutboxMessage.id.desc())
        .limit(limit)
    )
    found: dict[Destination, GivenUp] = {}
    for row in await session.execute(query):
        place = Destination(row.target, row.target_id)
        last = found.get(place) or GivenUp(place, 0, row.error or "", row.settled_at)
        found[place] = replace(last, count=last.count + 1)
    return tuple(found.values())


def _lost(guild_id: int, since: datetime) -> ColumnElement[bool]:
    return and_(
        OutboxMessage.guild_id == guild_id,
        OutboxMessage.state == MessageState.FAILED,
        OutboxMessage.kind == MessageKind.SEND,
        OutboxMessage.settled_at >= since,
    )


async def revive(
    session: WriteSession, guild_id: int, destination: Destination, *, since: datetime, now: datetime
) -> int:
    """Make what was given up for a destination due now, as if each were in doubt since it was queued; how many."""
    written = await session.execute(
        update(OutboxMessage)
        .where(
            _lost(guild_id, since),
            OutboxMessage.target == destination.target,
            OutboxMessage.target_id == destination.id,
        )
        .values(
            state=MessageState.PENDING,
            due_at=now,
            doubt_since=OutboxMessage.queued_at,
            queued_at=now,
            settled_at=None,
            attempts=0,
            error=None,
        )
        .returning(OutboxMessage.id)
    )
    return len(written.all())
