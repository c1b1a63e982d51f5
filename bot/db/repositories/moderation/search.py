"""Statements that look cases up. Each is bounded by an index, however many cases a guild has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from bot.db.models.moderation import CaseChangeRow, CaseRow
from bot.db.repositories.moderation.cases import case_of, change_of
from bot.db.sessions import Session
from bot.domain.case_search import COUNTED, ActCount, CaseFilter, Sum
from bot.domain.cases import Case, CaseChange, CaseKind, CaseState, EndReason
from bot.domain.paging import Cursor

_OWN = (CaseRow.kind != CaseKind.NOTE, CaseRow.state.in_(sorted(COUNTED)))
"""What members may know of their own file."""

_SORTED_AT_ONCE = timedelta(days=7)


def _about(guild_id: int, wanted: CaseFilter, *, own: bool) -> list[ColumnElement[bool]]:
    fits = [CaseRow.guild_id == guild_id, CaseRow.target_id == wanted.target_id]
    if wanted.kind is not None:
        fits.append(CaseRow.kind == wanted.kind)
    if wanted.moderator_id is not None:
        fits.append(CaseRow.moderator_id == wanted.moderator_id)
    if wanted.since is not None:
        fits.append(CaseRow.created_at >= wanted.since)
    if wanted.until is not None:
        fits.append(CaseRow.created_at < wanted.until)
    return [*fits, *_OWN] if own else fits


async def page(
    session: Session, guild_id: int, wanted: CaseFilter, cursor: Cursor, *, limit: int, own: bool
) -> list[Case]:
    """Up to `limit` cases beyond a number, newest first."""
    query = select(CaseRow).where(*_about(guild_id, wanted, own=own)).limit(limit)
    if cursor.newer:
        query = query.where(CaseRow.number > cursor.edge).order_by(CaseRow.number)
    else:
        query = query.where(CaseRow.number < cursor.edge).order_by(CaseRow.number.desc())
    found = [case_of(row) for row in await session.execute(query)]
    return found[::-1] if cursor.newer else found


async def last_before(session: Session, guild_id: int, target_id: int, moment: datetime) -> int:
    """The highest number about a member of before a moment; 0: none."""
    query = (
        select(CaseRow.number)
        .where(CaseRow.guild_id == guild_id, CaseRow.target_id == target_id, CaseRow.created_at < moment)
        .order_by(CaseRow.number.desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none() or 0


async def sum_of(session: Session, guild_id: int, user_id: int, *, now: datetime) -> Sum:
    """What somebody's file adds up to."""
    mine = (CaseRow.guild_id == guild_id, CaseRow.target_id == user_id)
    counting = (CaseRow.expires_at.is_(None)) | (CaseRow.expires_at > now)
    weighing = and_(CaseRow.kind == CaseKind.WARN, CaseRow.state == CaseState.ACTIVE, counting)
    weight = func.sum(CaseRow.points).filter(weighing)
    query = select(CaseRow.kind, CaseRow.state, func.count(), weight).where(*mine).group_by(CaseRow.kind, CaseRow.state)
    counts: dict[CaseKind, int] = {}
    void = points = 0
    found: Any = await session.execute(query)
    for kind, state, count, weighs in found:
        points += int(weighs or 0)
        if state in COUNTED:
            counts[kind] = counts.get(kind, 0) + count
        else:
            void += count
    return Sum(counts, points, void)


async def acts(
    session: Session, guild_id: int, *, since: datetime, now: datetime, moderator_id: int | None
) -> list[tuple[int | None, ActCount]]:
    """What was done since a moment, by whom, and what became of it; by one moderator alone, or by all.

    Walks along one index, whether the question is what was done or who did it. The same moderator and kind may be told
    of more than once: SQLite sorts what it groups, and many small sorts are faster than a large one.
    """
    found: list[tuple[int | None, ActCount]] = []
    begin: datetime | None = since
    while begin is not None:
        end = begin + _SORTED_AT_ONCE
        until = end if session.dialect.name == "sqlite" and end < now else None  # the last piece ends nowhere
        found += await _acts(session, guild_id, begin, until, moderator_id)
        begin = until
    return found


async def _acts(
    session: Session, guild_id: int, since: datetime, until: datetime | None, moderator_id: int | None
) -> list[tuple[int | None, ActCount]]:
    done = CaseRow.state.in_(sorted(COUNTED))
    query = (
        select(
            CaseRow.moderator_id,
            CaseRow.kind,
            func.count().filter(done),
            func.count().filter(CaseRow.state == CaseState.VOID),
            func.count().filter(done, CaseRow.end_reason == EndReason.LIFTED),
        )
        .where(CaseRow.guild_id == guild_id, CaseRow.created_at >= since)
        .group_by(CaseRow.kind, CaseRow.moderator_id)
    )
    if until is not None:
        query = query.where(CaseRow.created_at < until)
    if moderator_id is not None:
        query = query.where(CaseRow.moderator_id == moderator_id)
    found: Any = await session.execute(query)
    return [(by, ActCount(kind, count, void, early)) for by, kind, count, void, early in found]


async def beginning(session: Session, guild_id: int, written: int | None, *, limit: int) -> list[Case]:
    """Up to `limit` cases for somebody who writes a number: it, and what begins so; else the newest."""
    query = select(CaseRow).where(CaseRow.guild_id == guild_id).order_by(CaseRow.number.desc()).limit(limit)
    if written is not None:
        scales = [10**place for place in range(6)]
        spans = [CaseRow.number.between(written * scale, written * scale + scale - 1) for scale in scales]
        query = query.where(or_(*spans)).order_by(None).order_by(CaseRow.number)
    return [case_of(row) for row in await session.execute(query)]


async def newest_changes(session: Session, guild_id: int, number: int, *, limit: int) -> tuple[list[CaseChange], int]:
    """The newest changes of a case, the oldest of them first, and how many came before."""
    mine = and_(CaseChangeRow.guild_id == guild_id, CaseChangeRow.number == number)
    query = select(CaseChangeRow).where(mine).order_by(CaseChangeRow.seq.desc()).limit(limit)
    found: Sequence[Any] = (await session.execute(query)).all()
    return [change_of(row) for row in reversed(found)], (found[-1].seq - 1 if found else 0)
