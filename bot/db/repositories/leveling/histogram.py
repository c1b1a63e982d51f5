"""Statements on a guild's XP as a whole: how it is spread, who has how much, and what members earn in a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, func, insert, or_, select

from bot.db.models.leveling import MemberLevel, XpChange, XpPeriod
from bot.db.sessions import Session, WriteSession
from bot.domain.curve_changes import Range
from bot.domain.leveling import ChangeKind, Span

_AT_ONCE = 5_000
_MOST = 2**63 - 1


async def highest(session: Session, guild_id: int) -> tuple[int, int]:
    """How many members have any XP, and the most that one has."""
    query = select(func.count(), func.max(MemberLevel.xp)).where(MemberLevel.guild_id == guild_id, MemberLevel.xp > 0)
    count, most = (await session.execute(query)).one()
    return count, most or 0


async def spread(session: Session, guild_id: int, ranges: Sequence[Range]) -> list[int]:
    """How many members with any XP have so much, for each range."""
    counts = [func.count().filter(_within(one)) for one in ranges]
    query = select(*counts).where(MemberLevel.guild_id == guild_id, MemberLevel.xp > 0)
    return list((await session.execute(query)).one())


async def between(session: Session, guild_id: int, ranges: Sequence[Range], limit: int) -> tuple[int, list[int]]:
    """How many members have XP of any of these ranges, and up to `limit` of them, those with the most first."""
    if not ranges:
        return 0, []
    here = and_(MemberLevel.guild_id == guild_id, MemberLevel.xp > 0, or_(*(_within(one) for one in ranges)))
    count = (await session.execute(select(func.count()).select_from(MemberLevel).where(here))).scalar_one()
    query = select(MemberLevel.user_id).where(here).order_by(MemberLevel.xp.desc(), MemberLevel.user_id).limit(limit)
    return count, list((await session.execute(query)).scalars())


def _within(one: Range) -> ColumnElement[bool]:
    begin, end = one
    return and_(MemberLevel.xp >= begin, MemberLevel.xp < (_MOST if end is None else end))


async def earned_in(session: Session, guild_id: int, since: date, shares: Sequence[int]) -> tuple[int, list[int]]:
    """How many members earned anything since a day, and what those in the middle, or so, earned together.

    `shares` are per cent of them, counted from whoever earned least.
    """
    mine = (
        XpPeriod.guild_id == guild_id, XpPeriod.span == Span.DAY, XpPeriod.begins >= since, XpPeriod.xp > 0,
    )  # fmt: skip
    earned = func.sum(XpPeriod.xp).label("earned")
    each = select(XpPeriod.user_id, earned).where(*mine).group_by(XpPeriod.user_id)
    members = (await session.execute(select(func.count()).select_from(each.subquery()))).scalar_one()
    found: list[int] = []
    for share in shares if members else ():
        one = each.order_by(earned).offset(min(members * share // 100, members - 1)).limit(1)
        found.append(int((await session.execute(one)).one().earned))
    return members, found


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


async def note(
    session: WriteSession, guild_id: int, moved: Mapping[int, tuple[int, int, int]], *, batch_id: int, by: int
) -> None:
    """Write down what the curve changed of members: by member, the id of the change, and their XP before and after."""
    rows = [
        {
            "guild_id": guild_id, "id": change_id, "user_id": user_id, "kind": ChangeKind.CURVE, "before": before,
            "after": after, "changed_by": by, "batch_id": batch_id,
        }
        for user_id, (change_id, before, after) in sorted(moved.items())
    ]  # fmt: skip
    for start in range(0, len(rows), _AT_ONCE):
        await session.execute(insert(XpChange), rows[start : start + _AT_ONCE])


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
