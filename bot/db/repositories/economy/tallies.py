"""Sums over the entries of one member: what they paid within a time, and what came in and went out by kind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Label, and_, bindparam, case, cast, func, literal, select

from bot.db.base import aliased
from bot.db.models.economy import LedgerEntry, LedgerTransaction
from bot.db.sessions import Session, WriteSession
from bot.db.types import UtcDateTime
from bot.domain.economy import AccountKey, Kind
from bot.domain.payments import PaidBefore
from bot.domain.purse import KindSum
from bot.ids import first_at

_SPLIT = 2**31
"""A sum of many amounts may leave 64 bits, which SQLite refuses; so what is above this and below are summed apart."""


def _halves(amount: ColumnElement[int], name: str) -> tuple[Label[int], Label[int]]:
    high, low = func.sum(amount // _SPLIT), func.sum(amount % _SPLIT)
    return func.coalesce(high, 0).label(f"{name}_high"), func.coalesce(low, 0).label(f"{name}_low")


def _whole(high: Any, low: Any) -> int:
    return int(high) * _SPLIT + int(low)


_transaction = and_(
    LedgerTransaction.guild_id == LedgerEntry.guild_id, LedgerTransaction.id == LedgerEntry.transaction_id
)
_paid = and_(
    LedgerEntry.guild_id == bindparam("guild_id"),
    LedgerEntry.holder == bindparam("holder"),
    LedgerEntry.pocket == bindparam("pocket"),
    LedgerEntry.transaction_id >= bindparam("edge", type_=BigInteger),
    LedgerEntry.amount < 0,
    LedgerTransaction.kind == Kind.PAYMENT,
    LedgerTransaction.at > bindparam("since", type_=UtcDateTime),
)


def _standing() -> FromClause:
    """Those of these payments that nothing took back, or whose taking back was itself taken back, and so on."""
    amount = (-LedgerEntry.amount).label("amount")
    start = (
        select(LedgerTransaction.id.label("payment"), LedgerTransaction.id.label("last"), LedgerTransaction.at,
               amount, literal(0).label("step"))
        .join(LedgerEntry, _transaction)
        .where(_paid)
    )  # fmt: skip
    line = start.cte("line", recursive=True)
    following = aliased(LedgerTransaction)
    line = line.union_all(
        select(line.c.payment, following.id, line.c.at, line.c.amount, line.c.step + 1).where(
            following.guild_id == bindparam("guild_id"), following.reverses_id == line.c.last
        )
    )
    ends = select(line.c.payment, line.c.at, line.c.amount).group_by(line.c.payment, line.c.at, line.c.amount)
    return ends.having(func.max(line.c.step) % 2 == 0).subquery()


_stands = _standing()
_paid_sum = select(*_halves(_stands.c.amount, "paid"))
_paid_each = select(_stands.c.at, _stands.c.amount).order_by(_stands.c.at)


def _bounds(guild_id: int, account: AccountKey, since: datetime) -> dict[str, Any]:
    # The edge only leads to the place in the index: an id may be made later than it says, never earlier.
    edge = first_at(since)
    return {"guild_id": guild_id, "holder": account.holder, "pocket": account.pocket, "edge": edge, "since": since}


async def paid_since(session: WriteSession, guild_id: int, account: AccountKey, since: datetime) -> int:
    """What left an account in payments after a moment that stand. Final only while the account is locked."""
    return _whole(*(await session.execute(_paid_sum, _bounds(guild_id, account, since))).one())


async def payments_since(
    session: WriteSession, guild_id: int, account: AccountKey, since: datetime
) -> list[PaidBefore]:
    """The same payments one by one, oldest first."""
    rows = await session.execute(_paid_each, _bounds(guild_id, account, since))
    return [PaidBefore(at, amount) for at, amount in rows]


_net = (
    select(LedgerEntry.transaction_id, func.sum(LedgerEntry.amount).label("amount"))
    .where(
        LedgerEntry.guild_id == bindparam("guild_id"),
        LedgerEntry.holder == bindparam("holder"),
        LedgerEntry.transaction_id >= bindparam("edge", type_=BigInteger),
    )
    .group_by(LedgerEntry.transaction_id)
    .subquery()
)
# PostgreSQL sums BIGINT as NUMERIC, and dividing those would leave decimals.
_change = cast(_net.c.amount, BigInteger)
_tally = (
    select(
        LedgerTransaction.kind,
        *_halves(case((_change > 0, _change), else_=0), "came"),
        *_halves(case((_change < 0, -_change), else_=0), "went"),
    )
    .select_from(_net)
    .join(
        LedgerTransaction,
        and_(
            LedgerTransaction.guild_id == bindparam("guild_id"),
            LedgerTransaction.id == _net.c.transaction_id,
        ),
    )
    .group_by(LedgerTransaction.kind)
)


async def tally(session: Session, guild_id: int, holder: int, since: datetime | None) -> list[KindSum]:
    """What came to and went from a member since a moment (None: ever), by kind.

    Between their own accounts nothing comes or goes, so such kinds are not in it.
    """
    edge = 0 if since is None else first_at(since)
    rows = await session.execute(_tally, {"guild_id": guild_id, "holder": holder, "edge": edge})
    sums = [KindSum(row.kind, _whole(*row[1:3]), _whole(*row[3:5])) for row in rows]
    return [one for one in sums if one.came or one.went]
