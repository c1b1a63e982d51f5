"""Statements on transactions with their sides: they are written, and found by their key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, select, update

from bot.db import dialect
from bot.db.base import aliased
from bot.db.models.economy import LedgerEntry, LedgerTransaction
from bot.db.sessions import Session, WriteSession
from bot.domain.economy import SYSTEM, AccountKey, Kind, Posting
from bot.domain.movements import DETAILS, StaffDetails


@dataclass(frozen=True)
class NewTransaction:
    """A row for ``ledger_transactions``."""

    id: int
    kind: Kind
    key: str
    actor_id: int | None
    details: Mapping[str, Any]
    at: datetime
    memo: str | None = None
    reverses_id: int | None = None
    related_id: int | None = None


@dataclass(frozen=True)
class StoredTransaction:
    """A transaction as it was written, with its sides in order."""

    id: int
    kind: Kind
    actor_id: int | None
    details: Mapping[str, Any]
    at: datetime
    postings: tuple[Posting, ...]
    balances: tuple[int | None, ...]
    """The balance of each side's account after it; None for the system's."""


@cache
def _add_transaction(name: str) -> Any:
    statement = dialect.insert(name, LedgerTransaction)
    return statement.on_conflict_do_nothing(index_elements=["guild_id", "key"]).returning(LedgerTransaction.id)


async def add_transaction(session: WriteSession, guild_id: int, new: NewTransaction) -> bool:
    """Write a transaction without its entries; False if its key is taken (waits for another that takes it)."""
    row = {
        "guild_id": guild_id,
        "id": new.id,
        "kind": new.kind,
        "key": new.key,
        "actor_id": new.actor_id,
        "details": dict(new.details),
        "at": new.at,
        "memo": new.memo,
        "reverses_id": new.reverses_id,
        "related_id": new.related_id,
    }
    return (await session.execute(_add_transaction(session.dialect.name), row)).first() is not None


@cache
def _add_entries(name: str) -> Any:
    return dialect.insert(name, LedgerEntry)


async def add_entries(
    session: WriteSession,
    guild_id: int,
    transaction_id: int,
    postings: Sequence[Posting],
    balances: Sequence[int | None],
) -> None:
    """Write the sides of a transaction, in the order given."""
    rows = [
        {
            "guild_id": guild_id,
            "transaction_id": transaction_id,
            "seq": seq,
            "holder": posting.account.holder,
            "pocket": posting.account.pocket,
            "amount": posting.amount,
            "balance_after": after,
        }
        for seq, (posting, after) in enumerate(zip(postings, balances, strict=True))
    ]
    await session.execute(_add_entries(session.dialect.name), rows)


_by_key = select(
    LedgerTransaction.id,
    LedgerTransaction.kind,
    LedgerTransaction.actor_id,
    LedgerTransaction.details,
    LedgerTransaction.at,
).where(LedgerTransaction.guild_id == bindparam("guild_id"), LedgerTransaction.key == bindparam("key"))

_entries_of = (
    select(LedgerEntry.holder, LedgerEntry.pocket, LedgerEntry.amount, LedgerEntry.balance_after)
    .where(LedgerEntry.guild_id == bindparam("guild_id"), LedgerEntry.transaction_id == bindparam("transaction_id"))
    .order_by(LedgerEntry.seq)
)


async def transaction_by_key(session: Session, guild_id: int, key: str) -> StoredTransaction | None:
    """The transaction with an idempotency key."""
    head = (await session.execute(_by_key, {"guild_id": guild_id, "key": key})).one_or_none()
    if head is None:
        return None
    postings, balances = await entries_of(session, guild_id, head.id)
    return StoredTransaction(
        id=head.id,
        kind=head.kind,
        actor_id=head.actor_id,
        details=head.details,
        at=head.at,
        postings=postings,
        balances=balances,
    )


async def entries_of(
    session: Session, guild_id: int, transaction_id: int
) -> tuple[tuple[Posting, ...], tuple[int | None, ...]]:
    """The sides of a transaction in order, and the balance of each side's account after it."""
    rows = (await session.execute(_entries_of, {"guild_id": guild_id, "transaction_id": transaction_id})).all()
    postings = tuple(Posting(AccountKey(row.holder, row.pocket), row.amount) for row in rows)
    return postings, tuple(row.balance_after for row in rows)


_STAFF_KINDS = [kind for kind, details in DETAILS.items() if details is StaffDetails]


def _forget_words() -> tuple[Update, Update]:
    mine, other = aliased(LedgerEntry), aliased(LedgerEntry)
    named = (
        select(mine.transaction_id)
        .where(mine.guild_id == bindparam("in_guild"), mine.holder == bindparam("person"))
        .scalar_subquery()
    )
    others = select(1).where(
        other.guild_id == LedgerTransaction.guild_id,
        other.transaction_id == LedgerTransaction.id,
        other.seq >= 0,  # as it always is: else SQLite would read all holders of the guild, in an index without it
        other.holder != SYSTEM,
        other.holder != bindparam("person"),
    )
    about_them = update(LedgerTransaction).where(
        LedgerTransaction.guild_id == bindparam("in_guild"),
        LedgerTransaction.id.in_(named),
        ~others.correlate(LedgerTransaction).exists(),
    )
    reasons = LedgerTransaction.kind.in_(_STAFF_KINDS)
    return (
        about_them.where(LedgerTransaction.memo.is_not(None)).values(memo=None),
        about_them.where(reasons).values(details=StaffDetails().model_dump(mode="json")),
    )


_forgetting = _forget_words()


async def forget_words(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Erase what people wrote to movements that are about this member and no other. The amounts stay."""
    for statement in _forgetting:
        await session.execute(statement, {"in_guild": guild_id, "person": user_id})
