"""Statements on what levels bring, and on who has come how far for it."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from bot.db import dialect
from bot.db.models.leveling import LevelReward, MemberLevel
from bot.db.models.role_grants import RoleGrant
from bot.db.sessions import Session, WriteSession
from bot.domain.leveling import Reward


async def all_(session: Session, guild_id: int, *, lock: bool = False) -> list[Reward]:
    """The rewards of a guild, the lowest level first."""
    query = select(LevelReward).where(LevelReward.guild_id == guild_id)
    query = query.order_by(LevelReward.level, LevelReward.role_id)
    found = await session.execute(query.with_for_update() if lock else query)
    return [Reward(row.level, row.role_id, row.stacking, row.coins, row.message) for row in found]


async def put(session: WriteSession, guild_id: int, reward: Reward, *, by: int) -> None:
    """Write a reward, in place of the one of the same level and role."""
    row = {
        "guild_id": guild_id, "level": reward.level, "role_id": reward.role_id, "stacking": reward.stacking,
        "coins": reward.coins, "message": reward.message, "set_by": by,
    }  # fmt: skip
    await session.execute(dialect.upsert(session.dialect.name, LevelReward), row)


async def drop(session: WriteSession, guild_id: int, level: int, role_id: int) -> None:
    """Delete a reward."""
    await session.execute(
        delete(LevelReward).where(
            LevelReward.guild_id == guild_id, LevelReward.level == level, LevelReward.role_id == role_id
        )
    )


async def count_from(session: Session, guild_id: int, xp: int) -> int:
    """How many members have at least so much XP."""
    query = select(func.count()).select_from(MemberLevel).where(MemberLevel.guild_id == guild_id, MemberLevel.xp >= xp)
    return int((await session.execute(query)).scalar_one())


async def xp_of(session: Session, guild_id: int, user_id: int) -> int:
    """What a member earned in all; 0 if nothing."""
    query = select(MemberLevel.xp).where(MemberLevel.guild_id == guild_id, MemberLevel.user_id == user_id)
    return (await session.execute(query)).scalar_one_or_none() or 0


async def page_from(session: Session, guild_id: int, xp: int, *, after: int, limit: int) -> list[tuple[int, int]]:
    """Up to `limit` members with at least so much XP, or with a role from a level, by id behind `after`; with their XP.

    Who only has a role is among them: it may have to go.
    """
    mine = (MemberLevel.guild_id == guild_id, MemberLevel.user_id > after, MemberLevel.xp >= xp)
    earned = select(MemberLevel.user_id).where(*mine).order_by(MemberLevel.user_id).limit(limit)
    theirs = (RoleGrant.guild_id == guild_id, RoleGrant.user_id > after, RoleGrant.source.startswith("level:"))
    granted = select(RoleGrant.user_id).where(*theirs).distinct().order_by(RoleGrant.user_id).limit(limit)
    users = {*(await session.execute(earned)).scalars(), *(await session.execute(granted)).scalars()}
    these = sorted(users)[:limit]
    query = select(MemberLevel.user_id, MemberLevel.xp).where(
        MemberLevel.guild_id == guild_id, MemberLevel.user_id.in_(these)
    )
    known = {row.user_id: row.xp for row in await session.execute(query)}
    return [(user_id, known.get(user_id, 0)) for user_id in these]
