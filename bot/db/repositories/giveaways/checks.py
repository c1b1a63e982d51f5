"""Statements that look whether giveaways hold what they promise; they change nothing.

Each is bounded: a server may have had a million giveaways, and one of them a million entrants. What was drawn long ago
was looked at when it was new.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, and_, cast, exists, func, literal, or_, select

from bot.db.models.economy import LedgerTransaction
from bot.db.models.giveaways import GiveawayEntryRow, GiveawayEventRow, GiveawayRow, GiveawayWinnerRow
from bot.db.models.moderation import GuildCounter
from bot.db.sessions import Session
from bot.domain.giveaways import COUNTER, Delivery, Status, WinnerState

NEWEST = 5_000
"""Giveaways of a guild whose winners are looked at."""

LISTS = 200
"""Giveaways of a guild whose lists are counted, the newest first…"""

MOST_ENTRIES = 2_000_000
"""…as long as those before have no more entrants than this together."""

_OF_GIVEAWAYS = (GiveawayEntryRow, GiveawayEventRow, GiveawayWinnerRow)
_HOLDS = (WinnerState.WON, WinnerState.CLAIMED)


async def beyond_counter(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Giveaways with a number that was not given yet."""
    given = (
        select(GuildCounter.value)
        .where(GuildCounter.guild_id == guild_id, GuildCounter.name == COUNTER)
        .scalar_subquery()
    )
    odd = and_(GiveawayRow.guild_id == guild_id, GiveawayRow.number > func.coalesce(given, 0))
    return await _numbers(session, odd, most)


async def orphans(session: Session, guild_id: int, most: int) -> list[tuple[str, int]]:
    """Rows about giveaways that there are not: table and number.

    Goes from number to number, so that the rows of one giveaway, perhaps a million, are not read.
    """
    found: list[tuple[str, int]] = []
    for model in _OF_GIVEAWAYS:
        table: Any = model
        first = select(func.min(table.number).label("number")).where(table.guild_id == guild_id)
        told = first.cte("told", recursive=True)
        following = select(func.min(table.number)).where(table.guild_id == guild_id, table.number > told.c.number)
        told = told.union_all(select(following.scalar_subquery()).where(told.c.number.is_not(None)))
        theirs = exists().where(GiveawayRow.guild_id == guild_id, GiveawayRow.number == told.c.number)
        query = select(told.c.number).where(told.c.number.is_not(None), ~theirs).limit(most)
        found += [(table.__tablename__, number) for number in (await session.execute(query)).scalars()]
    return found


async def overfull(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Giveaways with more winners than they have, or with somebody looked at beyond the place that was reached."""
    table = GiveawayWinnerRow
    mine = and_(table.guild_id == GiveawayRow.guild_id, table.number == GiveawayRow.number)
    won = select(func.count()).where(mine, table.state.in_(_HOLDS)).scalar_subquery()
    last = select(func.coalesce(func.max(table.place), 0)).where(mine).scalar_subquery()
    looked = select(func.count()).where(mine).scalar_subquery()
    odd = or_(won > GiveawayRow.winners, last != GiveawayRow.looked, looked != GiveawayRow.looked)
    return await _numbers(session, and_(*_newest(guild_id), odd), most)


async def unpaid(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Giveaways with a winner whose coins count as handed out, and of whom the ledger knows nothing."""
    table = GiveawayWinnerRow
    key = literal("giveaway:", String).concat(cast(table.number, String)).concat(":").concat(cast(table.place, String))
    paid = exists().where(LedgerTransaction.guild_id == guild_id, LedgerTransaction.key == key)
    mine = and_(table.guild_id == guild_id, table.number == GiveawayRow.number, table.delivery == Delivery.GIVEN)
    odd = and_(GiveawayRow.coins > 0, exists().where(mine, ~paid))
    return await _numbers(session, and_(*_newest(guild_id), odd), most)


async def miscounted(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Giveaways that were drawn from another number of entrants than are on the list."""
    newest = (
        select(GiveawayRow.number, GiveawayRow.entrants)
        .where(GiveawayRow.guild_id == guild_id, GiveawayRow.status == Status.ENDED)
        .order_by(GiveawayRow.number.desc())
        .limit(LISTS)
        .subquery()
    )
    before = func.sum(newest.c.entrants).over(order_by=newest.c.number.desc()) - newest.c.entrants
    summed = select(newest.c.number, newest.c.entrants, before.label("before")).subquery()
    looked_at = select(summed.c.number, summed.c.entrants).where(summed.c.before <= MOST_ENTRIES).cte("looked_at")
    table = GiveawayEntryRow
    listed = (
        select(table.number, func.count().label("entries"))  # together: one by one, PostgreSQL may read all for each
        .where(table.guild_id == guild_id, table.number.in_(select(looked_at.c.number)))
        .where(table.left_at.is_(None), table.weight > 0)
        .group_by(table.number)
        .subquery()
    )
    query = (
        select(looked_at.c.number)
        .outerjoin(listed, listed.c.number == looked_at.c.number)
        .where(looked_at.c.entrants != func.coalesce(listed.c.entries, 0))
        .order_by(looked_at.c.number)
        .limit(most)
    )
    return (await session.execute(query)).scalars().all()


async def drawn(session: Session, guild_id: int, *, entrants: int, limit: int) -> Sequence[int]:
    """The newest giveaways with all their winners and at most so many entrants."""
    done = and_(GiveawayRow.guild_id == guild_id, GiveawayRow.status == Status.ENDED, GiveawayRow.vacant == 0)
    few = GiveawayRow.entrants <= entrants
    query = select(GiveawayRow.number).where(done, few).order_by(GiveawayRow.number.desc()).limit(limit)
    return (await session.execute(query)).scalars().all()


def _newest(guild_id: int) -> tuple[Any, ...]:
    """The newest giveaways of a guild."""
    there = select(GiveawayRow.number).where(GiveawayRow.guild_id == guild_id).order_by(GiveawayRow.number.desc())
    edge = func.coalesce(there.limit(1).offset(NEWEST - 1).correlate(None).scalar_subquery(), 0)
    return GiveawayRow.guild_id == guild_id, GiveawayRow.number >= edge


async def _numbers(session: Session, where: Any, most: int) -> Sequence[int]:
    query = select(GiveawayRow.number).where(where).order_by(GiveawayRow.number).limit(most)
    return (await session.execute(query)).scalars().all()
