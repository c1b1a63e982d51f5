"""What goes with a person's entries when their data is erased, and what goes with time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, or_, select

from bot.db.models.giveaways import GiveawayEntryRow, GiveawayEventRow, GiveawayRow, GiveawayWinnerRow
from bot.db.sessions import Session, WriteSession
from bot.domain.giveaways import Status

Key = tuple[int, int]
"""Guild and number."""


async def forget_open(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Take somebody out of all giveaways that are not drawn yet."""
    drawn = select(GiveawayRow.number).where(GiveawayRow.guild_id == guild_id, GiveawayRow.entrants.is_not(None))
    mine = and_(GiveawayEntryRow.guild_id == guild_id, GiveawayEntryRow.user_id == user_id)
    await session.execute(delete(GiveawayEntryRow).where(mine, GiveawayEntryRow.number.not_in(drawn)))


async def old(session: Session, *, ended_before: datetime, written_before: datetime, limit: int) -> list[Key]:
    """Giveaways that are to be forgotten: those that ended before a time, and drafts left alone since another."""
    over = and_(GiveawayRow.ended_at < ended_before, GiveawayRow.status.in_((Status.ENDED, Status.CANCELLED)))
    never = and_(GiveawayRow.status == Status.FAILED, GiveawayRow.status_at < ended_before)
    left = and_(GiveawayRow.status == Status.DRAFT, GiveawayRow.status_at < written_before)
    query = select(GiveawayRow.guild_id, GiveawayRow.number).where(or_(over, never, left)).limit(limit)
    return [(row.guild_id, row.number) for row in await session.execute(query)]


async def forget_entries(session: WriteSession, key: Key, limit: int) -> int:
    """Forget some entries of a giveaway; how many there were."""
    here = (GiveawayEntryRow.guild_id == key[0], GiveawayEntryRow.number == key[1])
    some: Sequence[int] = (
        await session.execute(
            select(GiveawayEntryRow.user_id).where(*here).order_by(GiveawayEntryRow.user_id).limit(limit)
        )
    ).scalars().all()  # fmt: skip
    if some:
        between = GiveawayEntryRow.user_id.between(some[0], some[-1])
        await session.execute(delete(GiveawayEntryRow).where(*here, between))
    return len(some)


async def forget(session: WriteSession, key: Key) -> None:
    """Forget a giveaway without entries, with all else that is about it."""
    for model in (GiveawayWinnerRow, GiveawayEventRow, GiveawayRow):
        await session.execute(delete(model).where(model.guild_id == key[0], model.number == key[1]))
