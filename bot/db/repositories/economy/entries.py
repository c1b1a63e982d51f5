"""Statements on the entries of one member: the lines of a statement, and what an account held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, Select, and_, bindparam, func, or_, select

from bot.db.base import aliased
from bot.db.models.economy import LedgerEntry, LedgerTransaction
from bot.db.sessions import Session
from bot.domain.economy import HISTORY_DAYS, SYSTEM, AccountKey, Kind, Pocket
from bot.domain.movements import read_details
from bot.domain.purse import StatementLine


def _counterpart() -> Any:
    other = aliased(LedgerEntry)
    found = (
        select(other.holder)
        .where(
            other.guild_id == LedgerEntry.guild_id,
            other.transaction_id == LedgerEntry.transaction_id,
            other.seq != LedgerEntry.seq,
        )
        # A tax may be more than what the member got, who is the other side all the same.
        .order_by(other.holder == SYSTEM, func.abs(other.amount).desc(), other.seq)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(found, SYSTEM).label("counterpart_id")


def _statement(*, newer: bool, of_kind: bool) -> Select[*tuple[Any, ...]]:
    purse = aliased(LedgerEntry)
    in_wallet = select(1).where(
        purse.guild_id == LedgerEntry.guild_id,
        purse.transaction_id == LedgerEntry.transaction_id,
        purse.holder == LedgerEntry.holder,
        purse.pocket == Pocket.WALLET,
    )
    edge = bindparam("edge", type_=BigInteger)
    found = (
        select(
            LedgerEntry.transaction_id,
            LedgerTransaction.kind,
            LedgerEntry.pocket,
            LedgerEntry.amount,
            LedgerEntry.balance_after,
            _counterpart(),
            LedgerTransaction.at,
            LedgerTransaction.details,
        )
        .join(
            LedgerTransaction,
            and_(
                LedgerTransaction.guild_id == LedgerEntry.guild_id,
                LedgerTransaction.id == LedgerEntry.transaction_id,
            ),
        )
        .where(
            LedgerEntry.guild_id == bindparam("guild_id"),
            LedgerEntry.holder == bindparam("holder"),
            LedgerEntry.transaction_id > edge if newer else LedgerEntry.transaction_id < edge,
            or_(LedgerEntry.pocket == Pocket.WALLET, ~in_wallet.correlate(LedgerEntry).exists()),
        )
        .order_by(LedgerEntry.transaction_id.asc() if newer else LedgerEntry.transaction_id.desc())
        .limit(bindparam("count"))
    )
    kind = bindparam("kind", type_=LedgerTransaction.kind.type)
    return found.where(LedgerTransaction.kind == kind) if of_kind else found


_statements = {
    (newer, of_kind): _statement(newer=newer, of_kind=of_kind) for newer in (False, True) for of_kind in (False, True)
}


async def statement(
    session: Session, guild_id: int, holder: int, *, kind: Kind | None = None, edge: int, newer: bool, count: int
) -> list[StatementLine]:
    """Up to `count` movements of a member beyond transaction `edge`, newest first (keyset; no OFFSET)."""
    parameters: dict[str, Any] = {"guild_id": guild_id, "holder": holder, "edge": edge, "count": count}
    if kind is not None:
        parameters["kind"] = kind
    rows = (await session.execute(_statements[newer, kind is not None], parameters)).all()
    lines = [_line(row) for row in rows]
    return lines[::-1] if newer else lines


def _line(row: Row[*tuple[Any, ...]]) -> StatementLine:
    return StatementLine(
        transaction_id=row.transaction_id,
        kind=row.kind,
        pocket=row.pocket,
        amount=row.amount,
        balance_after=row.balance_after,
        counterpart_id=row.counterpart_id,
        at=row.at,
        details=read_details(row.kind, row.details),
    )


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
