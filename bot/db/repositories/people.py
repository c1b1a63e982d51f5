"""Statements that find people by name or id. Every one ends in an index, however many members there are."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from sqlalchemy import Integer, Select, bindparam, func, select

from bot.db import dialect
from bot.db.models.core import Member, User
from bot.db.sessions import Session
from bot.db.types import Snowflake
from bot.domain.people import Person, Stay

MOST_USERNAMES = 1_000
"""Users of all guilds whose username begins alike that one search looks at."""


def _people() -> Select[int, str, str, bool, bool]:
    here = Member.left_at.is_(None).label("here")
    name = func.coalesce(Member.__table__.c.nickname, User.global_name, User.username).label("name")
    return (
        select(Member.user_id, name, User.username, here, User.is_bot)
        .join(User, User.id == Member.user_id)
        .where(Member.guild_id == bindparam("guild_id", type_=Snowflake))
    )


@cache
def _by_name(name: str) -> Select[int, str, str, bool, bool]:
    begins = dialect.starts_with(name, Member.__table__.c.search_name, "text")
    return _people().where(begins).order_by(Member.search_name, Member.user_id).limit(bindparam("count", type_=Integer))


@cache
def _usernames(name: str) -> Select[int]:
    begins = dialect.starts_with(name, User.__table__.c.username, "text")
    return select(User.id).where(begins).order_by(User.username, User.id).limit(MOST_USERNAMES)


_among = (
    _people()
    .where(Member.user_id.in_(bindparam("user_ids", type_=Snowflake, expanding=True)))
    .order_by(User.username, User.id)
    .limit(bindparam("count", type_=Integer))
)
_stay = select(Member.joined_at, Member.left_at).where(
    Member.guild_id == bindparam("guild_id", type_=Snowflake), Member.user_id == bindparam("user_id", type_=Snowflake)
)
_by_id = _people().where(Member.user_id == bindparam("user_id", type_=Snowflake))


async def by_name(session: Session, guild_id: int, text: str, count: int) -> list[Person]:
    """Up to `count` people whose name here begins so (folded), in its order."""
    parameters = {"guild_id": guild_id, "count": count, **dialect.prefix("text", text)}
    return [Person(*row) for row in await session.execute(_by_name(session.dialect.name), parameters)]


async def by_username(session: Session, guild_id: int, text: str, count: int) -> list[Person]:
    """Up to `count` people whose username begins so; usernames are small letters.

    Two statements: in one, SQLite would rather go through all members of the guild. Only the first `MOST_USERNAMES`
    of all guilds are looked at; a letter more finds the rest.
    """
    found = await session.execute(_usernames(session.dialect.name), dialect.prefix("text", text))
    user_ids = list(found.scalars())
    if not user_ids:
        return []
    parameters = {"guild_id": guild_id, "count": count, "user_ids": user_ids}
    return [Person(*row) for row in await session.execute(_among, parameters)]


async def among(session: Session, guild_id: int, user_ids: Collection[int]) -> list[Person]:
    """Those of these users who are or were here."""
    parameters = {"guild_id": guild_id, "count": len(user_ids), "user_ids": list(user_ids)}
    return [Person(*row) for row in await session.execute(_among, parameters)] if user_ids else []


async def by_id(session: Session, guild_id: int, user_id: int) -> Person | None:
    """Somebody who is or was here."""
    row = (await session.execute(_by_id, {"guild_id": guild_id, "user_id": user_id})).one_or_none()
    return None if row is None else Person(*row)


async def stay(session: Session, guild_id: int, user_id: int) -> Stay | None:
    """When somebody was here; None for those who never were."""
    row = (await session.execute(_stay, {"guild_id": guild_id, "user_id": user_id})).one_or_none()
    return None if row is None else Stay(*row)
