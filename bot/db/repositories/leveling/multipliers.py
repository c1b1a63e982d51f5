"""Statements on what staff set as multipliers, and on members' boosts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from bot.db import dialect
from bot.db.models.leveling import XpBoost, XpMultiplier
from bot.db.sessions import Session, WriteSession
from bot.domain.leveling import TargetKind
from bot.domain.multipliers import Multiplier


async def all_(session: Session, guild_id: int, *, lock: bool = False) -> list[Multiplier]:
    """The multipliers of a guild, sorted."""
    own = XpMultiplier
    query = select(own.kind, own.target_id, own.per_mille).where(own.guild_id == guild_id)
    query = query.order_by(own.kind, own.target_id)
    found = await session.execute(query.with_for_update() if lock else query)
    return [Multiplier(kind, target_id, per_mille) for kind, target_id, per_mille in found]


async def put(session: WriteSession, guild_id: int, one: Multiplier, *, by: int) -> None:
    """Write a multiplier, in place of the one of the same channel or role."""
    row = {
        "guild_id": guild_id, "kind": one.kind, "target_id": one.target_id, "per_mille": one.per_mille, "set_by": by,
    }  # fmt: skip
    await session.execute(dialect.upsert(session.dialect.name, XpMultiplier), row)


async def drop(session: WriteSession, guild_id: int, kind: TargetKind, target_id: int) -> None:
    """Delete a multiplier."""
    own = XpMultiplier
    await session.execute(delete(own).where(own.guild_id == guild_id, own.kind == kind, own.target_id == target_id))


# Boosts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnBoost:
    """A member's own factor until some time, and what it came from."""

    id: int
    user_id: int
    per_mille: int
    until: datetime
    source: str


async def boost(session: WriteSession, guild_id: int, new: OwnBoost) -> None:
    """Write a member's boost."""
    row = {
        "guild_id": guild_id, "id": new.id, "user_id": new.user_id, "per_mille": new.per_mille,
        "expires_at": new.until, "source": new.source,
    }  # fmt: skip
    await session.execute(insert(XpBoost), row)


async def boosts_until(session: Session, guild_id: int, user_id: int, per_mille: int, now: datetime) -> datetime | None:
    """When the last boost of a member with this factor ends that is not over; None: there is none."""
    query = (
        select(XpBoost.expires_at)
        .where(
            XpBoost.guild_id == guild_id, XpBoost.user_id == user_id, XpBoost.per_mille == per_mille,
            XpBoost.expires_at > now,
        )
        .order_by(XpBoost.expires_at.desc())
        .limit(1)
    )  # fmt: skip
    return (await session.execute(query)).scalar_one_or_none()


async def boosts_of(session: Session, guild_id: int, user_id: int, now: datetime) -> list[OwnBoost]:
    """The boosts of a member that are not over, what ends first before others."""
    own = XpBoost
    query = (
        select(own.id, own.user_id, own.per_mille, own.expires_at, own.source)
        .where(own.guild_id == guild_id, own.user_id == user_id, own.expires_at > now)
        .order_by(own.expires_at, own.id)
    )
    return [OwnBoost(*row) for row in await session.execute(query)]


async def end_boost_at(session: WriteSession, guild_id: int, boost_id: int, until: datetime) -> None:
    """Have a boost end at another moment."""
    own = XpBoost
    await session.execute(update(own).where(own.guild_id == guild_id, own.id == boost_id).values(expires_at=until))


async def drop_boost(session: WriteSession, guild_id: int, boost_id: int) -> None:
    """Delete a boost."""
    await session.execute(delete(XpBoost).where(XpBoost.guild_id == guild_id, XpBoost.id == boost_id))
