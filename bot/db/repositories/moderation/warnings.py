"""Statements on warnings, their points, and the rules for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from bot.db import dialect
from bot.db.models.moderation import CaseRow, WarnRuleRow
from bot.db.sessions import Session, WriteSession
from bot.domain.cases import CaseKind, CaseState
from bot.domain.warn_rules import Counted, WarnRule


def _counts(guild_id: int, now: datetime) -> ColumnElement[bool]:
    return and_(
        CaseRow.guild_id == guild_id,
        dialect.is_one_of(CaseRow.kind, (CaseKind.WARN,)),
        CaseRow.state == CaseState.ACTIVE,
        or_(CaseRow.expires_at.is_(None), CaseRow.expires_at > now),
    )


async def counted(session: Session, guild_id: int, user_id: int, now: datetime) -> list[Counted]:
    """The warnings of a member whose points count."""
    query = select(CaseRow.points, CaseRow.created_at, CaseRow.expires_at).where(
        CaseRow.target_id == user_id, _counts(guild_id, now)
    )
    return [Counted(row.points or 0, row.created_at, row.expires_at) for row in await session.execute(query)]


async def touched(
    session: Session, guild_id: int, rule: WarnRule, now: datetime, *, limit: int
) -> tuple[list[tuple[int, int]], int]:
    """Up to `limit` members who have reached a line, with their points, most first; and how many they are in all."""
    reached = func.sum(CaseRow.points)
    those = (
        select(CaseRow.target_id, reached.label("reached"))
        .where(_counts(guild_id, now), CaseRow.created_at > now - timedelta(days=rule.days))
        .group_by(CaseRow.target_id)
        .having(reached >= rule.points)
    )
    found = await session.execute(those.order_by(reached.desc(), CaseRow.target_id).limit(limit))
    most = [(row.target_id, int(row.reached)) for row in found]
    if len(most) < limit:
        return most, len(most)
    return most, int((await session.execute(select(func.count()).select_from(those.subquery()))).scalar_one())


async def is_taken(session: Session, guild_id: int, code: str) -> bool:
    """Whether a warning is called so already."""
    query = select(CaseRow.number).where(CaseRow.guild_id == guild_id, CaseRow.code == code)
    return (await session.execute(query)).first() is not None


async def number_of(session: Session, guild_id: int, code: str) -> int | None:
    """The case of the warning that is called so."""
    query = select(CaseRow.number).where(CaseRow.guild_id == guild_id, CaseRow.code == code)
    return (await session.execute(query)).scalar_one_or_none()


async def newest(session: Session, guild_id: int, *, limit: int) -> list[int]:
    """The cases of the newest warnings that were not taken back."""
    query = (
        select(CaseRow.number)
        .where(
            CaseRow.guild_id == guild_id,
            dialect.is_one_of(CaseRow.kind, (CaseKind.WARN,)),
            CaseRow.state == CaseState.ACTIVE,
        )
        .order_by(CaseRow.created_at.desc(), CaseRow.number.desc())
        .limit(limit)
    )
    return list((await session.execute(query)).scalars())


# Rules ----------------------------------------------------------------------------------------------------


async def rules(session: Session, guild_id: int, *, lock: bool = False) -> list[WarnRule]:
    """The rules of a server, the lowest line first."""
    query = select(WarnRuleRow).where(WarnRuleRow.guild_id == guild_id)
    query = query.order_by(WarnRuleRow.points, WarnRuleRow.days)
    found = await session.execute(query.with_for_update() if lock else query)
    return [
        WarnRule(row.points, row.days, row.kind, None if row.lasts is None else timedelta(seconds=row.lasts))
        for row in found
    ]


async def put_rule(session: WriteSession, guild_id: int, rule: WarnRule) -> None:
    """Write a rule, in place of the one with the same line."""
    lasts = None if rule.lasts is None else int(rule.lasts.total_seconds())
    row = {"guild_id": guild_id, "points": rule.points, "days": rule.days, "kind": rule.kind, "lasts": lasts}
    await session.execute(dialect.upsert(session.dialect.name, WarnRuleRow), row)


async def drop_rule(session: WriteSession, guild_id: int, rule: WarnRule) -> None:
    """Forget a rule."""
    mine = (WarnRuleRow.guild_id == guild_id, WarnRuleRow.points == rule.points, WarnRuleRow.days == rule.days)
    await session.execute(delete(WarnRuleRow).where(*mine))
