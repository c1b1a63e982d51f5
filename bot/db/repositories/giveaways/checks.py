"""Statements that look whether giveaways hold what they promise; they change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from bot.db.models.giveaways import GiveawayEntryRow, GiveawayEventRow, GiveawayRow, GiveawayWinnerRow
from bot.db.models.moderation import GuildCounter
from bot.db.sessions import Session
from bot.domain.giveaways import COUNTER, Status, WinnerState

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
    """Rows about giveaways that there are not: table and number."""
    found: list[tuple[str, int]] = []
    for model in _OF_GIVEAWAYS:
        table: Any = model
        theirs = exists().where(GiveawayRow.guild_id == guild_id, GiveawayRow.number == table.number)
        query = select(table.number).where(table.guild_id == guild_id, ~theirs).distinct().limit(most)
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
    return await _numbers(session, and_(GiveawayRow.guild_id == guild_id, odd), most)


async def miscounted(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Giveaways that were drawn from another number of entrants than are on the list."""
    table = GiveawayEntryRow
    mine = and_(table.guild_id == GiveawayRow.guild_id, table.number == GiveawayRow.number)
    on_list = select(func.count()).where(mine, table.left_at.is_(None), table.weight > 0).scalar_subquery()
    drawn = and_(GiveawayRow.guild_id == guild_id, GiveawayRow.status == Status.ENDED)
    return await _numbers(session, and_(drawn, GiveawayRow.entrants != on_list), most)


async def _numbers(session: Session, where: Any, most: int) -> Sequence[int]:
    query = select(GiveawayRow.number).where(where).order_by(GiveawayRow.number).limit(most)
    return (await session.execute(query)).scalars().all()
