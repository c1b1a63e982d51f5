"""Statements on what members own, and on how it came and went."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
    or_,
    select,
    tuple_,
    update,
)

from bot.db import dialect
from bot.db.models.shop import InventoryItem, ItemMove, PurchaseRow, ShopItem
from bot.db.repositories.shards import served_by
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.db.types import Snowflake
from bot.domain.guilds import ShardRange
from bot.domain.inventory import Lot, MoveKind, Stack
from bot.domain.paging import NEWEST, OLDEST, Cursor
from bot.domain.purchases import PurchaseState
from bot.domain.ranks import Worn
from bot.domain.shop import ItemKind

_COLUMNS = (
    InventoryItem.user_id,
    InventoryItem.item_id,
    InventoryItem.lot,
    InventoryItem.quantity,
    InventoryItem.expires_at,
    InventoryItem.equipped,
)
_NAME: ColumnElement[str] = ShopItem.__table__.c.search_name
_MINE = (
    InventoryItem.guild_id == bindparam("guild_id", type_=Snowflake),
    InventoryItem.user_id == bindparam("user_id", type_=Snowflake),
)


@dataclass(frozen=True)
class Move:
    """A row for ``item_moves``."""

    id: int
    key: str
    kind: MoveKind
    user_id: int
    item_id: int
    lot: int
    quantity: int
    """Copies that came; below zero, that went."""
    at: datetime
    other_id: int | None = None
    """Who gave them, or got them."""


@cache
def _add_move(name: str) -> Any:
    statement = dialect.insert(name, ItemMove)
    return statement.on_conflict_do_nothing(index_elements=["guild_id", "key"]).returning(ItemMove.id)


async def add_move(session: WriteSession, guild_id: int, move: Move) -> bool:
    """Write down that copies came or went; False if its key is taken (waits for another that takes it)."""
    row = {
        "guild_id": guild_id,
        "id": move.id,
        "key": move.key,
        "kind": move.kind,
        "user_id": move.user_id,
        "item_id": move.item_id,
        "lot": move.lot,
        "quantity": move.quantity,
        "other_id": move.other_id,
        "at": move.at,
    }
    return (await session.execute(_add_move(session.dialect.name), row)).first() is not None


async def moves_under(session: Session, guild_id: int, keys: Collection[str]) -> list[Move]:
    """The moves that were written under these keys."""
    columns = (
        ItemMove.id,
        ItemMove.key,
        ItemMove.kind,
        ItemMove.user_id,
        ItemMove.item_id,
        ItemMove.lot,
        ItemMove.quantity,
        ItemMove.at,
        ItemMove.other_id,
    )
    query = select(*columns).where(ItemMove.guild_id == guild_id, ItemMove.key.in_(sorted(keys))).order_by(ItemMove.id)
    return [Move(*row) for row in await session.execute(query)]


@cache
def _give(name: str) -> Any:
    statement = dialect.insert(name, InventoryItem)
    sum_: ColumnElement[Any] = InventoryItem.quantity + statement.excluded.quantity
    return dialect.upsert(name, InventoryItem, keep=["expires_at", "equipped"], changes={"quantity": sum_})


async def give(session: WriteSession, guild_id: int, lot: Lot) -> None:
    """Add copies to somebody's lot, whose row is locked until the transaction ends."""
    row = {
        "guild_id": guild_id,
        "user_id": lot.user_id,
        "item_id": lot.item_id,
        "lot": lot.lot,
        "quantity": lot.quantity,
        "expires_at": lot.expires_at,
        "equipped": None,
    }
    await session.execute(_give(session.dialect.name), row)


_of_item_locked = (
    select(*_COLUMNS)
    .where(
        InventoryItem.guild_id == bindparam("guild_id", type_=Snowflake),
        InventoryItem.user_id.in_(bindparam("user_ids", type_=Snowflake, expanding=True)),
        InventoryItem.item_id == bindparam("item_id", type_=Snowflake),
    )
    .order_by(InventoryItem.user_id, InventoryItem.lot)
    .with_for_update()
)
_all_locked = select(*_COLUMNS).where(*_MINE).order_by(InventoryItem.item_id, InventoryItem.lot).with_for_update()


async def lock(session: WriteSession, guild_id: int, user_ids: Collection[int], item_id: int) -> list[Lot]:
    """The copies of one thing that these members own; nobody else changes them until the transaction ends."""
    parameters = {"guild_id": guild_id, "user_ids": sorted(user_ids), "item_id": item_id}
    return [Lot(*row) for row in await session.execute(_of_item_locked, parameters)]


async def lock_all(session: WriteSession, guild_id: int, user_id: int) -> list[Lot]:
    """Everything that somebody owns, whose rows nobody else changes until the transaction ends."""
    return [Lot(*row) for row in await session.execute(_all_locked, {"guild_id": guild_id, "user_id": user_id})]


