"""Statements on accounts, the ledger and claims.

Built once and bound at each call: building one costs more than running it on SQLite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Update, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import aliased

from bot.db import dialect
from bot.db.models.economy import Account, Claim, LedgerEntry, LedgerTransaction
from bot.db.repositories.leaderboard import Ranking
from bot.db.sessions import Session, WriteSession
from bot.db.types import UtcDateTime
from bot.domain.amounts import MAX_COINS
from bot.domain.economy import HISTORY_DAYS, SYSTEM, AccountKey, DailyWindow, Kind, Pocket, Posting


@dataclass(frozen=True)
class NewTransaction:
    """A row for ``ledger_transactions``."""

    id: int
    kind: Kind
    key: str
    actor_id: int | None
    details: Mapping[str, Any]
    at: datetime


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


@dataclass(frozen=True)
class Discrepancy:
    """An account whose balance is not the sum of its entries."""

    holder: int
    pocket: Pocket
    balance: int
    entries: int


_balance = select(Account.balance).where(
    Account.guild_id == bindparam("guild_id"),
    Account.holder == bindparam("holder"),
    Account.pocket == bindparam("pocket"),
)


async def balance(session: Session, guild_id: int, account: AccountKey) -> int | None:
    """The balance of a member's account; None before its first movement."""
    parameters = {"guild_id": guild_id, "holder": account.holder, "pocket": account.pocket}
    return (await session.execute(_balance, parameters)).scalar_one_or_none()


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


@cache
def _open_account(name: str) -> Any:
    return dialect.insert(name, Account).on_conflict_do_nothing().returning(Account.holder)


async def open_account(session: WriteSession, guild_id: int, account: AccountKey) -> bool:
    """Make an account with nothing in it; False if it exists. Waits for another transaction that makes it."""
    row = {"guild_id": guild_id, "holder": account.holder, "pocket": account.pocket, "balance": 0}
    return (await session.execute(_open_account(session.dialect.name), row)).first() is not None


def _change_balance() -> Update:
    amount = bindparam("amount", type_=BigInteger)
    # Compared by what must be there already, not by the sum, which could leave 64 bits.
    enough: ColumnElement[bool] = Account.balance >= -amount
    room: ColumnElement[bool] = Account.balance <= bindparam("room", type_=BigInteger)
    return (
        update(Account)
        .where(
            Account.guild_id == bindparam("in_guild"),
            Account.holder == bindparam("of_holder"),
            Account.pocket == bindparam("of_pocket"),
            enough,
            room,
        )
        .values(balance=Account.balance + amount)
    )


_change = _change_balance().returning(Account.balance)


async def change_balance(session: WriteSession, guild_id: int, posting: Posting) -> int | None:
    """Add to a member's account and lock its row; the new balance.

    None, with nothing changed, when the account does not exist or would leave the range 0 to `MAX_COINS`.
    """
    parameters = {
        "in_guild": guild_id,
        "of_holder": posting.account.holder,
        "of_pocket": posting.account.pocket,
        "amount": posting.amount,
        "room": MAX_COINS - max(posting.amount, 0),
    }
    return (await session.execute(_change, parameters)).scalar_one_or_none()


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
    entries = (await session.execute(_entries_of, {"guild_id": guild_id, "transaction_id": head.id})).all()
    return StoredTransaction(
        id=head.id,
        kind=head.kind,
        actor_id=head.actor_id,
        details=head.details,
        at=head.at,
        postings=tuple(Posting(AccountKey(row.holder, row.pocket), row.amount) for row in entries),
        balances=tuple(row.balance_after for row in entries),
    )


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


@cache
def _claim(name: str) -> Any:
    continued = Claim.last_at >= bindparam("streak_from", type_=UtcDateTime)
    streak = case((continued, Claim.streak + 1), else_=1)
    best = case((streak > Claim.best_streak, streak), else_=Claim.best_streak)
    # The second matters when the guild's zone changed since: one claim in a day, by the zone of now.
    ready = and_(
        Claim.ready_at <= bindparam("claimed_at", type_=UtcDateTime),
        Claim.last_at < bindparam("today", type_=UtcDateTime),
    )
    statement = dialect.upsert(name, Claim, changes={"streak": streak, "best_streak": best}, where=ready)
    return statement.returning(Claim.streak)


async def claim(
    session: WriteSession, guild_id: int, user_id: int, action: str, *, now: datetime, window: DailyWindow
) -> int | None:
    """Claim `action` in one statement; the streak with this claim, or None when it is not ready yet."""
    row = {
        "guild_id": guild_id,
        "user_id": user_id,
        "action": action,
        "last_at": now,
        "ready_at": window.ready_at,
        "streak": 1,
        "best_streak": 1,
        "streak_from": window.streak_from,
        "today": window.today,
        "claimed_at": now,
    }
    return (await session.execute(_claim(session.dialect.name), row)).scalar_one_or_none()


async def take_up_claim(session: WriteSession, guild_id: int, user_id: int, action: str, *, shadow: int) -> None:
    """Give somebody back the claim that was kept under their shadow, if one was: it is not ready any sooner."""
    mine = (Claim.guild_id == guild_id, Claim.user_id == shadow, Claim.action == action)
    await session.execute(update(Claim).where(*mine).values(user_id=user_id))


_ready_at = select(Claim.ready_at).where(
    Claim.guild_id == bindparam("guild_id"),
    Claim.user_id == bindparam("user_id"),
    Claim.action == bindparam("action"),
)


async def ready_at(session: Session, guild_id: int, user_id: int, action: str) -> datetime | None:
    """When a claim is ready again; None if it was never made."""
    parameters = {"guild_id": guild_id, "user_id": user_id, "action": action}
    return (await session.execute(_ready_at, parameters)).scalar_one_or_none()


RICHEST = Ranking(
    guild=Account.__table__.c.guild_id,
    person=Account.__table__.c.holder,
    value=Account.__table__.c.balance,
    where=(Account.pocket == Pocket.WALLET,),
)
"""Who has most in their wallet."""


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
