"""Statements on what came and went: in the ledger, and as it is kept by the hour."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from bot.db import dialect
from bot.db.models.core import Guild
from bot.db.models.economy import LedgerEntry, LedgerTransaction
from bot.db.models.flow_hours import FlowHour, FlowMarkRow
from bot.db.repositories.economy.report import Halves
from bot.db.repositories.shards import served_by
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.db.types import Snowflake
from bot.domain.economy import SYSTEM, Kind
from bot.domain.flow_hours import Edges, FlowMark, Sums
from bot.domain.guilds import ShardRange
from bot.domain.report import PUT_ASIDE
from bot.ids import HOUR

ByHour = Mapping[tuple[int, Kind, bool], int]
"""Coins by hour, kind, and whether they were made; where there are none, nothing."""

_GUILD = bindparam("guild_id", type_=Snowflake)
_SINCE, _UNTIL = bindparam("since", type_=Snowflake), bindparam("until", type_=Snowflake)
_LOW_BITS = 2**31 - 1

# In the ledger ----------------------------------------------------------------------------------------------

# Told by the system's sides: what leaves one of its accounts was made, what enters one is gone. They are found by the
# index on holder and transaction, whose ids are in the order of time.
_system = (
    LedgerEntry.guild_id == _GUILD,
    LedgerEntry.holder == SYSTEM,
    LedgerEntry.transaction_id >= _SINCE,
    LedgerEntry.transaction_id < _UNTIL,
)
_made = case((LedgerEntry.amount < 0, 1), else_=0).label("made")
_coins = Halves.of(func.abs(LedgerEntry.amount))
# Written out, since PostgreSQL would not know two parameters for the same expression.
_hour: ColumnElement[int] = LedgerEntry.__table__.c.transaction_id.op("/")(literal_column(str(HOUR))).label("hour")
_theirs = and_(LedgerTransaction.guild_id == LedgerEntry.guild_id, LedgerTransaction.id == LedgerEntry.transaction_id)
_moved = (
    select(LedgerTransaction.kind, _made, _coins.high, _coins.low)
    .select_from(LedgerEntry)
    .join(LedgerTransaction, _theirs)
    .where(*_system, LedgerEntry.pocket != PUT_ASIDE)
    .group_by(LedgerTransaction.kind, "made")
)
_moved_by_hour = _moved.add_columns(_hour).group_by("hour")


async def in_ledger(session: ReadSession, guild_id: int, since: int, until: int) -> Sums:
    """What movements with ids from `since` to before `until` made and took."""
    asked = {"guild_id": guild_id, "since": since, "until": until}
    rows = await session.execute(_moved, asked)
    return {(Kind(kind), bool(made)): Halves.whole(high, low) for kind, made, high, low in rows}


async def added_up(session: ReadSession, guild_id: int, first: int, last: int) -> ByHour:
    """What the movements of the hours from `first` to before `last` made and took."""
    asked = {"guild_id": guild_id, "since": first * HOUR, "until": last * HOUR}
    rows = await session.execute(_moved_by_hour, asked)
    return {(int(hour), Kind(kind), bool(made)): Halves.whole(high, low) for kind, made, high, low, hour in rows}


_one_after = (
    select(LedgerEntry.transaction_id)
    .where(*_system)
    .order_by(LedgerEntry.transaction_id)
    .limit(1)
    .offset(bindparam("count", type_=BigInteger))
)


async def one_after(session: ReadSession, guild_id: int, first: int, last: int, count: int) -> int | None:
    """The hour of the movement that comes after `count` others in the hours from `first` to before `last`, if any."""
    asked = {"guild_id": guild_id, "since": first * HOUR, "until": last * HOUR, "count": count}
    found = (await session.execute(_one_after, asked)).scalar_one_or_none()
    return None if found is None else found // HOUR


# What is kept -----------------------------------------------------------------------------------------------

_in_span = (
    FlowHour.guild_id == _GUILD,
    FlowHour.hour >= bindparam("first", type_=BigInteger),
    FlowHour.hour < bindparam("last", type_=BigInteger),
)
_kept = (
    select(FlowHour.kind, FlowHour.made, func.sum(FlowHour.high), func.sum(FlowHour.low))
    .where(*_in_span)
    .group_by(FlowHour.kind, FlowHour.made)
)
_kept_by_hour = select(FlowHour.hour, FlowHour.kind, FlowHour.made, FlowHour.high, FlowHour.low).where(*_in_span)


async def in_hours(session: ReadSession, guild_id: int, first: int, last: int) -> Sums:
    """What is kept of the hours from `first` to before `last`, together."""
    rows = await session.execute(_kept, {"guild_id": guild_id, "first": first, "last": last})
    return {(Kind(kind), bool(made)): Halves.whole(high, low) for kind, made, high, low in rows}


async def kept(session: ReadSession, guild_id: int, first: int, last: int) -> ByHour:
    """What is kept of the hours from `first` to before `last`, hour by hour."""
    rows = await session.execute(_kept_by_hour, {"guild_id": guild_id, "first": first, "last": last})
    return {(hour, Kind(kind), bool(made)): Halves.whole(high, low) for hour, kind, made, high, low in rows}


async def put(session: WriteSession, guild_id: int, first: int, last: int, found: ByHour) -> None:
    """Keep this of the hours from `first` to before `last`, instead of what was kept of them."""
    mine = (FlowHour.guild_id == guild_id, FlowHour.hour >= first, FlowHour.hour < last)
    await session.execute(delete(FlowHour).where(*mine))
    rows = [
        {"guild_id": guild_id, "hour": hour, "kind": kind, "made": made, "high": sum_ >> 31, "low": sum_ & _LOW_BITS}
        for (hour, kind, made), sum_ in sorted(found.items())
    ]
    if rows:
        await session.execute(insert(FlowHour), rows)


async def forget(session: WriteSession, guild_id: int, before: int) -> None:
    """Keep nothing of the hours before this one."""
    await session.execute(delete(FlowHour).where(FlowHour.guild_id == guild_id, FlowHour.hour < before))


# Up to when -------------------------------------------------------------------------------------------------

_mark = select(FlowMarkRow.kept_from, FlowMarkRow.kept_to).where(FlowMarkRow.guild_id == _GUILD)


async def mark_of(session: Session, guild_id: int) -> FlowMark | None:
    """Which hours of a guild are kept; None before the first."""
    row = (await session.execute(_mark, {"guild_id": guild_id})).one_or_none()
    return None if row is None else FlowMark(*row)


@cache
def _begin(name: str) -> Any:
    return dialect.insert(name, FlowMarkRow).on_conflict_do_nothing()


async def move_mark(session: WriteSession, guild_id: int, before: FlowMark | None, after: FlowMark) -> bool:
    """Write which hours are kept; False if that is not as it was `before` any more."""
    values = {"kept_from": after.kept_from, "kept_to": after.kept_to}
    if before is None:
        query = _begin(session.dialect.name)
        return bool((await session.execute(query, {"guild_id": guild_id, **values})).rowcount)
    same = (FlowMarkRow.kept_from == before.kept_from, FlowMarkRow.kept_to == before.kept_to)
    query = update(FlowMarkRow).where(FlowMarkRow.guild_id == guild_id, *same).values(values)
    return bool((await session.execute(query)).rowcount)


_settled = bindparam("settled", type_=BigInteger)
_newest = (
    select(LedgerEntry.transaction_id)
    .where(LedgerEntry.guild_id == Guild.id, LedgerEntry.holder == SYSTEM)
    .where(LedgerEntry.transaction_id < _settled * literal_column(str(HOUR)))
    .order_by(LedgerEntry.transaction_id.desc())
    .limit(1)
    .correlate(Guild)
    .scalar_subquery()
)


async def behind(session: Session, shards: ShardRange, edges: Edges) -> list[int]:
    """The guilds with movements in hours that are not kept, or that are kept too early; last those furthest behind.

    A look into an index for each guild.
    """
    from_there = func.coalesce(FlowMarkRow.kept_to, bindparam("oldest", type_=BigInteger))
    query = (
        select(Guild.id)
        .outerjoin(FlowMarkRow, FlowMarkRow.guild_id == Guild.id)
        .where(
            Guild.left_at.is_(None),
            served_by(Guild.id, shards),
            or_(FlowMarkRow.kept_to > _settled, _newest >= from_there * literal_column(str(HOUR))),
        )
        .order_by(from_there.desc(), Guild.id)
    )
    return list((await session.execute(query, {"settled": edges.settled, "oldest": edges.oldest})).scalars())