def _at(guild_id: int, lot: Lot) -> ColumnElement[bool]:
    return and_(
        InventoryItem.guild_id == guild_id,
        InventoryItem.user_id == lot.user_id,
        InventoryItem.item_id == lot.item_id,
        InventoryItem.lot == lot.lot,
    )


async def take(session: WriteSession, guild_id: int, lot: Lot, quantity: int) -> bool:
    """Take copies out of a lot, and the lot away with its last; False if it has fewer."""
    last = delete(InventoryItem).where(_at(guild_id, lot), InventoryItem.quantity == quantity)
    if (await session.execute(last)).rowcount:
        return True
    left = update(InventoryItem).where(_at(guild_id, lot), InventoryItem.quantity > quantity)
    return bool((await session.execute(left.values(quantity=InventoryItem.quantity - quantity))).rowcount)


async def wear(session: WriteSession, guild_id: int, lot: Lot, kind: ItemKind | None) -> None:
    """Have a lot worn as that kind, or not at all."""
    await session.execute(update(InventoryItem).where(_at(guild_id, lot)).values(equipped=kind))


async def of_member(session: Session, guild_id: int, user_id: int, *, now: datetime) -> list[Lot]:
    """Everything that somebody owns and that has not expired."""
    query = select(*_COLUMNS).where(*_MINE, _there(now)).order_by(InventoryItem.item_id, InventoryItem.lot)
    return [Lot(*row) for row in await session.execute(query, {"guild_id": guild_id, "user_id": user_id})]


async def stacks(
    session: Session,
    guild_id: int,
    user_id: int,
    cursor: Cursor,
    *,
    now: datetime,
    count: int,
) -> Sequence[Stack]:
    """Up to `count` of the things that somebody owns beyond the one that the cursor names, in the order of names.

    Found by keyset. The one it names may be gone meanwhile; its name still says where it stood.
    """
    query = _stacked(now)
    if cursor not in {NEWEST, OLDEST}:
        edge = select(_NAME).where(ShopItem.guild_id == guild_id, ShopItem.id == cursor.edge)
        there = edge.correlate(None).scalar_subquery()
        beyond = there > _NAME if cursor.newer else there < _NAME
        beside = ShopItem.id < cursor.edge if cursor.newer else ShopItem.id > cursor.edge
        query = query.where(or_(beyond, and_(there == _NAME, beside)))
    order = (_NAME.desc(), ShopItem.id.desc()) if cursor.newer else (_NAME.asc(), ShopItem.id.asc())
    rows = await session.execute(query.order_by(*order).limit(count), {"guild_id": guild_id, "user_id": user_id})
    found = [_stack(row) for row in rows]
    return found[::-1] if cursor.newer else found


async def beginning(
    session: Session, guild_id: int, user_id: int, text: str, *, now: datetime, count: int
) -> Sequence[Stack]:
    """Up to `count` of the things that somebody owns and whose (folded) name begins so, in the order of names."""
    query = _stacked(now).where(dialect.starts_with(session.dialect.name, _NAME, "text"))
    parameters = {"guild_id": guild_id, "user_id": user_id, **dialect.prefix("text", text)}
    return [_stack(row) for row in await session.execute(query.order_by(_NAME, ShopItem.id).limit(count), parameters)]


async def stack(session: Session, guild_id: int, user_id: int, item_id: int, *, now: datetime) -> Stack | None:
    """What somebody owns of one thing."""
    query = _stacked(now).where(ShopItem.id == item_id)
    row = (await session.execute(query, {"guild_id": guild_id, "user_id": user_id})).one_or_none()
    return None if row is None else _stack(row)


def _stacked(now: datetime) -> Any:
    lasts = InventoryItem.expires_at.is_(None)
    columns = (
        ShopItem.id,
        func.sum(InventoryItem.quantity),
        func.sum(case((lasts, InventoryItem.quantity), else_=0)),
        func.min(InventoryItem.expires_at),
        func.max(case((InventoryItem.equipped.is_(None), 0), else_=1)),
    )
    here = and_(ShopItem.guild_id == InventoryItem.guild_id, ShopItem.id == InventoryItem.item_id)
    return select(*columns).join(ShopItem, here).where(*_MINE, _there(now)).group_by(ShopItem.id, _NAME)


def _stack(row: Any) -> Stack:
    item_id, quantity, lasting, ends_at, worn = row
    return Stack(item_id, int(quantity), int(lasting), ends_at, bool(worn))


