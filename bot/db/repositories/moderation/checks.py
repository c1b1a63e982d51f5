"""Statements that look for cases and slots that contradict each other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from bot.db.models.moderation import CaseChangeRow, CaseRow, GuildCounter, SanctionSlot
from bot.db.sessions import Session
from bot.domain.cases import COUNTER, CaseState, Slot

_OPEN = (CaseState.PLANNED, CaseState.APPLYING)
_STANDING = (*_OPEN, CaseState.ACTIVE)


def _its_slot() -> ColumnElement[bool]:
    return and_(
        SanctionSlot.guild_id == CaseRow.guild_id,
        SanctionSlot.user_id == CaseRow.target_id,
        SanctionSlot.slot == CaseRow.slot,
    )


async def _numbers(session: Session, guild_id: int, wrong: ColumnElement[bool], most: int) -> list[int]:
    query = select(CaseRow.number).where(CaseRow.guild_id == guild_id, wrong).order_by(CaseRow.number).limit(most)
    return list((await session.execute(query)).scalars())


async def numbering(session: Session, guild_id: int) -> tuple[int, int, int]:
    """How many cases there are, the highest number, and how far the counter is."""
    counter = (
        select(GuildCounter.value)
        .where(GuildCounter.guild_id == guild_id, GuildCounter.name == COUNTER)
        .scalar_subquery()
    )
    query = select(func.count(), func.max(CaseRow.number), counter).where(CaseRow.guild_id == guild_id)
    count, highest, counted = (await session.execute(query)).one()
    return count, highest or 0, counted or 0


async def double(session: Session, guild_id: int, most: int) -> list[tuple[int, Slot]]:
    """Up to `most` slots that more than one case claims to decide: member and slot."""
    query = (
        select(CaseRow.target_id, CaseRow.slot)
        .where(CaseRow.guild_id == guild_id, CaseRow.state == CaseState.ACTIVE, CaseRow.slot.is_not(None))
        .group_by(CaseRow.target_id, CaseRow.slot)
        .having(func.count() > 1)
        .limit(most)
    )
    found: Any = await session.execute(query)
    return [(target_id, slot) for target_id, slot in found]


async def untended(session: Session, guild_id: int, most: int) -> list[int]:
    """Up to `most` cases that nobody would ever begin, or not end when their time is up."""
    begun = exists().where(_its_slot(), SanctionSlot.due_at.is_not(None))
    at_rest = and_(SanctionSlot.attempts == 0, SanctionSlot.lease_token.is_(None))
    late = and_(SanctionSlot.due_at > CaseRow.expires_at, at_rest)
    missed = exists().where(_its_slot(), or_(SanctionSlot.due_at.is_(None), late))
    ends = and_(CaseRow.state == CaseState.ACTIVE, CaseRow.slot.is_not(None), CaseRow.expires_at.is_not(None))
    wrong = or_(and_(CaseRow.state.in_(_OPEN), ~begun), and_(ends, or_(missed, ~exists().where(_its_slot()))))
    return await _numbers(session, guild_id, wrong, most)


async def not_held(session: Session, guild_id: int, most: int) -> list[int]:
    """Up to `most` active cases of which Discord is not believed to hold anything, though somebody could have seen."""
    held = exists().where(
        _its_slot(), or_(SanctionSlot.holds, SanctionSlot.away, SanctionSlot.lease_token.is_not(None))
    )
    return await _numbers(
        session, guild_id, and_(CaseRow.state == CaseState.ACTIVE, CaseRow.slot.is_not(None), ~held), most
    )


async def held_for_nothing(session: Session, guild_id: int, most: int) -> list[tuple[int, Slot]]:
    """Up to `most` slots that hold with no case that says so, though there was one, and nobody will look again.

    What Discord held before the bot came, or lets nobody change, has no case that was ever done.
    """
    standing = exists().where(_its_slot(), CaseRow.state.in_(_STANDING))
    done = exists().where(_its_slot(), CaseRow.state != CaseState.FAILED)
    wrong = and_(SanctionSlot.holds, ~SanctionSlot.away, SanctionSlot.due_at.is_(None), ~standing, done)
    query = (
        select(SanctionSlot.user_id, SanctionSlot.slot)
        .where(SanctionSlot.guild_id == guild_id, wrong)
        .order_by(SanctionSlot.user_id, SanctionSlot.slot)
        .limit(most)
    )
    return [(row.user_id, row.slot) for row in await session.execute(query)]


async def untold(session: Session, guild_id: int, most: int) -> list[int]:
    """Up to `most` cases whose changes are not all on record."""
    told = (
        select(func.count())
        .where(CaseChangeRow.guild_id == CaseRow.guild_id, CaseChangeRow.number == CaseRow.number)
        .scalar_subquery()
    )
    return await _numbers(session, guild_id, told != CaseRow.version, most)
