"""Statements on one message of the outbox, for those who wait for it or think better of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, update

from bot.db.models.outbox import OutboxMessage
from bot.db.repositories.outbox import CLAIMED, SAID, claimed_of
from bot.db.sessions import WriteSession
from bot.domain.outbox import Claimed, MessageKind, MessageState, Payload

_OPEN = (MessageState.PENDING, MessageState.SENDING)


async def claim_key(
    session: WriteSession, guild_id: int, key: str, *, now: datetime, lease_until: datetime, token: int
) -> Claimed | None:
    """Take the message with a key that is due; None if it is not, or somebody is at it."""
    statement = (
        update(OutboxMessage)
        .where(
            OutboxMessage.guild_id == guild_id,
            OutboxMessage.key == key,
            OutboxMessage.state.in_(_OPEN),
            OutboxMessage.due_at <= now,
        )
        .values(
            state=MessageState.SENDING,
            due_at=lease_until,
            lease_token=token,
            attempts=OutboxMessage.attempts + 1,
            doubt_since=func.coalesce(OutboxMessage.doubt_since, now),
        )
        .returning(*CLAIMED)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else claimed_of(row, token, now)


def _untried(guild_id: int, key: str) -> ColumnElement[bool]:
    """A message to be sent of which nothing can have arrived yet."""
    return and_(
        OutboxMessage.guild_id == guild_id,
        OutboxMessage.key == key,
        OutboxMessage.kind == MessageKind.SEND,
        OutboxMessage.state == MessageState.PENDING,
        OutboxMessage.doubt_since.is_(None),
    )


async def rewrite(session: WriteSession, guild_id: int, key: str, payload: Payload) -> bool:
    """Let a message say something else that nobody can have read yet; False if somebody may have."""
    statement = update(OutboxMessage).where(_untried(guild_id, key)).values(payload=payload.to_json())
    return (await session.execute(statement.returning(OutboxMessage.id))).first() is not None


async def withdraw(session: WriteSession, guild_id: int, key: str, *, now: datetime) -> bool:
    """Owe a message no longer that nobody can have read yet; False if somebody may have."""
    values: dict[str, Any] = {"state": MessageState.FAILED, "settled_at": now, "payload": SAID, "error": "withdrawn"}
    statement = update(OutboxMessage).where(_untried(guild_id, key)).values(**values)
    return (await session.execute(statement.returning(OutboxMessage.id))).first() is not None
