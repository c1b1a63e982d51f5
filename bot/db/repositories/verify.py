"""Statements that look for what must never be. Each is one statement, so that it sees one moment beside a busy bot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Select, and_, bindparam, exists, func, or_, select, text

from bot.db.base import Base
from bot.db.models.core import Guild, Member, User
from bot.db.models.economy import Account, Claim, LedgerEntry, LedgerTransaction
from bot.db.sessions import ReadSession
from bot.domain.amounts import MAX_COINS
from bot.domain.economy import SYSTEM


@dataclass(frozen=True)
class Strayed:
    """An account outside what an account may hold."""

    holder: int
    pocket: str
    balance: int


def _owned() -> list[str]:
    return sorted(table.name for table in Base.metadata.tables.values() if "guild_id" in table.primary_key.columns)


async def guild_ids(session: ReadSession) -> list[int]:
    """Every guild that owns a row anywhere, known or not, in order.

    Steps from guild to guild along the primary keys, so that millions of rows of one guild cost as much as one.
    """
    found = set((await session.execute(select(Guild.id))).scalars())
    for table in _owned():
        rows = await session.execute(
            text(
                f"WITH RECURSIVE step (id) AS (SELECT min(guild_id) FROM {table} UNION ALL "  # noqa: S608 — our own names
                f"SELECT (SELECT min(guild_id) FROM {table} WHERE guild_id > step.id) FROM step WHERE id IS NOT NULL) "
                "SELECT id FROM step WHERE id IS NOT NULL"
            )
        )
        found.update(int(row.id) for row in rows)
    return sorted(found)


async def is_known(session: ReadSession, guild_id: int) -> bool:
    """Whether a guild has a row of its own, without which its data would never be erased."""
    return (await session.execute(select(Guild.id).where(Guild.id == guild_id))).first() is not None


async def ledger_total(session: ReadSession, guild_id: int) -> int:
    """The sum of all entries of a guild."""
    total = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(LedgerEntry.guild_id == guild_id)
    return int((await session.execute(total)).scalar_one())


async def entries_alone(session: ReadSession, guild_id: int, most: int) -> Sequence[int]:
    """Up to `most` transactions that entries name and that are not there."""
    parent = exists().where(
        LedgerTransaction.guild_id == LedgerEntry.guild_id, LedgerTransaction.id == LedgerEntry.transaction_id
    )
    found = select(LedgerEntry.transaction_id).where(LedgerEntry.guild_id == guild_id, ~parent).distinct()
    return (await session.execute(found.order_by(LedgerEntry.transaction_id).limit(most))).scalars().all()


async def strayed(session: ReadSession, guild_id: int, most: int) -> list[Strayed]:
    """Up to `most` members' accounts that hold less than nothing, or more than anybody may."""
    limit = bindparam("limit", MAX_COINS, type_=BigInteger)
    found = (
        select(Account.holder, Account.pocket, Account.balance)
        .where(
            Account.guild_id == guild_id, Account.holder != SYSTEM, or_(Account.balance < 0, Account.balance > limit)
        )
        .order_by(Account.holder, Account.pocket)
        .limit(most)
    )
    return [Strayed(holder, str(pocket), balance) for holder, pocket, balance in await session.execute(found)]


async def impossible_claims(session: ReadSession, guild_id: int, most: int) -> Sequence[int]:
    """Up to `most` members with a claim that is ready before it was made, or whose streak can't be."""
    wrong = or_(Claim.ready_at <= Claim.last_at, Claim.streak < 1, Claim.best_streak < Claim.streak)
    found: Select[int] = select(Claim.user_id).where(Claim.guild_id == guild_id, wrong).distinct()
    return (await session.execute(found.order_by(Claim.user_id).limit(most))).scalars().all()


async def members_unknown(session: ReadSession, guild_id: int, most: int) -> Sequence[int]:
    """Up to `most` members without a row that says who they are."""
    found = select(Member.user_id).where(and_(Member.guild_id == guild_id, ~exists().where(User.id == Member.user_id)))
    return (await session.execute(found.order_by(Member.user_id).limit(most))).scalars().all()


async def damage(session: ReadSession, most: int) -> list[str]:
    """What SQLite itself finds wrong with the file and its references; nothing on PostgreSQL, which keeps its own."""
    if session.dialect.name != "sqlite":
        return []
    said = [str(row[0]) for row in await session.execute(text(f"PRAGMA quick_check({int(most)})"))]
    orphans = (await session.execute(text("PRAGMA foreign_key_check"))).all()
    tables = sorted({str(row[0]) for row in orphans})
    return [
        *(line for line in said if line != "ok"),
        *(f"rows of {table} refer to rows that are not there" for table in tables),
    ]
