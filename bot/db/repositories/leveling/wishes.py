"""Statements on what members wish about levels."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from bot.db import dialect
from bot.db.models.leveling import LevelWish
from bot.db.sessions import Session, WriteSession
from bot.domain.leveling import Wish


async def get(session: Session, guild_id: int, user_id: int) -> Wish:
    """What a member wishes; the defaults if they never said."""
    query = select(LevelWish).where(LevelWish.guild_id == guild_id, LevelWish.user_id == user_id)
    row = (await session.execute(query)).one_or_none()
    return Wish() if row is None else Wish(row.ping, row.nameless)


async def put(session: WriteSession, guild_id: int, user_id: int, wish: Wish) -> None:
    """Write what a member wishes."""
    row = {"guild_id": guild_id, "user_id": user_id, "ping": wish.ping, "nameless": wish.nameless}
    await session.execute(dialect.upsert(session.dialect.name, LevelWish), row)


async def to_ping(session: Session, guild_id: int, user_ids: Collection[int]) -> frozenset[int]:
    """Those of these members who want to be pinged."""
    query = select(LevelWish.user_id).where(
        LevelWish.guild_id == guild_id, LevelWish.user_id.in_(sorted(user_ids)), LevelWish.ping
    )
    return frozenset((await session.execute(query)).scalars())
