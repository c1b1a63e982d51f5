"""What goes with a person's entries when their data is erased, and what goes with time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, not_, select, update

from bot.db import dialect
from bot.db.models.giveaways import GiveawayEntryRow, GiveawayEventRow, GiveawayRow, GiveawayWinnerRow
from bot.db.repositories.giveaways.giveaways import OPEN
from bot.db.sessions import Session, WriteSession
from bot.domain.giveaways import Status

Key = tuple[int, int]
"""Guild and number."""

OVER = dialect.is_one_of(GiveawayRow.status, (Status.ENDED, Status.CANCELLED, Status.FAILED))
"""A giveaway that is over, as the index says it that holds just these."""

_KEY = (GiveawayRow.guild_id, GiveawayRow.number)


async def forget_open(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Forget somebody's entries but for those that were drawn from: without these nobody could draw again.

    Giveaways whose list is not fixed are shared until this is committed, so that none is fixed with somebody in it who
    is gone then.
    """
    mine = and_(GiveawayEntryRow.guild_id == guild_id, GiveawayEntryRow.user_id == user_id)
    entered = select(GiveawayEntryRow.number).where(mine)
    here = and_(GiveawayRow.guild_id == guild_id, GiveawayRow.number.in_(entered))
    unfixed = select(GiveawayRow.number).where(here, GiveawayRow.entrants.is_(None)).order_by(GiveawayRow.number)
    await session.execute(unfixed.with_for_update(read=True))
    drawn = exists().where(
        GiveawayRow.guild_id == guild_id,
        GiveawayRow.number == GiveawayEntryRow.number,
        GiveawayRow.entrants.is_not(None),
    )
    on_list = and_(GiveawayEntryRow.left_at.is_(None), GiveawayEntryRow.weight > 0, drawn)
    await session.execute(delete(GiveawayEntryRow).where(mine, not_(on_list)))


async def old(session: Session, *, over_before: datetime, limit: int) -> list[Key]:
    """Giveaways that are over since before a time, the oldest first."""
    query = select(*_KEY).where(OVER, GiveawayRow.status_at < over_before).order_by(GiveawayRow.status_at).limit(limit)
    return [(row.guild_id, row.number) for row in await session.execute(query)]


async def old_drafts(session: Session, *, written_before: datetime, limit: int) -> list[Key]:
    """Drafts that nobody published, begun before a time."""
    left = and_(OPEN, GiveawayRow.status == Status.DRAFT, GiveawayRow.status_at < written_before)
    query = select(*_KEY).where(left).order_by(*_KEY).limit(limit)
    return [(row.guild_id, row.number) for row in await session.execute(query)]


async def give_up(session: WriteSession, key: Key) -> None:
    """Mark a giveaway that is over as one that can't be drawn again, before its entries go."""
    gone: dict[str, Any] = {"status": Status.CANCELLED, "due_at": None, "lease_token": None}
    await session.execute(update(GiveawayRow).where(_is(key), OVER).values(**gone))


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


async def forget(session: WriteSession, key: Key, statuses: Collection[Status]) -> bool:
    """Forget a giveaway without entries that is of one of these statuses, with all else that is about it."""
    statement = delete(GiveawayRow).where(_is(key), GiveawayRow.status.in_(statuses)).returning(GiveawayRow.number)
    if (await session.execute(statement)).one_or_none() is None:
        return False
    for model in (GiveawayWinnerRow, GiveawayEventRow):
        await session.execute(delete(model).where(model.guild_id == key[0], model.number == key[1]))
    return True


def _is(key: Key) -> ColumnElement[bool]:
    return and_(GiveawayRow.guild_id == key[0], GiveawayRow.number == key[1])