async def counts(
    session: Session, guild_id: int, user_id: int, item_ids: Collection[int], *, now: datetime
) -> Mapping[int, int]:
    """How many copies somebody owns of each of these things; those of which there is none are left out."""
    if not item_ids:
        return {}
    query = (
        select(InventoryItem.item_id, func.sum(InventoryItem.quantity))
        .where(*_MINE, InventoryItem.item_id.in_(sorted(item_ids)), _there(now))
        .group_by(InventoryItem.item_id)
    )
    rows = await session.execute(query, {"guild_id": guild_id, "user_id": user_id})
    return {item_id: int(total) for item_id, total in rows}


async def owners(session: Session, guild_id: int, item_id: int) -> tuple[int, int]:
    """How many copies of a thing members own, and how many members."""
    query = select(
        func.coalesce(func.sum(InventoryItem.quantity), 0), func.count(InventoryItem.user_id.distinct())
    ).where(InventoryItem.guild_id == guild_id, InventoryItem.item_id == item_id)
    copies, members = (await session.execute(query)).one()
    return int(copies), int(members)


def _there(now: datetime) -> ColumnElement[bool]:
    return or_(InventoryItem.expires_at.is_(None), InventoryItem.expires_at > now)


async def next_expiry(session: Session, shards: ShardRange) -> datetime | None:
    """When the next copies of these shards expire."""
    query = select(func.min(InventoryItem.expires_at)).where(
        InventoryItem.expires_at.is_not(None), served_by(InventoryItem.guild_id, shards)
    )
    return (await session.execute(query)).scalar_one()


async def take_expired(
    session: WriteSession, shards: ShardRange, *, now: datetime, limit: int
) -> list[tuple[int, Lot]]:
    """Take up to `limit` lots away that have expired; each with its guild."""
    due = (
        select(InventoryItem.guild_id, InventoryItem.user_id, InventoryItem.item_id, InventoryItem.lot)
        .where(InventoryItem.expires_at <= now, served_by(InventoryItem.guild_id, shards))
        .order_by(InventoryItem.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = [tuple(row) for row in await session.execute(due)]
    if not keys:
        return []
    columns = (InventoryItem.guild_id, InventoryItem.user_id, InventoryItem.item_id, InventoryItem.lot)
    gone = delete(InventoryItem).where(tuple_(*columns).in_(keys)).returning(InventoryItem.guild_id, *_COLUMNS)
    return [(row[0], Lot(*row[1:])) for row in await session.execute(gone)]


# What must be true ------------------------------------------------------------------------------------------


async def unexplained(session: ReadSession, guild_id: int, most: int) -> Sequence[tuple[int, int]]:
    """Up to `most` members and things of which they own more or less than their moves say."""
    keys = ("user_id", "item_id", "lot")
    owned = select(*(InventoryItem.__table__.c[name] for name in keys), InventoryItem.quantity.label("quantity")).where(
        InventoryItem.guild_id == guild_id
    )
    moved = select(*(ItemMove.__table__.c[name] for name in keys), (-ItemMove.quantity).label("quantity")).where(
        ItemMove.guild_id == guild_id
    )
    both = owned.union_all(moved).subquery()
    found = (
        select(both.c.user_id, both.c.item_id)
        .group_by(both.c.user_id, both.c.item_id, both.c.lot)
        .having(func.sum(both.c.quantity) != 0)
        .order_by(both.c.user_id, both.c.item_id)
        .limit(most)
    )
    return [(user_id, item_id) for user_id, item_id in await session.execute(found)]


async def miscounted(session: ReadSession, guild_id: int, most: int) -> Sequence[int]:
    """Up to `most` things that were sold more or less often than purchases say."""
    counted = case((PurchaseRow.state == PurchaseState.FAILED, 0), else_=PurchaseRow.quantity)
    bought = (
        select(func.coalesce(func.sum(counted), 0))
        .where(PurchaseRow.guild_id == guild_id, PurchaseRow.item_id == ShopItem.id)
        .correlate(ShopItem)
        .scalar_subquery()
    )
    found = select(ShopItem.id).where(ShopItem.guild_id == guild_id, ShopItem.sold != func.cast(bought, BigInteger))
    return (await session.execute(found.order_by(ShopItem.id).limit(most))).scalars().all()


async def worn(session: Session, guild_id: int, user_id: int, now: datetime) -> dict[ItemKind, Worn]:
    """What a member wears, by the kind that it is worn as; without what has expired."""
    query = (
        select(InventoryItem.equipped, ShopItem.id, ShopItem.name, ShopItem.emoji)
        .join(ShopItem, and_(ShopItem.guild_id == InventoryItem.guild_id, ShopItem.id == InventoryItem.item_id))
        .where(
            InventoryItem.guild_id == guild_id,
            InventoryItem.user_id == user_id,
            InventoryItem.equipped.is_not(None),
            or_(InventoryItem.expires_at.is_(None), InventoryItem.expires_at > now),
        )
    )
    return {kind: Worn(item_id, name, emoji) for kind, item_id, name, emoji in await session.execute(query) if kind}
