"""Statements on whatever names a person, made from what the features declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select, update

from bot.db import dialect
from bot.db.holding import Holding
from bot.db.models.core import AppState
from bot.db.sessions import Session, WriteSession
from bot.domain.privacy import Erasure

_KEY = {"application_id": 0, "name": "privacy_key"}
"""Where the key of the hashes is. It belongs to the data, not to one application."""


def _mine(holding: Holding, guild_id: int | None, user_id: int) -> list[Any]:
    mine = [holding.person == holding.named(user_id)]
    if holding.in_guilds and guild_id is not None:
        mine.append(holding.table.c.guild_id == guild_id)
    return mine


async def count(session: Session, holding: Holding, guild_id: int | None, user_id: int) -> int:
    """How many rows name a person; in all guilds if none is given."""
    query = select(func.count()).select_from(holding.table).where(*_mine(holding, guild_id, user_id))
    return int((await session.execute(query)).scalar_one())


async def rows(
    session: Session, holding: Holding, guild_id: int | None, user_id: int, most: int
) -> Sequence[Mapping[str, Any]]:
    """The newest `most` rows that name a person, as they may have them."""
    key = [column.desc() for column in holding.table.primary_key]
    query = select(*holding.shown).where(*_mine(holding, guild_id, user_id)).order_by(*key).limit(most)
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def guilds_of(session: Session, holdings: Sequence[Holding], user_id: int) -> list[int]:
    """Every guild with a row that names a person."""
    found: set[int] = set()
    for holding in holdings:
        if holding.in_guilds:
            query = select(holding.table.c.guild_id).where(holding.person == holding.named(user_id)).distinct()
            found.update((await session.execute(query)).scalars())
    return sorted(found)


async def erase(
    session: WriteSession, holding: Holding, guild_id: int | None, user_id: int, stand_ins: Mapping[Erasure, int]
) -> int:
    """Do to a person's rows what their holding says; how many there were.

    `stand_ins` are the ids that take the person's place where rows stay.
    """
    mine = _mine(holding, guild_id, user_id)
    if holding.forgets is not None and guild_id is not None:
        await holding.forgets(session, guild_id, user_id)
    match holding.erasure:
        case Erasure.DELETE:
            found = await session.execute(delete(holding.table).where(*mine))
        case Erasure.BLANK:
            blank = {holding.person.key: None, **holding.emptying}
            found = await session.execute(update(holding.table).where(*mine).values(blank))
        case Erasure.UNNAME | Erasure.SHADOW:
            stand_in = {holding.person.key: holding.named(stand_ins[holding.erasure]), **holding.emptying}
            found = await session.execute(update(holding.table).where(*mine).values(stand_in))
        case Erasure.KEEP:
            return await count(session, holding, guild_id, user_id)
    return int(found.rowcount)


async def key(session: Session) -> str | None:
    """The key of the hashes, in hexadecimal; None if it was never needed."""
    query = select(AppState.value).filter_by(**_KEY)
    return (await session.execute(query)).scalar_one_or_none()


async def add_key(session: WriteSession, value: str) -> None:
    """Keep a key, unless there is one."""
    statement = dialect.insert(session.dialect.name, AppState).on_conflict_do_nothing()
    await session.execute(statement, {**_KEY, "value": value})
