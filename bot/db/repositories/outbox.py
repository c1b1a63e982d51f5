"""Statements on the outbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, tuple_, update

from bot.db import dialect
from bot.db.base import aliased
from bot.db.models.outbox import OutboxMessage
from bot.db.repositories.shards import served_by
from bot.db.sessions import Session, WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.outbox import (
    MAX_CONTENT,
    MAX_REASON,
    Claimed,
    Destination,
    MessageKind,
    MessageState,
    Payload,
    Place,
    Target,
    edit_interval,
)

SAID: Mapping[str, Any] = {}
"""In place of what a message says, once nobody will say it again."""

_OPEN = (MessageState.PENDING, MessageState.SENDING)

CLAIMED = (
    OutboxMessage.guild_id,
    OutboxMessage.id,
    OutboxMessage.key,
    OutboxMessage.kind,
    OutboxMessage.target,
    OutboxMessage.target_id,
    OutboxMessage.message_id,
    OutboxMessage.payload,
    OutboxMessage.version,
    OutboxMessage.attempts,
    OutboxMessage.queued_at,
    OutboxMessage.doubt_since,
)
"""What a claim is made of."""


@dataclass(frozen=True)
class NewMessage:
    """A row to be."""

    id: int
    key: str
    kind: MessageKind
    destination: Destination
    payload: Payload
    at: datetime
    message_id: int | None = None
    fallback_id: int | None = None
    due_at: datetime | None = None
    """Not before then; None: at once."""


@dataclass(frozen=True)
class StoredMessage:
    """How far a message is."""

    id: int
    state: MessageState
    destination: Destination
    place: Place | None
    attempts: int
    version: int
    settled_at: datetime | None
    error: str | None


@dataclass(frozen=True)
class OutboxDepth:
    """What is owed: messages in all, and those whose time has come, be they under way or not."""

    waiting: int
    due: int


async def add(session: WriteSession, guild_id: int, new: NewMessage) -> bool:
    """Write a message; False if its key is taken (waits for another transaction that takes it)."""
    row: Mapping[str, Any] = {
        "guild_id": guild_id,
        "id": new.id,
        "key": new.key,
        "kind": new.kind,
        "state": MessageState.PENDING,
        "target": new.destination.target,
        "target_id": new.destination.id,
        "fallback_id": new.fallback_id,
        "payload": new.payload.to_json(),
        "version": 1,
        "attempts": 0,
        "queued_at": new.at,
        "due_at": new.due_at or new.at,
        "message_id": new.message_id,
    }
    statement = dialect.insert(session.dialect.name, OutboxMessage).on_conflict_do_nothing(
        index_elements=["guild_id", "key"]
    )
    return (await session.execute(statement.returning(OutboxMessage.id), row)).first() is not None


async def by_key(session: Session, guild_id: int, key: str, *, lock: bool = False) -> StoredMessage | None:
    """The message with a key; with `lock` nobody else changes it until the transaction ends."""
    query = select(OutboxMessage).where(OutboxMessage.guild_id == guild_id, OutboxMessage.key == key)
    row: Any = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        return None
    known = row.state is MessageState.SENT or row.kind is MessageKind.EDIT
    return StoredMessage(
        id=row.id,
        state=row.state,
        destination=Destination(row.target, row.target_id),
        place=Place(row.channel_id or row.target_id, row.message_id) if known else None,
        attempts=row.attempts,
        version=row.version,
        settled_at=row.settled_at,
        error=row.error,
    )


async def append(session: WriteSession, guild_id: int, destination: Destination, *, topic: str, line: str) -> bool:
    """Add a line to the newest message of a topic that nobody has tried to send yet; False if there is none with room.

    One that another transaction is at is left to it: waiting for each other would be worse than two messages.
    """
    query = (
        select(OutboxMessage.id, OutboxMessage.payload)
        .where(
            OutboxMessage.guild_id == guild_id,
            OutboxMessage.target == destination.target,
            OutboxMessage.target_id == destination.id,
            OutboxMessage.kind == MessageKind.SEND,
            OutboxMessage.state == MessageState.PENDING,
            OutboxMessage.attempts == 0,
            OutboxMessage.key.startswith(f"{topic}:", autoescape=True),
        )
        .order_by(OutboxMessage.id.desc())
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return False
    payload = Payload.from_json(row.payload)
    content = f"{payload.content}\n{line}"
    if len(content) > MAX_CONTENT:
        return False
    await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.guild_id == guild_id, OutboxMessage.id == row.id)
        .values(payload=replace(payload, content=content).to_json())
    )
    return True


async def put_content(
    session: WriteSession, guild_id: int, message_id: int, stored: StoredMessage, payload: Payload, *, now: datetime
) -> None:
    """Give an edit newer content. One that somebody is at goes out once more after them."""
    values: dict[str, Any] = {"payload": payload.to_json(), "version": stored.version + 1, "queued_at": now}
    if stored.settled_at is not None:
        due_at = max(now, stored.settled_at + edit_interval(message_id, now))
        values |= {"state": MessageState.PENDING, "settled_at": None, "attempts": 0, "error": None, "due_at": due_at}
    await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.guild_id == guild_id, OutboxMessage.id == stored.id)
        .values(message_id=message_id, **values)
    )


def _claimable(shards: ShardRange, without: Collection[int]) -> ColumnElement[bool]:
    """Still open, of these shards but not these guilds, and the oldest of its destination. An edit waits for nobody."""
    older = aliased(OutboxMessage)
    first = ~exists().where(
        older.guild_id == OutboxMessage.guild_id,
        older.target == OutboxMessage.target,
        older.target_id == OutboxMessage.target_id,
        older.id < OutboxMessage.id,
        older.kind == MessageKind.SEND,
        dialect.is_one_of(older.state, _OPEN),
    )
    return and_(
        dialect.is_one_of(OutboxMessage.state, _OPEN),
        served_by(OutboxMessage.guild_id, shards),
        *([OutboxMessage.guild_id.not_in(sorted(without))] if without else []),
        or_(OutboxMessage.kind == MessageKind.EDIT, first),
    )


async def next_due(session: Session, shards: ShardRange, *, without: Collection[int] = ()) -> datetime | None:
    """When the next message of these shards may be tried, but for those of the guilds `without`."""
    query = select(func.min(OutboxMessage.due_at)).where(_claimable(shards, without))
    return (await session.execute(query)).scalar_one()


async def depth(session: Session, shards: ShardRange, *, now: datetime) -> OutboxDepth:
    """How much of these shards is still open, and how much of it is due."""
    due = func.count().filter(OutboxMessage.due_at <= now)
    is_open = dialect.is_one_of(OutboxMessage.state, _OPEN)
    query = select(func.count(), due).where(is_open, served_by(OutboxMessage.guild_id, shards))
    waiting, ready = (await session.execute(query)).one()
    return OutboxDepth(waiting, ready)


async def lock_due(
    session: WriteSession, shards: ShardRange, *, now: datetime, limit: int, without: Collection[int] = ()
) -> list[tuple[int, int]]:
    """Up to `limit` messages that are due, by guild and id, those due longest first; to be sent one a destination."""
    due = (
        select(OutboxMessage.guild_id, OutboxMessage.id)
        .where(OutboxMessage.due_at <= now, _claimable(shards, without))
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=OutboxMessage)
    )
    return [(row.guild_id, row.id) for row in await session.execute(due)]


async def claim_locked(
    session: WriteSession, pairs: Sequence[tuple[int, int]], *, now: datetime, lease_until: datetime, token: int
) -> list[Claimed]:
    """Take these messages, which the transaction has locked; oldest first."""
    if not pairs:
        return []
    statement = (
        update(OutboxMessage)
        .where(tuple_(OutboxMessage.guild_id, OutboxMessage.id).in_(sorted(pairs)))
        .values(
            state=MessageState.SENDING,
            due_at=lease_until,
            lease_token=token,
            attempts=OutboxMessage.attempts + 1,
            doubt_since=func.coalesce(OutboxMessage.doubt_since, now),
        )
        .returning(*CLAIMED)
    )
    rows = (await session.execute(statement)).all()
    return sorted((claimed_of(row, token, now) for row in rows), key=lambda claimed: claimed.id)


def claimed_of(row: Any, token: int, now: datetime) -> Claimed:
    """A row that was claimed just now."""
    return Claimed(
        guild_id=row.guild_id,
        id=row.id,
        token=token,
        kind=row.kind,
        destination=Destination(row.target, row.target_id),
        message_id=row.message_id,
        payload=Payload.from_json(row.payload),
        version=row.version,
        attempts=row.attempts,
        queued_at=row.queued_at,
        # The statement set it to `now` if there was no doubt before this try.
        doubt_since=None if row.doubt_since == now else row.doubt_since,
        claimed_at=now,
        key=row.key,
    )


async def _settle(session: WriteSession, claimed: Claimed, values: Mapping[str, Any]) -> bool:
    """Write the outcome of a try, unless the claim was lost meanwhile."""
    written = await session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.guild_id == claimed.guild_id,
            OutboxMessage.id == claimed.id,
            OutboxMessage.state == MessageState.SENDING,
            OutboxMessage.lease_token == claimed.token,
        )
        .values(lease_token=None, **values)
        .returning(OutboxMessage.id)
    )
    return written.first() is not None


async def mark_sent(
    session: WriteSession, claimed: Claimed, place: Place, *, now: datetime, again_at: datetime
) -> bool:
    """Discord has it, and what it says is forgotten here.

    An edit whose content became newer meanwhile is due again at `again_at`, and keeps that.
    """
    done = OutboxMessage.version == claimed.version
    values = {
        "state": case((done, MessageState.SENT.value), else_=MessageState.PENDING.value),
        "settled_at": case((done, now), else_=None),
        "due_at": case((done, OutboxMessage.due_at), else_=again_at),
        "attempts": case((done, OutboxMessage.attempts), else_=0),
        "payload": case((done, literal(SAID, OutboxMessage.payload.type)), else_=OutboxMessage.payload),
        "channel_id": place.channel_id,
        "message_id": place.message_id,
        "doubt_since": None,
        "error": None,
    }
    return await _settle(session, claimed, values)


async def mark_failed(session: WriteSession, claimed: Claimed, reason: str, *, now: datetime) -> bool:
    """It will not be tried again."""
    values = {"state": MessageState.FAILED, "settled_at": now, "doubt_since": None, "error": reason[:MAX_REASON]}
    return await _settle(session, claimed, values)


async def mark_waiting(
    session: WriteSession, claimed: Claimed, reason: str, *, due_at: datetime, doubt_since: datetime | None
) -> bool:
    """It is tried again later."""
    values = {"state": MessageState.PENDING, "due_at": due_at, "doubt_since": doubt_since, "error": reason[:MAX_REASON]}
    return await _settle(session, claimed, values)


async def redirect(session: WriteSession, claimed: Claimed, reason: str, *, now: datetime) -> bool:
    """Send it to its fallback channel instead, now; False if it has none."""
    fallback = select(OutboxMessage.fallback_id).where(
        OutboxMessage.guild_id == claimed.guild_id, OutboxMessage.id == claimed.id
    )
    channel_id = (await session.execute(fallback)).scalar_one_or_none()
    if channel_id is None:
        return False
    values = {
        "state": MessageState.PENDING,
        "target": Target.CHANNEL,
        "target_id": channel_id,
        "fallback_id": None,
        "due_at": now,
        "attempts": 0,
        "doubt_since": None,
        "error": reason[:MAX_REASON],
    }
    return await _settle(session, claimed, values)


async def known_ids(session: Session, guild_id: int | None, message_ids: Collection[int]) -> frozenset[int]:
    """Those of the messages that rows of a guild's outbox have become; of any guild's without one."""
    query = select(OutboxMessage.message_id).where(
        OutboxMessage.kind == MessageKind.SEND, OutboxMessage.message_id.in_(sorted(message_ids))
    )
    if guild_id is not None:
        query = query.where(OutboxMessage.guild_id == guild_id)
    return frozenset(found for found in (await session.execute(query)).scalars() if found is not None)
