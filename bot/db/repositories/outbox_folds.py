"""Statements on messages of the outbox that take further lines until somebody tries to send them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from bot.db.models.outbox import OutboxMessage
from bot.db.sessions import WriteSession
from bot.domain.outbox import MessageState, Payload


@dataclass(frozen=True)
class Fold:
    """A message of that key. `payload` is None when it takes no more lines."""

    id: int
    payload: Payload | None


async def lock(session: WriteSession, guild_id: int, key: str) -> Fold | None:
    """The message with a key, which nobody sends until the transaction ends; None: there is none."""
    query = select(OutboxMessage.id, OutboxMessage.payload, OutboxMessage.state, OutboxMessage.attempts).where(
        OutboxMessage.guild_id == guild_id, OutboxMessage.key == key
    )
    row = (await session.execute(query.with_for_update())).one_or_none()
    if row is None:
        return None
    is_untried = row.state is MessageState.PENDING and row.attempts == 0
    return Fold(row.id, Payload.from_json(row.payload) if is_untried else None)


async def write(session: WriteSession, guild_id: int, row_id: int, payload: Payload) -> None:
    """Let a message that is locked say something else."""
    await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.guild_id == guild_id, OutboxMessage.id == row_id)
        .values(payload=payload.to_json())
    )
