"""Statements that prove batches: they count their targets right, and are over when these are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from bot.db import dialect
from bot.db.models.batches import BatchItem, BatchRow
from bot.db.sessions import Session
from bot.domain.batches import BatchState, ItemState

_OPEN = (ItemState.PENDING, ItemState.DOING)


async def miscounted(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Up to `most` batches whose counts are not those of their targets."""

    def how_many(*states: ItemState) -> ColumnElement[int]:
        return (
            select(func.count())
            .where(
                BatchItem.guild_id == BatchRow.guild_id,
                BatchItem.batch_id == BatchRow.id,
                BatchItem.state.in_(states),
            )
            .scalar_subquery()
        )

    wrong = or_(
        BatchRow.total != how_many(*ItemState),
        BatchRow.done != how_many(ItemState.DONE),
        BatchRow.failed != how_many(ItemState.FAILED),
        BatchRow.skipped != how_many(ItemState.SKIPPED),
    )
    query = select(BatchRow.id).where(BatchRow.guild_id == guild_id, wrong).order_by(BatchRow.id).limit(most)
    return (await session.execute(query)).scalars().all()


async def left_behind(session: Session, guild_id: int, most: int) -> Sequence[int]:
    """Up to `most` batches that are over, or running and looked at by nobody, while targets of theirs are open."""
    has_open = exists().where(
        BatchItem.guild_id == BatchRow.guild_id,
        BatchItem.batch_id == BatchRow.id,
        dialect.is_one_of(BatchItem.state, _OPEN),
    )
    over = BatchRow.state.not_in((BatchState.DRAFT, BatchState.RUNNING))
    lost = and_(BatchRow.state == BatchState.RUNNING, or_(BatchRow.due_at.is_(None), ~has_open))
    wrong = or_(and_(over, has_open), lost)
    query = select(BatchRow.id).where(BatchRow.guild_id == guild_id, wrong).order_by(BatchRow.id).limit(most)
    return (await session.execute(query)).scalars().all()
