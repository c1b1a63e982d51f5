"""Statements that forget messages of the outbox: first what they say, later that they were."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, literal, select, tuple_, update

from bot.db.models.outbox import OutboxMessage
from bot.db.repositories.outbox import SAID
from bot.db.sessions import WriteSession


async def forget_words(session: WriteSession, *, before: datetime, limit: int) -> int:
    """Forget what up to `limit` messages say that were sent or given up before that time; how many."""
    old = (
        select(OutboxMessage.guild_id, OutboxMessage.id)
        .where(OutboxMessage.settled_at < before, OutboxMessage.payload != literal(SAID, OutboxMessage.payload.type))
        .order_by(OutboxMessage.settled_at)
        .limit(limit)
    )
    gone = await session.execute(
        update(OutboxMessage)
        .where(
            tuple_(OutboxMessage.guild_id, OutboxMessage.id).in_(old),
            OutboxMessage.settled_at < before,  # again: it may have been owed anew while this waited for its row
        )
        .values(payload=SAID)
        .returning(OutboxMessage.id)
    )
    return len(gone.all())


async def prune(session: WriteSession, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` messages that were sent or given up before that time; how many."""
    old = (
        select(OutboxMessage.guild_id, OutboxMessage.id)
        .where(OutboxMessage.settled_at < before)
        .order_by(OutboxMessage.settled_at)
        .limit(limit)
    )
    gone = await session.execute(
        delete(OutboxMessage)
        .where(tuple_(OutboxMessage.guild_id, OutboxMessage.id).in_(old))
        .returning(OutboxMessage.id)
    )
    return len(gone.all())
