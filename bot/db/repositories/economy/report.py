"""Statements that add up a whole economy. Each runs beside a busy bot on a session that only reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)

from bot.db.models.economy import Account
from bot.db.models.wealth import MemberWealth
from bot.db.repositories.economy.accounts import OF_MEMBERS
from bot.db.sessions import ReadSession
from bot.domain.economy import SYSTEM, Pocket
from bot.domain.report import NOBODY, TENTHS, Spread, richest_count, tenth_edges

# Written out, because PostgreSQL shifts by an integer only, and a parameter would be a BIGINT.
_SHIFT: ColumnElement[int] = literal_column("31")
_LOW_BITS: ColumnElement[int] = literal_column(str(2**31 - 1))


@dataclass(frozen=True)
class Halves:
    """A sum that may leave 64 bits, added up as two that don't: SQLite refuses it, and a float would be off."""

    high: ColumnElement[int]
    low: ColumnElement[int]

    @classmethod
    def of(cls, value: ColumnElement[int]) -> Halves:
        """The two sums of a column that is never negative."""
        return cls(func.sum(value.op(">>")(_SHIFT)), func.sum(value.op("&")(_LOW_BITS)))

    @staticmethod
    def whole(high: int | None, low: int | None) -> int:
        """The sum that two found sums stand for."""
        return (int(high or 0) << 31) + int(low or 0)


_in_pockets = Halves.of(Account.__table__.c.balance)
_totals = (
    select(Account.pocket, func.count(), _in_pockets.high, _in_pockets.low)
    .where(Account.guild_id == bindparam("guild_id"), Account.pocket.in_((Pocket.WALLET, Pocket.BANK)))
    .where(OF_MEMBERS)
    .group_by(Account.pocket)
)


async def totals(session: ReadSession, guild_id: int) -> Mapping[Pocket, tuple[int, int]]:
    """How many accounts of members there are in each pocket, and what is in them together."""
    rows = await session.execute(_totals, {"guild_id": guild_id})
    return {Pocket(pocket): (int(count), Halves.whole(high, low)) for pocket, count, high, low in rows}


_mine = (Account.guild_id == bindparam("guild_id"), Account.holder > SYSTEM)
_members: Select[int] = select(func.count(Account.holder.distinct())).where(*_mine)
_rows_mine = MemberWealth.guild_id == bindparam("guild_id")
_rows: Select[int] = select(func.count()).select_from(MemberWealth).where(_rows_mine)


def _up_to(place: ColumnElement[int], coins: ColumnElement[Any], edge: str) -> ColumnElement[float]:
    """What those up to a place hold together."""
    return func.sum(case((place <= bindparam(edge, type_=BigInteger), coins), else_=0.0)).label(edge)


def _from_accounts() -> Any:
    held = (
        select(cast(func.sum(Account.balance), BigInteger).label("coins"))
        .where(*_mine)
        .group_by(Account.holder)
        .subquery()
    )
    return select(held.c.coins, func.row_number().over(order_by=held.c.coins).label("place")).subquery()


def _from_rows() -> Any:
    # In the order of an index, so that a million rows are neither grouped nor sorted.
    place = func.row_number().over(order_by=(MemberWealth.coins, MemberWealth.user_id)).label("place")
    return select(MemberWealth.coins, place).where(_rows_mine).subquery()


def _spread(ranked: Any) -> Any:
    # Sorted once: adding up to the end of each tenth is cheaper than a group for each, which would sort again.
    place: Any = ranked.c.place
    coins: Any = cast(ranked.c.coins, Double)
    middle = place.in_((bindparam("middle_1", type_=BigInteger), bindparam("middle_2", type_=BigInteger)))
    return select(
        func.sum(cast(place, Double) * coins).label("weighted"),
        func.min(case((middle, ranked.c.coins))).label("middle_low"),
        func.max(case((middle, ranked.c.coins))).label("middle_high"),
        _up_to(place, coins, "poorer"),
        *(_up_to(place, coins, f"edge_{part}") for part in range(TENTHS)),
    )


_by_tenth = _spread(_from_accounts())
_kept_by_tenth = _spread(_from_rows())


async def spread(session: ReadSession, guild_id: int, *, as_kept: bool = False) -> Spread:
    """How coins are spread over members, without those who were erased; from the rows that are kept, if so asked.

    Two statements: who opens an account in between belongs to no tenth.
    """
    members = (await session.execute(_rows if as_kept else _members, {"guild_id": guild_id})).scalar_one()
    if not members:
        return NOBODY
    parameters = {
        "guild_id": guild_id,
        "poorer": members - richest_count(members),
        "middle_1": (members + 1) // 2,
        "middle_2": members // 2 + 1,
        **{f"edge_{part}": edge for part, edge in enumerate(tenth_edges(members))},
    }
    found = await session.execute(_kept_by_tenth if as_kept else _by_tenth, parameters)
    row: tuple[Any, ...] = tuple(found.one())
    weighted, low, high, poorer, *lorenz = row
    return Spread(members, (low or 0, high or 0), weighted or 0.0, tuple(one or 0.0 for one in lorenz), poorer or 0.0)
