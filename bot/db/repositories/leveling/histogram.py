"""Statements on a guild's XP as a whole: how it is spread, who has how much, and what members earn in a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from sqlalchemy import ColumnElement, Executable, ScalarSelect, func, select

from bot.db import dialect
from bot.db.bulk import Rows
from bot.db.models.leveling import MemberLevel, XpChange, XpPeriod
from bot.db.sessions import Session, WriteSession
from bot.domain.curve_changes import Range
from bot.domain.leveling import ChangeKind, Span

_AT_ONCE = 5_000
_MOST = 2**63 - 1

_SCATTER = 1_000_003
"""A prime: what is left of an id divided by it has nothing to do with when the account was made."""


async def highest(session: Session, guild_id: int) -> tuple[int, int]:
    """How many members have any XP, and the most that one has."""
    query = select(func.count(), func.max(MemberLevel.xp)).where(MemberLevel.guild_id == guild_id, MemberLevel.xp > 0)
    count, most = (await session.execute(query)).one()
    return count, most or 0


async def spread(session: Session, guild_id: int, ranges: Sequence[Range]) -> list[int]:
    """How many members with any XP have so much, for each range."""
    return list((await session.execute(select(*(_count(guild_id, one) for one in ranges)))).one())


async def between(session: Session, guild_id: int, ranges: Sequence[Range], limit: int) -> tuple[int, list[int]]:
    """How many members have XP of any of these ranges, and up to `limit` of them, those with the most first.

    The ranges have nothing in common, and are in order.
    """
    if not ranges:
        return 0, []
    count, people = sum(await spread(session, guild_id, ranges)), list[int]()
    for one in reversed(ranges):
        if len(people) < min(limit, count):
            query = select(MemberLevel.user_id).where(*_within(guild_id, one))
            query = query.order_by(MemberLevel.xp.desc(), MemberLevel.user_id).limit(limit - len(people))
            people += (await session.execute(query)).scalars()
    return count, people


def _count(guild_id: int, one: Range) -> ScalarSelect[int]:
    """Each range is counted along the index alone; to look at every member for all ranges takes ten times as long."""
    return select(func.count()).select_from(MemberLevel).where(*_within(guild_id, one)).scalar_subquery()


def _within(guild_id: int, one: Range) -> tuple[ColumnElement[bool], ...]:
    begin, end = one
    return (
        MemberLevel.guild_id == guild_id, MemberLevel.xp >= max(begin, 1),
        MemberLevel.xp < (_MOST if end is None else end),
    )  # fmt: skip


async def earned_in(session: Session, guild_id: int, since: date, one_in: int) -> list[int]:
    """What each member who earned anything since a day earned since then, the least first.

    Of one in so many members alone, if that is more than 1: always the same ones, whoever they are.
    """
    query = (
        select(func.sum(XpPeriod.xp))
        .where(XpPeriod.guild_id == guild_id, XpPeriod.span == Span.DAY, XpPeriod.begins >= since, XpPeriod.xp > 0)
        .group_by(XpPeriod.user_id)
    )
    if one_in > 1:
        query = query.where(XpPeriod.user_id % _SCATTER % one_in == 0)
    return sorted(int(one) for one in (await session.execute(query)).scalars())


async def first_day(session: Session, guild_id: int, since: date) -> date | None:
    """The first day since one on which anybody earned."""
    query = select(func.min(XpPeriod.begins)).where(
        XpPeriod.guild_id == guild_id, XpPeriod.span == Span.DAY, XpPeriod.begins >= since
    )
    return (await session.execute(query)).scalar_one_or_none()


async def locked(session: WriteSession, guild_id: int, limit: int) -> dict[int, int]:
    """Everybody's XP, up to `limit` members, which nobody else changes until the transaction ends."""
    query = select(MemberLevel.user_id, MemberLevel.xp).where(MemberLevel.guild_id == guild_id, MemberLevel.xp > 0)
    found = await session.execute(query.order_by(MemberLevel.user_id).limit(limit).with_for_update())
    return {row.user_id: row.xp for row in found}


@cache
def _changes(name: str) -> tuple[Rows, Executable]:
    own = XpChange
    rows = Rows(
        name, guild_id=own.guild_id, id=own.id, user_id=own.user_id, kind=own.kind, before=own.before, after=own.after,
        changed_by=own.changed_by, batch_id=own.batch_id,
    )  # fmt: skip
    source = select(*rows.c.values()).select_from(rows.source).where(rows.always)
    return rows, dialect.insert(name, own).from_select(list(rows.c), source)


async def note(
    session: WriteSession, guild_id: int, moved: Mapping[int, tuple[int, int, int]], *, batch_id: int, by: int
) -> None:
    """Write down what the curve changed of members: by member, the id of the change, and their XP before and after."""
    rows, statement = _changes(session.dialect.name)
    changes = sorted(moved.items())
    for start in range(0, len(changes), _AT_ONCE):
        part = [
            (guild_id, change_id, user_id, ChangeKind.CURVE, before, after, by, batch_id)
            for user_id, (change_id, before, after) in changes[start : start + _AT_ONCE]
        ]
        await session.execute(statement, rows.parameters(part))


async def noted(session: Session, guild_id: int, batch_id: int) -> dict[int, tuple[int, int]]:
    """The XP before and after of everybody whom a change of the curve moved."""
    query = select(XpChange.user_id, XpChange.before, XpChange.after).where(
        XpChange.guild_id == guild_id, XpChange.batch_id == batch_id, XpChange.kind == ChangeKind.CURVE
    )
    return {user_id: (before, after) for user_id, before, after in await session.execute(query)}


async def noted_since(session: Session, guild_id: int, change_id: int) -> tuple[int | None, int]:
    """The first batch in which a curve moved members since something with that id, and how many; None: none did."""
    mine = (XpChange.guild_id == guild_id, XpChange.kind == ChangeKind.CURVE)
    first = select(XpChange.batch_id).where(*mine, XpChange.id > change_id).order_by(XpChange.id).limit(1)
    batch_id = (await session.execute(first)).scalar_one_or_none()
    if batch_id is None:
        return None, 0
    members = select(func.count()).where(*mine, XpChange.batch_id == batch_id)
    return batch_id, int((await session.execute(members)).scalar_one())
