"""Statements on locks and slowmodes of channels. Whoever decides about one locks its row first (`lock`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, update

from bot.db import dialect
from bot.db.models.locks import ChannelLockRow
from bot.db.repositories.shards import served_by
from bot.db.sessions import Session, WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.lock_checks import Kept
from bot.domain.locks import ChannelLock, Claimed, LockKind, LockState, Record, Wish

Key = tuple[int, int, LockKind]
"""Guild, channel and kind."""

_KEY = (ChannelLockRow.guild_id, ChannelLockRow.channel_id, ChannelLockRow.kind)
_LIVE = ChannelLockRow.state.not_in((LockState.ENDED, LockState.FAILED))
_COLUMNS = (*ChannelLockRow.__table__.c,)


def _lock(row: Any) -> ChannelLock:
    return ChannelLock(
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        kind=row.kind,
        state=row.state,
        version=row.version,
        wish=Wish.model_validate(row.wish),
        by_id=row.by_id,
        source=row.source,
        reason=row.reason,
        ended_by=row.ended_by,
        batch_id=row.batch_id,
        started_at=row.started_at,
        expires_at=row.expires_at,
        record=None if row.record is None else Record.model_validate(row.record),
        obstacle=row.obstacle,
        detail=row.detail,
        failed_since=row.failed_since,
    )


def values_of(lock: ChannelLock) -> dict[str, Any]:
    """All that a row says of a lock, but for its key."""
    return {
        "state": lock.state,
        "version": lock.version,
        "wish": lock.wish.model_dump(mode="json"),
        "record": None if lock.record is None else lock.record.model_dump(mode="json"),
        "by_id": lock.by_id,
        "ended_by": lock.ended_by,
        "source": lock.source,
        "reason": lock.reason,
        "batch_id": lock.batch_id,
        "started_at": lock.started_at,
        "expires_at": lock.expires_at,
        "obstacle": lock.obstacle,
        "detail": lock.detail,
        "failed_since": lock.failed_since,
    }


def _is(key: Key) -> ColumnElement[bool]:
    guild_id, channel_id, kind = key
    return and_(
        ChannelLockRow.guild_id == guild_id, ChannelLockRow.channel_id == channel_id, ChannelLockRow.kind == kind
    )


def _key(lock: ChannelLock) -> Key:
    return lock.guild_id, lock.channel_id, lock.kind


async def seed(session: WriteSession, lock: ChannelLock) -> None:
    """Have a row for a channel, over and with nothing in it, if there was none."""
    insert = dialect.insert(session.dialect.name, ChannelLockRow).on_conflict_do_nothing()
    row = {"guild_id": lock.guild_id, "channel_id": lock.channel_id, "kind": lock.kind, **values_of(lock)}
    await session.execute(insert, {**row, "due_at": None, "lease_token": None, "attempts": 0})


async def lock(session: WriteSession, key: Key, *, now: datetime) -> tuple[ChannelLock, bool] | None:
    """A channel's row, locked, and whether somebody is at it; None if there never was anything."""
    query = select(*_COLUMNS).where(_is(key)).with_for_update()
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    return _lock(row), row.lease_token is not None and row.due_at > now


async def find(session: Session, key: Key) -> ChannelLock | None:
    """A channel's row, over or not."""
    row = (await session.execute(select(*_COLUMNS).where(_is(key)))).one_or_none()
    return None if row is None else _lock(row)


async def live(session: Session, guild_id: int, kind: LockKind | None = None) -> list[ChannelLock]:
    """What is not over in a guild, by channel."""
    mine = [ChannelLockRow.guild_id == guild_id, _LIVE]
    if kind is not None:
        mine.append(ChannelLockRow.kind == kind)
    rows = await session.execute(select(*_COLUMNS).where(*mine).order_by(*_KEY))
    return [_lock(row) for row in rows]


