"""Statements on things for sale."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, Text, and_, bindparam, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.db import dialect
from bot.db.models.shop import ItemDelivery, ShopItem
from bot.db.sessions import Session, WriteSession
from bot.db.types import Snowflake, UtcDateTime
from bot.domain.paging import NEWEST, OLDEST, Cursor
from bot.domain.requirements import Requirements
from bot.domain.shop import Effects, Item, ItemDraft

_FOR_SALE = ShopItem.archived_at.is_(None)
_SEARCH_NAME: ColumnElement[str] = ShopItem.__table__.c.search_name
_HERE = ShopItem.guild_id == bindparam("guild_id", type_=Snowflake)


@dataclass(frozen=True)
class Category:
    """A shelf of the shop, and how many things are on it."""

    name: str
    """Empty for those that stand nowhere else."""
    items: int


def _values(draft: ItemDraft) -> dict[str, Any]:
    plain = {"requirements", "effects"}
    values = draft.model_dump(exclude=plain)
    documents = {name: value.model_dump(mode="json") for name, value in draft if name in plain}
    return {**values, **documents, "search_name": draft.search_name}


def _item(row: Any) -> Item:
    return Item(
        id=row.id,
        # Not judged again: what was stored under older rules is still what it is.
        draft=ItemDraft.model_construct(
            name=row.name,
            kind=row.kind,
            price=row.price,
            description=row.description,
            emoji=row.emoji,
            category=row.category,
            stock=row.stock,
            per_member=row.per_member,
            cooldown=row.cooldown,
            available_until=row.available_until,
            resale=row.resale,
            giftable=row.giftable,
            lifetime=row.lifetime,
            requirements=Requirements.model_validate(row.requirements),
            effects=Effects.model_validate(row.effects),
        ),
        sold=row.sold,
        version=row.version,
        archived_at=row.archived_at,
    )


@cache
def _add(name: str) -> Any:
    statement = dialect.insert(name, ShopItem)
    named = statement.on_conflict_do_nothing(index_elements=["guild_id", "search_name"], index_where=_FOR_SALE)
    return named.returning(ShopItem.id)


async def add(session: WriteSession, guild_id: int, item: Item) -> bool:
    """Write a new thing; False if its name is taken (waits for another that takes it)."""
    row = {"guild_id": guild_id, "id": item.id, "sold": item.sold, "version": item.version, **_values(item.draft)}
    return (await session.execute(_add(session.dialect.name), row)).first() is not None


async def put(session: WriteSession, guild_id: int, item: Item) -> bool:
    """Write a locked thing as staff wants it; what was sold is not theirs to say.

    False if its name is taken: then the transaction is lost, and whoever calls has to end it.
    """
    mine = (ShopItem.guild_id == guild_id, ShopItem.id == item.id)
    values = {**_values(item.draft), "version": item.version, "archived_at": item.archived_at}
    try:
        await session.execute(update(ShopItem).where(*mine).values(values))
    except IntegrityError:
        return False
    return True


_one = select(ShopItem).where(_HERE, ShopItem.id == bindparam("id", type_=Snowflake))
_one_locked = _one.with_for_update()


async def get(session: Session, guild_id: int, item_id: int) -> Item | None:
    """One thing, for sale or not."""
    row = (await session.execute(_one, {"guild_id": guild_id, "id": item_id})).one_or_none()
    return None if row is None else _item(row)


async def lock(session: WriteSession, guild_id: int, item_id: int) -> Item | None:
    """One thing, whose row nobody else changes until this transaction ends."""
    row = (await session.execute(_one_locked, {"guild_id": guild_id, "id": item_id})).one_or_none()
    return None if row is None else _item(row)


_several = select(ShopItem).where(_HERE, ShopItem.id.in_(bindparam("ids", expanding=True)))


async def several(session: Session, guild_id: int, item_ids: Collection[int]) -> Mapping[int, Item]:
    """These things, for sale or not; those that are not there are left out."""
    if not item_ids:
        return {}
    rows = await session.execute(_several, {"guild_id": guild_id, "ids": sorted(item_ids)})
    return {row.id: _item(row) for row in rows}


_all = select(ShopItem).where(_HERE)


async def everything(session: Session, guild_id: int) -> list[Item]:
    """All things that are or ever were for sale."""
    return [_item(row) for row in await session.execute(_all, {"guild_id": guild_id})]


_names = select(ShopItem.id, ShopItem.name).where(_HERE, ShopItem.id.in_(bindparam("ids", expanding=True)))


async def names(session: Session, guild_id: int, item_ids: Collection[int]) -> Mapping[int, str]:
    """What these things are called; those that are not there are left out."""
    if not item_ids:
        return {}
    rows = await session.execute(_names, {"guild_id": guild_id, "ids": sorted(item_ids)})
    return {row.id: row.name for row in rows}


_by_name = select(ShopItem).where(_HERE, _FOR_SALE, bindparam("search_name", type_=Text) == _SEARCH_NAME)


async def by_name(session: Session, guild_id: int, search_name: str) -> Item | None:
    """The thing for sale of that (folded) name."""
    row = (await session.execute(_by_name, {"guild_id": guild_id, "search_name": search_name})).one_or_none()
    return None if row is None else _item(row)


@cache
def _beginning(name: str) -> Select[Any]:
    begins = dialect.starts_with(name, _SEARCH_NAME, "text")
    query = select(ShopItem).where(_HERE, _FOR_SALE, begins)
    return query.order_by(_SEARCH_NAME).limit(bindparam("count", type_=Integer))


async def beginning(session: Session, guild_id: int, text: str, count: int) -> list[Item]:
    """Up to `count` things for sale whose (folded) name begins so, in its order."""
    parameters = {"guild_id": guild_id, "count": count, **dialect.prefix("text", text)}
    return [_item(row) for row in await session.execute(_beginning(session.dialect.name), parameters)]


async def count(session: Session, guild_id: int) -> int:
    """How many things are for sale."""
    query = select(func.count()).select_from(ShopItem).where(_HERE, _FOR_SALE)
    return int((await session.execute(query, {"guild_id": guild_id})).scalar_one())


async def categories(session: Session, guild_id: int, *, now: datetime) -> list[Category]:
    """The shelves on which something is offered, in the order of their names."""
    query = (
        select(ShopItem.category, func.count())
        .where(_HERE, _offered(now))
        .group_by(ShopItem.category)
        .order_by(ShopItem.category)
    )
    return [Category(name, int(items)) for name, items in await session.execute(query, {"guild_id": guild_id})]


def _offered(now: datetime) -> ColumnElement[bool]:
    until = ShopItem.available_until
    return and_(_FOR_SALE, or_(until.is_(None), until > now))


async def page(
    session: Session, guild_id: int, category: str | None, cursor: Cursor, *, now: datetime, count: int
) -> Sequence[Item]:
    """Up to `count` things on offer beyond the one that the cursor names, in the order of their names (keyset).

    The one it names may be gone from the shop meanwhile; its name still says where it stood.
    """
    query = select(ShopItem).where(_HERE, _offered(now))
    if category is not None:
        query = query.where(ShopItem.category == category)
    there = (
        select(_SEARCH_NAME)
        .where(ShopItem.guild_id == guild_id, ShopItem.id == cursor.edge)
        .correlate(None)
        .scalar_subquery()
    )
    backwards = cursor.newer
    if cursor not in {NEWEST, OLDEST}:
        query = query.where(there > _SEARCH_NAME if backwards else there < _SEARCH_NAME)
    query = query.order_by(_SEARCH_NAME.desc() if backwards else _SEARCH_NAME.asc()).limit(count)
    found = [_item(row) for row in await session.execute(query, {"guild_id": guild_id})]
    return found[::-1] if backwards else found


_take = (
    update(ShopItem)
    .where(
        ShopItem.guild_id == bindparam("in_guild", type_=Snowflake),
        ShopItem.id == bindparam("of_id", type_=Snowflake),
        _FOR_SALE,
        ShopItem.version == bindparam("of_version", type_=BigInteger),
        or_(ShopItem.stock.is_(None), ShopItem.stock >= bindparam("quantity", type_=BigInteger)),
        or_(ShopItem.available_until.is_(None), ShopItem.available_until > bindparam("now", type_=UtcDateTime)),
    )
    .values(
        stock=ShopItem.stock - bindparam("quantity", type_=BigInteger),
        sold=ShopItem.sold + bindparam("quantity", type_=BigInteger),
    )
)


async def take(session: WriteSession, guild_id: int, item: Item, quantity: int, *, now: datetime) -> bool:
    """Take copies out of stock, of a thing that is as it was read; False if it is not, or has fewer."""
    parameters = {
        "in_guild": guild_id,
        "of_id": item.id,
        "of_version": item.version,
        "quantity": quantity,
        "now": now,
    }
    return (await session.execute(_take, parameters)).rowcount == 1


_put_back = (
    update(ShopItem)
    .where(
        ShopItem.guild_id == bindparam("in_guild", type_=Snowflake),
        ShopItem.id == bindparam("of_id", type_=Snowflake),
    )
    .values(
        stock=ShopItem.stock + bindparam("quantity", type_=BigInteger),
        sold=ShopItem.sold - bindparam("quantity", type_=BigInteger),
    )
)


async def put_back(session: WriteSession, guild_id: int, item_id: int, quantity: int) -> None:
    """Put copies back into stock that were not sold after all."""
    await session.execute(_put_back, {"in_guild": guild_id, "of_id": item_id, "quantity": quantity})


@cache
def _add_delivery(name: str) -> Any:
    return dialect.insert(name, ItemDelivery).on_conflict_do_nothing().returning(ItemDelivery.key)


async def add_delivery(session: WriteSession, guild_id: int, key: str, item_id: int, quantity: int) -> bool:
    """Note that copies are added to a stock; False if that was noted under the key before."""
    row = {"guild_id": guild_id, "key": key, "item_id": item_id, "quantity": quantity}
    return (await session.execute(_add_delivery(session.dialect.name), row)).first() is not None


# For staff, who sees what is archived, too ------------------------------------------------------------------


async def catalogue(session: Session, guild_id: int, cursor: Cursor, *, count: int) -> Sequence[Item]:
    """Up to `count` things, for sale or not, beyond the one that the cursor names, in the order of names (keyset)."""
    query = select(ShopItem).where(_HERE)
    if cursor not in {NEWEST, OLDEST}:
        edge = select(_SEARCH_NAME).where(ShopItem.guild_id == guild_id, ShopItem.id == cursor.edge)
        there = edge.correlate(None).scalar_subquery()
        beyond = there > _SEARCH_NAME if cursor.newer else there < _SEARCH_NAME
        beside = ShopItem.id < cursor.edge if cursor.newer else ShopItem.id > cursor.edge
        query = query.where(or_(beyond, and_(there == _SEARCH_NAME, beside)))
    order = (_SEARCH_NAME.desc(), ShopItem.id.desc()) if cursor.newer else (_SEARCH_NAME.asc(), ShopItem.id.asc())
    found = [_item(row) for row in await session.execute(query.order_by(*order).limit(count), {"guild_id": guild_id})]
    return found[::-1] if cursor.newer else found


@cache
def _filed(name: str) -> Select[Any]:
    begins = dialect.starts_with(name, _SEARCH_NAME, "text")
    archived = ShopItem.archived_at.is_not(None)
    query = select(ShopItem).where(_HERE, begins, archived)
    return query.order_by(_SEARCH_NAME, ShopItem.id.desc()).limit(bindparam("count", type_=Integer))


async def archived(session: Session, guild_id: int, text: str, count: int) -> list[Item]:
    """Up to `count` archived things whose (folded) name begins so; of one name, the newest first."""
    parameters = {"guild_id": guild_id, "count": count, **dialect.prefix("text", text)}
    return [_item(row) for row in await session.execute(_filed(session.dialect.name), parameters)]


async def count_archived(session: Session, guild_id: int) -> int:
    """How many things are archived."""
    query = select(func.count()).select_from(ShopItem).where(_HERE, ShopItem.archived_at.is_not(None))
    return int((await session.execute(query, {"guild_id": guild_id})).scalar_one())
