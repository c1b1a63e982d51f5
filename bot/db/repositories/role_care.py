"""Statements on all grants of one role, for those who look after a guild.

They change grants of many members, whose duties are made due first (`role_grants.look`): so many members at a time that
nobody waits long for the transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from bot.db.models.role_grants import RoleGrant
from bot.db.sessions import Session, WriteSession
from bot.domain.role_grants import GrantState, GrantTally
from bot.domain.roles import Problem

_LIVE = RoleGrant.state != GrantState.ENDED


async def tally(session: Session, guild_id: int) -> list[GrantTally]:
    """How the grants of each role of a guild stand, but for those that wait for their members."""
    waits = RoleGrant.problem.in_((Problem.AWAY, Problem.SCREENING))
    gives = RoleGrant.state.in_((GrantState.WANTED, GrantState.FAILED))
    ends = and_(RoleGrant.state == GrantState.HELD, RoleGrant.applied, RoleGrant.expires_at.is_not(None))
    takes = or_(RoleGrant.state == GrantState.ENDING, ends)
    members = func.count(RoleGrant.user_id.distinct())
    stuck = RoleGrant.state.in_((GrantState.FAILED, GrantState.ENDING))
    query = (
        select(
            RoleGrant.role_id,
            members.filter(gives).label("to_give"),
            members.filter(takes).label("to_take"),
            members.filter(stuck, RoleGrant.problem.is_not(None)).label("stuck"),
            func.max(RoleGrant.detail).label("detail"),
        )
        .where(RoleGrant.guild_id == guild_id, or_(gives, takes), or_(RoleGrant.problem.is_(None), ~waits))
        .group_by(RoleGrant.role_id)
        .order_by(RoleGrant.role_id)
    )
    return [GrantTally(*row) for row in await session.execute(query)]


async def holders(session: Session, guild_id: int, role_id: int, *, after: int, limit: int) -> list[int]:
    """Up to `limit` members with grants of a role that are not ended, in the order of their ids, behind `after`."""
    query = (
        select(RoleGrant.user_id)
        .where(RoleGrant.guild_id == guild_id, RoleGrant.user_id > after, RoleGrant.role_id == role_id, _LIVE)
        .distinct()
        .order_by(RoleGrant.user_id)
        .limit(limit)
    )
    return list((await session.execute(query)).scalars())


async def end_role(session: WriteSession, guild_id: int, role_id: int, user_ids: Collection[int]) -> int:
    """Have every grant of a role to these members end; how many grants did not before."""
    written = await session.execute(
        update(RoleGrant)
        .where(_of(guild_id, role_id, user_ids), _LIVE, RoleGrant.state != GrantState.ENDING)
        .values(state=GrantState.ENDING, problem=None, detail=None)
        .returning(RoleGrant.user_id)
    )
    return len(written.all())


async def begin_anew(session: WriteSession, guild_id: int, role_id: int, user_ids: Collection[int]) -> None:
    """Forget what was in the way of a role's grants to these members when somebody looked last."""
    stuck = RoleGrant.state.in_((GrantState.FAILED, GrantState.ENDING))
    values: dict[str, Any] = {
        "state": case((RoleGrant.state == GrantState.FAILED, GrantState.WANTED.value), else_=RoleGrant.state),
        "problem": None,
        "detail": None,
    }
    await session.execute(update(RoleGrant).where(_of(guild_id, role_id, user_ids), stuck).values(**values))


def _of(guild_id: int, role_id: int, user_ids: Collection[int]) -> ColumnElement[bool]:
    return and_(RoleGrant.guild_id == guild_id, RoleGrant.user_id.in_(sorted(user_ids)), RoleGrant.role_id == role_id)


async def held(session: Session, guild_id: int) -> list[tuple[int, int]]:
    """Which members of a guild have which granted roles, as far as is known: member and role."""
    query = (
        select(RoleGrant.user_id, RoleGrant.role_id)
        .where(RoleGrant.guild_id == guild_id, or_(RoleGrant.applied, RoleGrant.state == GrantState.HELD))
        .distinct()
        .order_by(RoleGrant.user_id, RoleGrant.role_id)
    )
    return [(user_id, role_id) for user_id, role_id in await session.execute(query)]
