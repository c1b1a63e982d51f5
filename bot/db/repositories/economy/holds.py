"""Statements on holds. Whoever ends one does it by a guarded change of its row, so that it ends once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, select, tuple_, update

from bot.db import dialect
from bot.db.models.economy import LedgerEntry
from bot.db.models.shop import HoldRow
from bot.db.repositories.shards import served_by
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.db.types import Snowflake, UtcDateTime
from bot.domain.economy import SYSTEM, Pocket
from bot.domain.guilds import ShardRange
from bot.domain.holds import ClaimedHold, Hold, HoldState

_COLUMNS = (
    HoldRow.guild_id,
    HoldRow.id,
    HoldRow.holder,
    HoldRow.pocket,
    HoldRow.amount,
    HoldRow.purpose,
    HoldRow.reference,
    HoldRow.state,
    HoldRow.expires_at,
    HoldRow.attempts,
)
_PENDING = HoldRow.state == HoldState.PENDING


@cache
def _add(name: str) -> Any:
    return dialect.insert(name, HoldRow)


async def add(session: WriteSession, hold: Hold) -> None:
    """Write a new hold, due when it expires."""
    row = {
        "guild_id": hold.guild_id,
        "id": hold.id,
        "holder": hold.holder,
        "pocket": hold.pocket,
        "amount": hold.amount,
        "purpose": hold.purpose,
        "reference": hold.reference,
        "state": hold.state,
        "expires_at": hold.expires_at,
        "due_at": hold.expires_at,
        "attempts": 0,
    }
    await session.execute(_add(session.dialect.name), row)


_get = select(*_COLUMNS).where(
    HoldRow.guild_id == bindparam("guild_id", type_=Snowflake), HoldRow.id == bindparam("id", type_=Snowflake)
)


async def get(session: Session, guild_id: int, hold_id: int) -> Hold | None:
    """One hold."""
    row = (await session.execute(_get, {"guild_id": guild_id, "id": hold_id})).one_or_none()
    return None if row is None else Hold(*row)


_end = (
    update(HoldRow)
    .where(
        HoldRow.guild_id == bindparam("in_guild", type_=Snowflake),
        HoldRow.id == bindparam("of_id", type_=Snowflake),
        _PENDING,
    )
    .values(
        state=bindparam("to_state"),
        settled_at=bindparam("now", type_=UtcDateTime),
        due_at=None,
        lease_token=None,
    )
)


async def end(session: WriteSession, guild_id: int, hold_id: int, state: HoldState, *, now: datetime) -> bool:
    """End a pending hold, and lock its row; False if it is over, or was never there."""
    parameters = {"in_guild": guild_id, "of_id": hold_id, "to_state": state, "now": now}
    return (await session.execute(_end, parameters)).rowcount == 1


async def next_due(session: Session, shards: ShardRange, *, without: Collection[int] = ()) -> datetime | None:
    """When the next hold of these shards is to be looked into, but for those of the guilds `without`."""
    query = select(func.min(HoldRow.due_at)).where(HoldRow.due_at.is_not(None), _of(shards, without))
    return (await session.execute(query)).scalar_one()


def _of(shards: ShardRange, without: Collection[int]) -> ColumnElement[bool]:
    served = served_by(HoldRow.guild_id, shards)
    return and_(served, HoldRow.guild_id.not_in(sorted(without))) if without else served


async def lock_due(
    session: WriteSession, shards: ShardRange, *, now: datetime, limit: int, without: Collection[int] = ()
) -> list[tuple[int, int]]:
    """Up to `limit` holds past their time and not locked by another, those due longest first: guild and id."""
    due = (
        select(HoldRow.guild_id, HoldRow.id)
        .where(HoldRow.due_at <= now, _PENDING, _of(shards, without))
        .order_by(HoldRow.due_at, HoldRow.guild_id, HoldRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.guild_id, row.id) for row in await session.execute(due)]


async def claim_locked(
    session: WriteSession, pairs: Sequence[tuple[int, int]], *, lease_until: datetime, token: int
) -> list[ClaimedHold]:
    """Take these holds, which the transaction has locked."""
    if not pairs:
        return []
    statement = (
        update(HoldRow)
        .where(tuple_(HoldRow.guild_id, HoldRow.id).in_(sorted(pairs)))
        .values(due_at=lease_until, lease_token=token, attempts=HoldRow.attempts + 1)
        .returning(*_COLUMNS)
    )
    found = [Hold(*row) for row in await session.execute(statement)]
    return [ClaimedHold(hold, token) for hold in sorted(found, key=lambda one: (one.expires_at, one.guild_id, one.id))]


async def postpone(session: WriteSession, claimed: ClaimedHold, *, due_at: datetime) -> None:
    """Give a claimed hold back, to be looked into at that time; nothing if it is over or the claim was lost."""
    mine = and_(
        HoldRow.guild_id == claimed.hold.guild_id,
        HoldRow.id == claimed.hold.id,
        HoldRow.lease_token == claimed.token,
        _PENDING,
    )
    await session.execute(update(HoldRow).where(mine).values(due_at=due_at, lease_token=None))


async def escrow_difference(session: ReadSession, guild_id: int) -> int:
    """By how many coins escrow differs from what pending holds hold; 0 in a sound guild."""
    held = (
        select(func.coalesce(func.sum(HoldRow.amount), 0))
        .where(HoldRow.guild_id == guild_id, _PENDING)
        .scalar_subquery()
    )
    there = (
        select(func.coalesce(func.sum(LedgerEntry.amount), 0))
        .where(LedgerEntry.guild_id == guild_id, LedgerEntry.holder == SYSTEM, LedgerEntry.pocket == Pocket.ESCROW)
        .scalar_subquery()
    )
    return int((await session.execute(select(there - held))).scalar_one())