async def live_in(session: Session, guild_id: int, channel_id: int) -> list[ChannelLock]:
    """What is not over in one channel."""
    here = and_(ChannelLockRow.guild_id == guild_id, ChannelLockRow.channel_id == channel_id, _LIVE)
    return [_lock(row) for row in await session.execute(select(*_COLUMNS).where(here))]


async def write(
    session: WriteSession, lock: ChannelLock, *, due_at: datetime | None, keeps_lease: bool = False
) -> None:
    """Write a row that the transaction has locked, due at that time; whoever is at it loses it unless it is kept."""
    more: Mapping[str, Any] = {} if keeps_lease else {"due_at": due_at, "lease_token": None, "attempts": 0}
    await session.execute(update(ChannelLockRow).where(_is(_key(lock))).values(**values_of(lock), **more))


async def kept(session: Session, guild_id: int) -> list[tuple[Key, Kept | None]]:
    """Every row of a guild with all that it says; None for one that can't be understood."""
    rows = await session.execute(select(*_COLUMNS).where(ChannelLockRow.guild_id == guild_id).order_by(*_KEY))
    return [((row.guild_id, row.channel_id, row.kind), _kept(row)) for row in rows]


def _kept(row: Any) -> Kept | None:
    try:
        return Kept(_lock(row), row.due_at, row.lease_token is not None, row.attempts)
    except ValidationError:
        return None


# For those who act ----------------------------------------------------------------------------------------


async def next_due(session: Session, shards: ShardRange) -> datetime | None:
    """When the next row of these shards is to be looked at."""
    served = served_by(ChannelLockRow.guild_id, shards)
    query = select(func.min(ChannelLockRow.due_at)).where(ChannelLockRow.due_at.is_not(None), served)
    return (await session.execute(query)).scalar_one()


async def lock_due(session: WriteSession, shards: ShardRange, *, now: datetime, limit: int) -> list[Key]:
    """Up to `limit` rows that are due and not locked by another, those due longest first."""
    due = (
        select(*_KEY)
        .where(ChannelLockRow.due_at <= now, served_by(ChannelLockRow.guild_id, shards))
        .order_by(ChannelLockRow.due_at, *_KEY)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.guild_id, row.channel_id, row.kind) for row in await session.execute(due)]


async def claim(
    session: WriteSession, keys: Sequence[Key], *, now: datetime, lease_until: datetime, token: int
) -> list[Claimed]:
    """Take these rows, due or not, but for those that somebody is at."""
    if not keys:
        return []
    free = or_(ChannelLockRow.lease_token.is_(None), ChannelLockRow.due_at <= now)
    statement = (
        update(ChannelLockRow)
        .where(tuple_(*_KEY).in_(sorted(keys)), free)
        .values(due_at=lease_until, lease_token=token, attempts=ChannelLockRow.attempts + 1)
        .returning(*_COLUMNS)
    )
    taken = [Claimed(_lock(row), token, row.attempts, now) for row in await session.execute(statement)]
    return sorted(taken, key=lambda one: _key(one.lock))


def _claimed(claimed: Claimed) -> ColumnElement[bool]:
    return and_(_is(_key(claimed.lock)), ChannelLockRow.lease_token == claimed.token)


async def lock_claim(session: WriteSession, claimed: Claimed) -> ChannelLock | None:
    """A claimed row as it stands, locked; None when the claim is lost."""
    row = (await session.execute(select(*_COLUMNS).where(_claimed(claimed)).with_for_update())).one_or_none()
    return None if row is None else _lock(row)


async def release(session: WriteSession, claimed: Claimed, *, due_at: datetime | None, failed: bool) -> None:
    """Give a claimed row back, due at that time. One that did not fail begins to count its tries anew."""
    attempts: dict[str, Any] = {} if failed else {"attempts": 0}
    values = {"lease_token": None, "due_at": due_at, **attempts}
    await session.execute(update(ChannelLockRow).where(_claimed(claimed)).values(values))
