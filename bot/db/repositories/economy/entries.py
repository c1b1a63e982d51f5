"""Statements on the entries of one member: the lines of a statement, and what an account held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from bot.db.models.economy import LedgerEntry, LedgerTransaction
from bot.db.sessions import Session
from bot.domain.economy import HISTORY_DAYS, SYSTEM, AccountKey, Kind, Pocket


@dataclass(frozen=True)
class StatementLine:
    """One entry of a member's accounts, with what it was for."""

    transaction_id: int
    seq: int
    kind: Kind
    pocket: Pocket
    amount: int
    balance_after: int | None
    counterpart_id: int
    """The other side's holder; 0 for the system."""
    at: datetime


def _statement(*, newer: bool) -> Select[int, int, Kind, Pocket, int, int | None, int, datetime]:
    other = aliased(LedgerEntry)
    counterpart = (
        select(other.holder)
        .where(
            other.guild_id == LedgerEntry.guild_id,
            other.transaction_id == LedgerEntry.transaction_id,
            other.seq != LedgerEntry.seq,
        )
        .order_by(func.abs(other.amount).desc(), other.seq)
        .limit(1)
        .scalar_subquery()
    )
    edge = bindparam("edge", type_=BigInteger)
    side = LedgerEntry.transaction_id > edge if newer else LedgerEntry.transaction_id < edge
    order = LedgerEntry.transaction_id.asc() if newer else LedgerEntry.transaction_id.desc()
    return (
        select(
            LedgerEntry.transaction_id,
            LedgerEntry.seq,
            LedgerTransaction.kind,
            LedgerEntry.pocket,
            LedgerEntry.amount,
            LedgerEntry.balance_after,
            func.coalesce(counterpart, SYSTEM).label("counterpart_id"),
            LedgerTransaction.at,
        )
        .join(
            LedgerTransaction,
            and_(
                LedgerTransaction.guild_id == LedgerEntry.guild_id,
                LedgerTransaction.id == LedgerEntry.transaction_id,
            ),
        )
        .where(LedgerEntry.guild_id == bindparam("guild_id"), LedgerEntry.holder == bindparam("holder"), side)
        .order_by(order, LedgerEntry.seq)
        .limit(bindparam("count"))
    )


_older, _newer = _statement(newer=False), _statement(newer=True)


async def statement(
    session: Session, guild_id: int, holder: int, *, edge: int, newer: bool, count: int
) -> list[StatementLine]:
    """Up to `count` entries of a member beyond transaction `edge`, newest first (keyset; no OFFSET)."""
    parameters = {"guild_id": guild_id, "holder": holder, "edge": edge, "count": count}
    rows = (await session.execute(_newer if newer else _older, parameters)).all()
    lines = [StatementLine(*row) for row in rows]
    return lines[::-1] if newer else lines


def _balance_before(number: int) -> Any:
    """What a member's account held at one of the edges; by the index, however many entries lie between two."""
    return (
        select(LedgerEntry.balance_after)
        .where(
            LedgerEntry.guild_id == bindparam("guild_id"),
            LedgerEntry.holder == bindparam("holder"),
            LedgerEntry.pocket == bindparam("pocket"),
            LedgerEntry.transaction_id < bindparam(f"edge_{number}", type_=BigInteger),
        )
        .order_by(LedgerEntry.transaction_id.desc(), LedgerEntry.seq.desc())
        .limit(1)
        .scalar_subquery()
        .label(f"before_{number}")
    )


_balances_before = select(*(_balance_before(number) for number in range(HISTORY_DAYS)))


async def balances_before(
    session: Session, guild_id: int, account: AccountKey, edges: Sequence[int]
) -> list[int | None]:
    """A member's balance as each of `HISTORY_DAYS` transaction ids was reached; None where it had not moved yet."""
    parameters: dict[str, Any] = {"guild_id": guild_id, "holder": account.holder, "pocket": account.pocket}
    parameters |= {f"edge_{number}": edge for number, edge in enumerate(edges)}
    return list((await session.execute(_balances_before, parameters)).one())
