"""Statements on those who were drawn. Whoever writes one has locked the giveaway's row in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update

from bot.db import dialect
from bot.db.models.giveaways import GiveawayWinnerRow
from bot.db.sessions import Session, WriteSession
from bot.domain.giveaways import Winner, WinnerState

_COLUMNS = (*GiveawayWinnerRow.__table__.c,)
_HOLDS = dialect.is_one_of(GiveawayWinnerRow.state, (WinnerState.WON, WinnerState.CLAIMED))


def _of(guild_id: int, number: int) -> ColumnElement[bool]:
    return and_(GiveawayWinnerRow.guild_id == guild_id, GiveawayWinnerRow.number == number)


def _winner(row: Any) -> Winner:
    return Winner(
        row.guild_id, row.number, row.place, row.user_id, row.state,
        row.passed, row.reason, row.at, row.claim_until, row.announced, row.delivery, row.lettered,
    )  # fmt: skip


async def add(session: WriteSession, winners: Iterable[Winner]) -> None:
    """Write down what became of places that were looked at."""
    rows = [vars(one) for one in winners]
    if rows:
        await session.execute(dialect.insert(session.dialect.name, GiveawayWinnerRow), rows)


async def of(session: Session, guild_id: int, number: int) -> list[Winner]:
    """Everybody who was drawn, in order of place."""
    query = select(*_COLUMNS).where(_of(guild_id, number)).order_by(GiveawayWinnerRow.place)
    return [_winner(row) for row in await session.execute(query)]


async def find(session: Session, guild_id: int, number: int, user_id: int) -> Winner | None:
    """What became of somebody, if they were drawn."""
    query = select(*_COLUMNS).where(_of(guild_id, number), GiveawayWinnerRow.user_id == user_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _winner(row)


async def at(session: Session, guild_id: int, number: int, place: int) -> Winner | None:
    """What became of the one at a place of the order, if it was looked at."""
    query = select(*_COLUMNS).where(_of(guild_id, number), GiveawayWinnerRow.place == place)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _winner(row)


async def write(session: WriteSession, winner: Winner) -> None:
    """Write what became of somebody."""
    values: dict[str, Any] = {**vars(winner)}
    for name in ("guild_id", "number", "place", "user_id"):
        del values[name]
    mine = and_(_of(winner.guild_id, winner.number), GiveawayWinnerRow.place == winner.place)
    await session.execute(update(GiveawayWinnerRow).where(mine).values(**values))


async def due(session: Session, guild_id: int, number: int, now: datetime) -> list[Winner]:
    """Those who did not claim in time."""
    waiting = and_(GiveawayWinnerRow.state == WinnerState.WON, GiveawayWinnerRow.claim_until <= now)
    query = select(*_COLUMNS).where(_of(guild_id, number), waiting).order_by(GiveawayWinnerRow.place)
    return [_winner(row) for row in await session.execute(query)]


async def next_claim(session: Session, guild_id: int, number: int) -> datetime | None:
    """When the next claim's deadline passes."""
    waiting = and_(GiveawayWinnerRow.state == WinnerState.WON, GiveawayWinnerRow.claim_until.is_not(None))
    query = select(func.min(GiveawayWinnerRow.claim_until)).where(_of(guild_id, number), waiting)
    return (await session.execute(query)).scalar_one()


async def last_won(session: Session, guild_id: int, people: Collection[int]) -> dict[int, datetime]:
    """When these people last won a giveaway of a guild; who never did is not there."""
    query = (
        select(GiveawayWinnerRow.user_id, func.max(GiveawayWinnerRow.at).label("latest"))
        .where(
            GiveawayWinnerRow.guild_id == guild_id,
            GiveawayWinnerRow.user_id.in_(sorted(people)),
            _HOLDS,
        )
        .group_by(GiveawayWinnerRow.user_id)
    )
    return {row.user_id: row.latest for row in await session.execute(query)}
