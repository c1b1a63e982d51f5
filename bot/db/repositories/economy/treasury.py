"""Statements for staff: what somebody holds, locked; who holds anything; and which transactions take others back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, String, bindparam, func, literal, select

from bot.db.base import aliased
from bot.db.models.economy import Account, LedgerEntry, LedgerTransaction
from bot.db.repositories.economy.ledger import StoredTransaction, entries_of
from bot.db.sessions import Session, WriteSession
from bot.db.types import Snowflake
from bot.domain.economy import SYSTEM, Kind, Pocket
from bot.domain.movements import ItemDetails, read_details
from bot.domain.treasury import Suggested

_LATEST = 5_000
"""Transactions that a search among the newest looks through."""

_AT_ONCE = 500
"""Holders that one statement asks about."""

_of_holder = (
    select(Account.pocket, Account.balance)
    .where(Account.guild_id == bindparam("guild_id"), Account.holder == bindparam("holder"))
    .order_by(Account.pocket)
)
_locked = _of_holder.with_for_update()


async def held(session: Session, guild_id: int, holder: int) -> Mapping[Pocket, int]:
    """What is in each account that a member has."""
    rows = await session.execute(_of_holder, {"guild_id": guild_id, "holder": holder})
    return {row.pocket: row.balance for row in rows}


async def lock_held(session: WriteSession, guild_id: int, holder: int) -> Mapping[Pocket, int]:
    """The same, with these accounts locked in key order until the transaction ends."""
    rows = await session.execute(_locked, {"guild_id": guild_id, "holder": holder})
    return {row.pocket: row.balance for row in rows}


_holders: Select[int] = (
    select(Account.holder)
    .where(Account.guild_id == bindparam("guild_id"), Account.holder > SYSTEM)
    .distinct()
    .order_by(Account.holder)
    .limit(bindparam("count", type_=Integer))
)


async def holders(session: Session, guild_id: int, count: int) -> list[int]:
    """Up to `count` members who have an account, without those who were erased."""
    return list((await session.execute(_holders, {"guild_id": guild_id, "count": count})).scalars())


_counted = select(func.count(Account.holder.distinct())).where(
    Account.guild_id == bindparam("guild_id"), Account.holder > SYSTEM
)


async def count_holders(session: Session, guild_id: int) -> int:
    """How many members have an account, without those who were erased."""
    return int((await session.execute(_counted, {"guild_id": guild_id})).scalar_one())


# By the milliseconds of their ids, which spread evenly; the bits below tell of Discord's machines.
_group: ColumnElement[int] = Account.holder // bindparam("spread", type_=BigInteger)
_in_group: Select[int] = (
    select(Account.holder)
    .where(
        Account.guild_id == bindparam("guild_id"),
        Account.holder > SYSTEM,
        _group % bindparam("groups", type_=BigInteger) == bindparam("group", type_=BigInteger),
    )
    .distinct()
    .order_by(Account.holder)
)


async def holders_of_group(session: Session, guild_id: int, group: int, groups: int) -> list[int]:
    """The members with an account whom the rest of a division puts into one of so many groups."""
    asked = {"guild_id": guild_id, "group": group, "groups": groups, "spread": 1 << 22}
    return list((await session.execute(_in_group, asked)).scalars())


_of_many = select(Account.holder, Account.pocket, Account.balance).where(
    Account.guild_id == bindparam("guild_id"),
    Account.holder.in_(bindparam("holders", type_=Snowflake, expanding=True)),
)


async def held_by(session: Session, guild_id: int, among: Collection[int]) -> dict[int, dict[Pocket, int]]:
    """What is in the accounts of these members; those who have none are not there."""
    found: dict[int, dict[Pocket, int]] = {}
    asked = sorted(among)
    for first in range(0, len(asked), _AT_ONCE):
        some = {"guild_id": guild_id, "holders": asked[first : first + _AT_ONCE]}
        for holder, pocket, balance in await session.execute(_of_many, some):
            found.setdefault(holder, {})[pocket] = balance
    return found


# Transactions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recorded(StoredTransaction):
    """A transaction, with its key, what it takes back and what was written to it."""

    key: str
    memo: str | None
    reverses_id: int | None


_by_id = select(
    LedgerTransaction.id,
    LedgerTransaction.kind,
    LedgerTransaction.key,
    LedgerTransaction.actor_id,
    LedgerTransaction.details,
    LedgerTransaction.at,
    LedgerTransaction.memo,
    LedgerTransaction.reverses_id,
).where(LedgerTransaction.guild_id == bindparam("guild_id"), LedgerTransaction.id == bindparam("id"))


async def transaction(session: Session, guild_id: int, transaction_id: int) -> Recorded | None:
    """A transaction by its id."""
    head = (await session.execute(_by_id, {"guild_id": guild_id, "id": transaction_id})).one_or_none()
    if head is None:
        return None
    postings, balances = await entries_of(session, guild_id, transaction_id)
    return Recorded(
        id=head.id,
        kind=head.kind,
        actor_id=head.actor_id,
        details=head.details,
        at=head.at,
        postings=postings,
        balances=balances,
        key=head.key,
        memo=head.memo,
        reverses_id=head.reverses_id,
    )


@dataclass(frozen=True)
class Link:
    """A transaction in a line of those that take each other back."""

    id: int
    kind: Kind
    at: datetime


def _line(*, forwards: bool) -> Select[int, Kind, datetime]:
    mine = LedgerTransaction.guild_id == bindparam("guild_id")
    columns = (LedgerTransaction.id, LedgerTransaction.reverses_id, LedgerTransaction.kind, LedgerTransaction.at)
    start = select(*columns, literal(0).label("step")).where(mine, LedgerTransaction.id == bindparam("id"))
    line = start.cte("line", recursive=True)
    # By name: the next one is of this guild too, and found by the key or by the index on what is taken back.
    following = aliased(LedgerTransaction)
    linked = following.reverses_id == line.c.id if forwards else following.id == line.c.reverses_id
    line = line.union_all(
        select(following.id, following.reverses_id, following.kind, following.at, line.c.step + 1).where(
            following.guild_id == bindparam("guild_id"), linked
        )
    )
    return select(line.c.id, line.c.kind, line.c.at).order_by(line.c.step)


_forwards, _backwards = _line(forwards=True), _line(forwards=False)


async def undone_by(session: Session, guild_id: int, transaction_id: int) -> list[Link]:
    """A transaction, what takes it back, what takes that back, and so on; empty if there is no such transaction."""
    rows = await session.execute(_forwards, {"guild_id": guild_id, "id": transaction_id})
    return [Link(row.id, row.kind, row.at) for row in rows]


async def root(session: Session, guild_id: int, transaction_id: int) -> Link | None:
    """What a transaction takes back in the end; itself, if it takes nothing back."""
    rows = (await session.execute(_backwards, {"guild_id": guild_id, "id": transaction_id})).all()
    return Link(rows[-1].id, rows[-1].kind, rows[-1].at) if rows else None


def _latest() -> Select[int, Kind, datetime, str | None, int | None, dict[str, Any]]:
    # The newest by the primary key, and only then by kind: there is no index on the kind, which every claim would pay.
    newest = (
        select(LedgerTransaction.id)
        .where(
            LedgerTransaction.guild_id == bindparam("guild_id"),
            LedgerTransaction.id < bindparam("before", type_=BigInteger),
        )
        .order_by(LedgerTransaction.id.desc())
        .limit(_LATEST)
        .subquery()
    )
    return (
        select(
            LedgerTransaction.id,
            LedgerTransaction.kind,
            LedgerTransaction.at,
            LedgerTransaction.memo,
            LedgerTransaction.actor_id,
            LedgerTransaction.details,
        )
        .join(newest, newest.c.id == LedgerTransaction.id)
        .where(
            LedgerTransaction.guild_id == bindparam("guild_id"),
            LedgerTransaction.kind.in_(bindparam("kinds", type_=String, expanding=True)),
        )
        .order_by(LedgerTransaction.id.desc())
        .limit(bindparam("count", type_=Integer))
    )


_newest = _latest()
_sides = (
    select(LedgerEntry.transaction_id, LedgerEntry.holder, LedgerEntry.amount)
    .where(
        LedgerEntry.guild_id == bindparam("guild_id"),
        LedgerEntry.transaction_id.in_(bindparam("ids", type_=Snowflake, expanding=True)),
        LedgerEntry.holder != SYSTEM,
    )
    .order_by(LedgerEntry.transaction_id, LedgerEntry.amount)
)


async def newest(
    session: Session, guild_id: int, kinds: Collection[Kind], *, count: int, before: int = 2**63 - 1
) -> list[Suggested]:
    """Up to `count` transactions of these kinds, newest first, among the last thousands before an id."""
    asked = {"guild_id": guild_id, "kinds": [kind.value for kind in kinds], "count": count, "before": before}
    heads = (await session.execute(_newest, asked)).all()
    if not heads:
        return []
    sides: dict[int, tuple[int, int]] = {}
    for one in await session.execute(_sides, {"guild_id": guild_id, "ids": [head.id for head in heads]}):
        sides[one.transaction_id] = (one.holder, one.amount)
    return [one for head in heads if (one := _suggested(head, sides.get(head.id))) is not None]


def _suggested(head: Any, side: tuple[int, int] | None) -> Suggested | None:
    details = read_details(head.kind, head.details)
    thing = details if isinstance(details, ItemDetails) else None
    if side is None and thing is not None and head.actor_id is not None:
        # Paid out of what was put aside: the member has no side of it.
        side = head.actor_id, -thing.quantity * thing.unit_price
    if side is None:
        return None
    return Suggested(head.id, head.kind, head.at, head.memo, *side, None if thing is None else thing.name)


_resets = (
    select(LedgerTransaction.id)
    .join(
        LedgerEntry,
        (LedgerEntry.guild_id == LedgerTransaction.guild_id) & (LedgerEntry.transaction_id == LedgerTransaction.id),
    )
    .where(
        LedgerEntry.guild_id == bindparam("guild_id"),
        LedgerEntry.holder == bindparam("holder"),
        LedgerEntry.transaction_id >= bindparam("since", type_=BigInteger),
        LedgerTransaction.kind == Kind.RESET,
    )
    .order_by(LedgerEntry.transaction_id.desc())
    .limit(1)
)


async def last_reset(session: Session, guild_id: int, holder: int, since: int) -> int | None:
    """The newest transaction from an id on that reset a member."""
    parameters = {"guild_id": guild_id, "holder": holder, "since": since}
    return (await session.execute(_resets, parameters)).scalar_one_or_none()


async def with_key(session: Session, guild_id: int, key: str) -> int | None:
    """The id of the transaction that was made under a key."""
    return (await session.execute(_keyed, {"guild_id": guild_id, "key": key})).scalar_one_or_none()


_keyed = select(LedgerTransaction.id).where(
    LedgerTransaction.guild_id == bindparam("guild_id"), LedgerTransaction.key == bindparam("key")
)


def _unlike() -> Select[int]:
    other = aliased(LedgerEntry)
    opposite = (
        select(literal(1))
        .where(
            other.guild_id == LedgerTransaction.guild_id,
            other.transaction_id == LedgerTransaction.reverses_id,
            other.holder == LedgerEntry.holder,
            other.pocket == LedgerEntry.pocket,
            other.amount == -LedgerEntry.amount,
        )
        .exists()
    )
    return (
        select(LedgerTransaction.id)
        .join(
            LedgerEntry,
            (LedgerEntry.guild_id == LedgerTransaction.guild_id) & (LedgerEntry.transaction_id == LedgerTransaction.id),
        )
        .where(
            LedgerTransaction.guild_id == bindparam("guild_id"), LedgerTransaction.reverses_id.is_not(None), ~opposite
        )
        .distinct()
        .order_by(LedgerTransaction.id)
        .limit(bindparam("count", type_=Integer))
    )


_no_opposite = _unlike()


async def unlike(session: Session, guild_id: int, count: int) -> list[int]:
    """Up to `count` transactions that take another back, but do not move the same coins the other way."""
    return list((await session.execute(_no_opposite, {"guild_id": guild_id, "count": count})).scalars())
