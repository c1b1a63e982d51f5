"""Statements on members' accounts: what is in them, and who has most."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Update, bindparam, literal_column, select, update

from bot.db import dialect
from bot.db.models.economy import Account
from bot.db.repositories.leaderboard import Ranking
from bot.db.sessions import Session, WriteSession
from bot.domain.amounts import MAX_COINS
from bot.domain.economy import SYSTEM, AccountKey, Pocket, Posting

OF_MEMBERS: ColumnElement[bool] = Account.holder != literal_column(str(SYSTEM))
"""What the index of who has most is restricted to. Only statements that say so can use it."""

_balance = select(Account.balance).where(
    Account.guild_id == bindparam("guild_id"),
    Account.holder == bindparam("holder"),
    Account.pocket == bindparam("pocket"),
)


async def balance(session: Session, guild_id: int, account: AccountKey) -> int | None:
    """The balance of a member's account; None before its first movement."""
    parameters = {"guild_id": guild_id, "holder": account.holder, "pocket": account.pocket}
    return (await session.execute(_balance, parameters)).scalar_one_or_none()


_lock = _balance.with_for_update()


async def lock(session: WriteSession, guild_id: int, account: AccountKey) -> int | None:
    """The balance of a member's account, which nobody else changes until the transaction ends; None without one."""
    parameters = {"guild_id": guild_id, "holder": account.holder, "pocket": account.pocket}
    return (await session.execute(_lock, parameters)).scalar_one_or_none()


_balances = select(Account.pocket, Account.balance).where(
    Account.guild_id == bindparam("guild_id"), Account.holder == bindparam("holder")
)


async def balances(session: Session, guild_id: int, holder: int) -> dict[Pocket, int]:
    """What is in each account of a member; those that never moved are not in it."""
    rows = await session.execute(_balances, {"guild_id": guild_id, "holder": holder})
    return dict(rows.all())


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


async def change_balance(
    session: WriteSession, guild_id: int, posting: Posting, *, most: int = MAX_COINS
) -> int | None:
    """Add to a member's account and lock its row; the new balance.

    None, with nothing changed, when the account does not exist, would go below zero, or gets something and would hold
    more than `most` (0 to `MAX_COINS`).
    """
    parameters = {
        "in_guild": guild_id,
        "of_holder": posting.account.holder,
        "of_pocket": posting.account.pocket,
        "amount": posting.amount,
        "room": most - posting.amount if posting.amount > 0 else MAX_COINS,
    }
    return (await session.execute(_change, parameters)).scalar_one_or_none()


def _most_in(pocket: Pocket) -> Ranking:
    table = Account.__table__.c
    return Ranking(
        guild=table.guild_id, person=table.holder, value=table.balance, where=(Account.pocket == pocket, OF_MEMBERS)
    )


RICHEST = _most_in(Pocket.WALLET)
"""Who has most in their wallet."""

SAVERS = _most_in(Pocket.BANK)
"""Who has most in the bank."""
