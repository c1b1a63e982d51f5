"""Statements on what members own together and earned: it is worked out for some of them, and kept in rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, select

from bot.db import dialect
from bot.db.models.economy import Account, LedgerEntry, LedgerTransaction
from bot.db.models.shop import InventoryItem, ItemMove
from bot.db.models.wealth import MemberWealth
from bot.db.repositories.economy.report import Halves
from bot.db.repositories.leaderboard import Ranking
from bot.db.sessions import Session, WriteSession
from bot.db.types import Snowflake, UtcDateTime
from bot.domain.economy import SYSTEM
from bot.domain.wealth import EARNED_BY, MOST, Wealth, net_worth
from bot.ids import first_at

_GUILD = bindparam("guild_id", type_=Snowflake)
_PEOPLE = bindparam("people", type_=Snowflake, expanding=True)
_ABOVE = bindparam("above", type_=Snowflake)
_COUNT = bindparam("count", type_=Snowflake)

_FOR_EVER = InventoryItem.lot == 0
"""Only copies that never expire can be sold, so the others are worth nothing."""


# Working it out ----------------------------------------------------------------------------------------------

_coins = select(Account.holder, Account.balance).where(Account.guild_id == _GUILD, Account.holder.in_(_PEOPLE))
_copies = select(InventoryItem.user_id, InventoryItem.item_id, InventoryItem.quantity).where(
    InventoryItem.guild_id == _GUILD, InventoryItem.user_id.in_(_PEOPLE), _FOR_EVER
)
_sums = Halves.of(LedgerEntry.__table__.c.amount)
_earned = (
    select(LedgerEntry.holder, _sums.high, _sums.low)
    .join(
        LedgerTransaction,
        and_(LedgerTransaction.guild_id == LedgerEntry.guild_id, LedgerTransaction.id == LedgerEntry.transaction_id),
    )
    .where(
        LedgerEntry.guild_id == _GUILD,
        LedgerEntry.holder.in_(_PEOPLE),
        # The edge only leads to the place in the index: an id may be made later than it says, never earlier.
        LedgerEntry.transaction_id >= bindparam("edge", type_=Snowflake),
        LedgerEntry.amount > 0,
        LedgerTransaction.kind.in_(EARNED_BY),
        LedgerTransaction.at >= bindparam("week_of", type_=UtcDateTime),
    )
    .group_by(LedgerEntry.holder)
)


async def reckon(
    session: Session, guild_id: int, people: Collection[int], prices: Mapping[str, int], week_of: Any
) -> dict[int, Wealth]:
    """What these members own and earned since `week_of`, by what copies are worth; without those who never had any."""
    asked = {"guild_id": guild_id, "people": sorted(people)}
    coins: dict[int, int] = {}
    for holder, balance in await session.execute(_coins, asked):
        coins[holder] = coins.get(holder, 0) + balance
    copies: dict[int, dict[int, int]] = {}
    for user_id, item_id, quantity in await session.execute(_copies, asked):
        copies.setdefault(user_id, {})[item_id] = quantity
    since = {"edge": first_at(week_of), "week_of": week_of}
    rows: Iterable[tuple[Any, ...]] = (tuple(row) for row in await session.execute(_earned, {**asked, **since}))
    earned = {holder: Halves.whole(high, low) for holder, high, low in rows}
    return {one: _wealth(one, coins.get(one, 0), copies.get(one, {}), prices, earned.get(one, 0))
            for one in sorted({*coins, *copies})}  # fmt: skip


def _wealth(user_id: int, coins: int, copies: Mapping[int, int], prices: Mapping[str, int], earned: int) -> Wealth:
    return Wealth(user_id, min(coins, MOST), net_worth(coins, copies, prices), min(earned, MOST))


_own_copies = select(InventoryItem.item_id, InventoryItem.quantity).where(
    InventoryItem.guild_id == _GUILD, InventoryItem.user_id == bindparam("user_id", type_=Snowflake), _FOR_EVER
)


async def copies_of(session: Session, guild_id: int, user_id: int) -> dict[int, int]:
    """How many copies somebody owns of each thing that they could sell."""
    rows = await session.execute(_own_copies, {"guild_id": guild_id, "user_id": user_id})
    return dict(rows.all())


# Whose it may have changed ----------------------------------------------------------------------------------

_holders = (
    select(Account.holder)
    .where(Account.guild_id == _GUILD, Account.holder > _ABOVE)
    .distinct()
    .order_by(Account.holder)
    .limit(_COUNT)
)
_owners = (
    select(InventoryItem.user_id)
    .where(InventoryItem.guild_id == _GUILD, InventoryItem.user_id > _ABOVE)
    .distinct()
    .order_by(InventoryItem.user_id)
    .limit(_COUNT)
)


async def people_above(session: Session, guild_id: int, user_id: int, count: int) -> list[int]:
    """The next `count` members, by their ids, who have an account or own anything."""
    asked = {"guild_id": guild_id, "above": max(user_id, SYSTEM), "count": count}
    found = {one for query in (_holders, _owners) for one in (await session.execute(query, asked)).scalars()}
    return sorted(found)[:count]


_moved = (
    select(LedgerEntry.transaction_id, LedgerEntry.holder)
    .where(LedgerEntry.guild_id == _GUILD, LedgerEntry.transaction_id > _ABOVE)
    .order_by(LedgerEntry.transaction_id, LedgerEntry.seq)
    .limit(_COUNT)
)
_came = (
    select(ItemMove.id, ItemMove.user_id)
    .where(ItemMove.guild_id == _GUILD, ItemMove.id > _ABOVE)
    .order_by(ItemMove.id)
    .limit(_COUNT)
)


async def moved_since(session: Session, guild_id: int, edge: int, page: int) -> set[int]:
    """The members whose coins or things have moved since an id, read `page` movements at a time."""
    found: set[int] = set()
    for query in (_moved, _came):
        above, is_left = edge - 1, True
        while is_left:
            rows = (await session.execute(query, {"guild_id": guild_id, "above": above, "count": page})).all()
            found.update(person for _, person in rows)
            is_left = len(rows) == page
            if is_left:
                # The last one may have further sides, which come with the next page; unless it fills one by itself.
                above = max(rows[-1][0] - 1, above + 1)
    return {person for person in found if person > SYSTEM}


_of_items = (
    select(InventoryItem.user_id)
    .where(
        InventoryItem.guild_id == _GUILD,
        InventoryItem.item_id == bindparam("item_id", type_=Snowflake),
        InventoryItem.user_id > _ABOVE,
    )
    .distinct()
    .order_by(InventoryItem.user_id)
    .limit(_COUNT)
)


async def owners_of(session: Session, guild_id: int, item_id: int, page: int) -> set[int]:
    """Everybody who owns a thing, read `page` members at a time."""
    found: set[int] = set()
    above, is_left = SYSTEM, True
    while is_left:
        asked = {"guild_id": guild_id, "item_id": item_id, "above": above, "count": page}
        people = list((await session.execute(_of_items, asked)).scalars())
        found.update(people)
        is_left = len(people) == page
        above = people[-1] if people else above
    return found


# The rows ----------------------------------------------------------------------------------------------------

_kept = select(
    MemberWealth.user_id, MemberWealth.coins, MemberWealth.net_worth, MemberWealth.earned, MemberWealth.week_of
).where(MemberWealth.guild_id == _GUILD)
_kept_of = _kept.where(MemberWealth.user_id.in_(_PEOPLE))
_kept_above = _kept.where(MemberWealth.user_id > _ABOVE).order_by(MemberWealth.user_id).limit(_COUNT)


def _read(rows: Iterable[Any], week_of: Any) -> dict[int, Wealth]:
    return {
        row.user_id: Wealth(row.user_id, row.coins, row.net_worth, row.earned if row.week_of == week_of else 0)
        for row in rows
    }


async def kept(session: Session, guild_id: int, people: Collection[int], week_of: Any) -> dict[int, Wealth]:
    """The rows of these members; those that tell of another week say that nothing was earned in this."""
    rows = await session.execute(_kept_of, {"guild_id": guild_id, "people": sorted(people)})
    return _read(rows, week_of)


async def kept_above(session: Session, guild_id: int, user_id: int, week_of: Any, count: int) -> dict[int, Wealth]:
    """The next `count` rows, by the ids of their members."""
    rows = await session.execute(_kept_above, {"guild_id": guild_id, "above": user_id, "count": count})
    return _read(rows, week_of)


_pin_accounts = (
    select(Account.holder)
    .where(Account.guild_id == _GUILD, Account.holder.in_(_PEOPLE))
    .order_by(Account.holder, Account.pocket)
    .with_for_update(read=True, key_share=True)
)
_pin_copies = (
    select(InventoryItem.user_id)
    .where(InventoryItem.guild_id == _GUILD, InventoryItem.user_id.in_(_PEOPLE), _FOR_EVER)
    .order_by(InventoryItem.user_id, InventoryItem.item_id)
    .with_for_update(read=True, key_share=True)
)


async def pin(session: WriteSession, guild_id: int, people: Collection[int]) -> None:
    """Let nobody erase these members until the transaction ends: their rows would come back without them.

    Coins go on moving: of an account only its key is locked.
    """
    asked = {"guild_id": guild_id, "people": sorted(people)}
    for query in (_pin_accounts, _pin_copies):
        await session.execute(query, asked)


@cache
def _put(name: str) -> Any:
    return dialect.upsert(name, MemberWealth)


async def put(
    session: WriteSession, guild_id: int, found: Mapping[int, Wealth], people: Sequence[int], week_of: Any
) -> None:
    """Write the rows of these members; those of whom nothing was found have none any more."""
    rows = [{"guild_id": guild_id, **vars(found[one]), "week_of": week_of} for one in sorted(people) if one in found]
    if rows:
        await session.execute(_put(session.dialect.name), rows)
    gone = sorted(set(people) - set(found))
    if gone:
        mine = (MemberWealth.guild_id == guild_id, MemberWealth.user_id.in_(gone))
        await session.execute(delete(MemberWealth).where(*mine))


async def member_count(session: Session, guild_id: int) -> int:
    """How many rows a guild has."""
    query = select(func.count()).select_from(MemberWealth).where(MemberWealth.guild_id == guild_id)
    return int((await session.execute(query)).scalar_one())


# Boards ------------------------------------------------------------------------------------------------------

_table = MemberWealth.__table__.c

WEALTHIEST = Ranking(guild=_table.guild_id, person=_table.user_id, value=_table.net_worth)
"""Who owns most."""

EARNERS = Ranking(
    guild=_table.guild_id,
    person=_table.user_id,
    value=_table.earned,
    where=(_table.week_of == bindparam("week_of", type_=UtcDateTime),),
)
"""Who earned most in a week."""
