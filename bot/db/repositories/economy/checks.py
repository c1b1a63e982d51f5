"""Statements that prove a ledger: nothing stands in it that does not add up."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from bot.db.models.economy import Account, LedgerEntry, LedgerTransaction
from bot.db.sessions import Session
from bot.domain.economy import SYSTEM, Pocket


@dataclass(frozen=True)
class Discrepancy:
    """An account whose balance is not the sum of its entries."""

    holder: int
    pocket: Pocket
    balance: int
    entries: int


async def unbalanced_transactions(session: Session, guild_id: int) -> list[int]:
    """The ids of transactions whose entries do not sum to zero, or that have fewer than two."""
    entries = select(LedgerEntry.transaction_id, LedgerEntry.amount).where(LedgerEntry.guild_id == guild_id).subquery()
    rows = await session.execute(
        select(LedgerTransaction.id)
        .outerjoin(entries, entries.c.transaction_id == LedgerTransaction.id)
        .where(LedgerTransaction.guild_id == guild_id)
        .group_by(LedgerTransaction.id)
        .having(or_(func.coalesce(func.sum(entries.c.amount), 1) != 0, func.count(entries.c.amount) < 2))  # noqa: PLR2004
        .order_by(LedgerTransaction.id)
    )
    return list(rows.scalars())


async def discrepancies(session: Session, guild_id: int) -> list[Discrepancy]:
    """Members' accounts whose balance is not the sum of their entries, entries without an account among them."""
    sums = (
        select(LedgerEntry.holder, LedgerEntry.pocket, func.sum(LedgerEntry.amount).label("total"))
        .where(LedgerEntry.guild_id == guild_id, LedgerEntry.holder != SYSTEM)
        .group_by(LedgerEntry.holder, LedgerEntry.pocket)
        .subquery()
    )
    accounts = select(Account).where(Account.guild_id == guild_id).subquery()
    same = and_(accounts.c.holder == sums.c.holder, accounts.c.pocket == sums.c.pocket)
    held = func.coalesce(accounts.c.balance, 0)
    total = func.coalesce(sums.c.total, 0)
    rows = await session.execute(
        select(
            func.coalesce(accounts.c.holder, sums.c.holder),
            func.coalesce(accounts.c.pocket, sums.c.pocket),
            held,
            total,
        )
        .select_from(accounts.join(sums, same, full=True))
        .where(held != total)
    )
    return [Discrepancy(holder, Pocket(pocket), int(has), int(sum_)) for holder, pocket, has, sum_ in rows]
