"""Accounts, the ledger that explains their balances, and claims."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnClause,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)

from bot.db.base import Base, Created, Updated, column
from bot.db.types import Json, Snowflake, UtcDateTime, text_enum
from bot.domain.economy import ClaimAction, Kind, Pocket

_OF_MEMBERS = text("holder <> 0")
_TAKES_BACK = text("reverses_id IS NOT NULL")


class Account(Updated, Base):
    """A balance, kept in step with the entries by the transaction that writes them.

    Members' accounts only: the system's pockets would be the guild's hottest rows, so theirs is the sum of their
    entries. `holder = 0` is left open for a rollup of those sums.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("holder = 0 OR balance >= 0", name="not_below_zero"),
        CheckConstraint("balance <= 4611686018427387904", name="not_above_limit"),
        # Who has most. Restricted, so that only statements that say so can use it: SQLite, as long as it has counted
        # nothing, takes it for as good as the primary key, and would read a whole guild for what one member has.
        Index(
            None, "guild_id", "pocket", "balance", "holder",
            postgresql_where=_OF_MEMBERS, sqlite_where=_OF_MEMBERS,
        ),
    )  # fmt: skip

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    holder: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    pocket: ColumnClause[Pocket] = column(text_enum(Pocket, name="pocket"), primary_key=True)
    balance: ColumnClause[int] = column(BigInteger)


class LedgerTransaction(Created, Base):
    """A movement of coins. Corrected by a new, opposite one, never edited: only erasing takes names and words out."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        UniqueConstraint("guild_id", "key"),
        # Whatever takes a transaction back, it does so once.
        Index(
            None, "guild_id", "reverses_id", unique=True,
            postgresql_where=_TAKES_BACK, sqlite_where=_TAKES_BACK,
        ),
    )  # fmt: skip

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    kind: ColumnClause[Kind] = column(text_enum(Kind, name="kind", closed=False))
    key: ColumnClause[str] = column(String(120))
    actor_id: ColumnClause[int | None] = column(Snowflake)
    memo: ColumnClause[str | None] = column(String(200))
    details: ColumnClause[dict[str, Any]] = column(Json)
    reverses_id: ColumnClause[int | None] = column(Snowflake)
    related_id: ColumnClause[int | None] = column(Snowflake)
    at: ColumnClause[datetime] = column(UtcDateTime)


class LedgerEntry(Base):
    """One side of a movement. The entries of a transaction sum to zero; when is told by their transaction."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["guild_id", "transaction_id"], ["ledger_transactions.guild_id", "ledger_transactions.id"]
        ),
        CheckConstraint("amount <> 0", name="moves_something"),
        Index(None, "guild_id", "holder", "transaction_id"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    transaction_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    seq: ColumnClause[int] = column(SmallInteger, primary_key=True, autoincrement=False)
    holder: ColumnClause[int] = column(Snowflake)
    pocket: ColumnClause[Pocket] = column(text_enum(Pocket, name="pocket"))
    amount: ColumnClause[int] = column(BigInteger)
    balance_after: ColumnClause[int | None] = column(BigInteger)


class Claim(Updated, Base):
    """The last time a member claimed something, and when the next is ready."""

    __tablename__ = "claims"
    __table_args__ = (CheckConstraint("streak >= 1 AND best_streak >= streak", name="streaks"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    action: ColumnClause[ClaimAction] = column(text_enum(ClaimAction, name="action", closed=False), primary_key=True)
    last_at: ColumnClause[datetime] = column(UtcDateTime)
    ready_at: ColumnClause[datetime] = column(UtcDateTime)
    streak: ColumnClause[int] = column(BigInteger)
    best_streak: ColumnClause[int] = column(BigInteger)


class JobText(Updated, Base):
    """What /work may tell in a server that wrote its own jobs. Who wrote it is told by the audit log."""

    __tablename__ = "job_texts"
    __table_args__ = (
        UniqueConstraint("guild_id", "slot"),
        CheckConstraint("slot BETWEEN 1 AND 100", name="not_too_many"),
        CheckConstraint("(low IS NULL) = (high IS NULL)", name="pay_is_whole"),
        CheckConstraint("low >= 1 AND low <= high AND high <= 1000000000", name="pay_in_order"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    slot: ColumnClause[int] = column(SmallInteger)
    text: ColumnClause[str] = column(String(200))
    low: ColumnClause[int | None] = column(BigInteger)
    high: ColumnClause[int | None] = column(BigInteger)
    version: ColumnClause[int] = column(BigInteger)
