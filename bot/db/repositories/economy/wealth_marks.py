"""Statements on up to when guilds' rows of wealth are right, and on which guilds have something new."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, update

from bot.db import dialect
from bot.db.models.audit import AuditLog
from bot.db.models.core import Guild
from bot.db.models.economy import Account, LedgerEntry
from bot.db.models.shop import ItemMove
from bot.db.models.wealth import WealthMark
from bot.db.repositories.shards import served_by
from bot.db.sessions import Session, WriteSession
from bot.db.types import Snowflake
from bot.domain.guilds import ShardRange
from bot.domain.wealth import LEASE, Mark

_COLUMNS = (
    WealthMark.guild_id,
    WealthMark.marked_at,
    WealthMark.filled_to,
    WealthMark.week_of,
    WealthMark.prices,
)

_now_edge = bindparam("now_edge", type_=Snowflake)
# A clock that was set back makes ids again that were passed.
_edge = case((WealthMark.edge < _now_edge, WealthMark.edge), else_=_now_edge)


def _since(guild: Any, row_id: Any) -> ColumnElement[bool]:
    # By the newest of all, which is the end of an index. Asked whether there is any since, PostgreSQL expects a third
    # of all rows, and reads millions of older ones to find the first.
    newest = select(row_id).where(guild == WealthMark.guild_id).order_by(row_id.desc()).limit(1)
    return func.coalesce(newest.correlate(WealthMark).scalar_subquery(), 0) >= _edge


# Whoever of the staff does something may change what things are worth, or when a week begins; they do so seldom.
_is_behind: ColumnElement[bool] = or_(
    _since(LedgerEntry.guild_id, LedgerEntry.transaction_id),
    _since(ItemMove.guild_id, ItemMove.id),
    _since(AuditLog.guild_id, AuditLog.id),
)


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Whether nobody is at it. A lease that ends too late is from before a clock was set back."""
    until = WealthMark.lease_until
    return or_(until.is_(None), until <= now, until > now + LEASE)


async def behind(session: Session, shards: ShardRange, *, now: datetime, now_edge: int) -> list[int]:
    """The guilds whose rows are not all there, or where something happened since; those first that only lack that.

    Without those that somebody is at. A look into a few indexes for each guild.
    """
    has_account = select(1).where(Account.guild_id == Guild.id).correlate(Guild).exists()
    unmarked = and_(WealthMark.guild_id.is_(None), has_account)
    unfinished = WealthMark.filled_to.is_not(None)
    query = (
        select(Guild.id)
        .outerjoin(WealthMark, WealthMark.guild_id == Guild.id)
        .where(
            Guild.left_at.is_(None),
            served_by(Guild.id, shards),
            or_(unmarked, and_(WealthMark.guild_id.is_not(None), _is_free(now), or_(unfinished, _is_behind))),
        )
        .order_by(case((or_(unmarked, unfinished), 1), else_=0), WealthMark.marked_at, Guild.id)
    )
    return list((await session.execute(query, {"now_edge": now_edge})).scalars())


_is_stale = select(_is_behind).where(WealthMark.guild_id == bindparam("guild_id", type_=Snowflake))


async def is_behind(session: Session, guild_id: int, *, now_edge: int) -> bool:
    """Whether anything may have happened since a guild's mark."""
    found = (await session.execute(_is_stale, {"guild_id": guild_id, "now_edge": now_edge})).scalar_one_or_none()
    return found is None or bool(found)


_get = select(*_COLUMNS).where(WealthMark.guild_id == bindparam("guild_id", type_=Snowflake))


async def get(session: Session, guild_id: int) -> Mark | None:
    """A guild's mark; None before its rows are begun."""
    row = (await session.execute(_get, {"guild_id": guild_id})).one_or_none()
    return None if row is None else Mark(*row)


async def edge_of(session: Session, guild_id: int) -> int:
    """The least id of a movement that a guild's rows may not know of."""
    query = select(WealthMark.edge).where(WealthMark.guild_id == guild_id)
    return (await session.execute(query)).scalar_one()


@cache
def _begin(name: str) -> Any:
    return dialect.insert(name, WealthMark).on_conflict_do_nothing()


async def begin(session: WriteSession, mark: Mark, edge: int) -> None:
    """Write a guild's first mark, unless there is one."""
    row = {**vars(mark), "prices": dict(mark.prices), "edge": edge, "lease_until": None, "lease_token": None}
    await session.execute(_begin(session.dialect.name), row)


async def claim(session: WriteSession, guild_id: int, *, now: datetime, token: int) -> bool:
    """Take a guild under a lease; False if somebody else has it."""
    free = or_(_is_free(now), WealthMark.lease_token == token)  # ours already: the commit was cut off
    query = update(WealthMark).where(WealthMark.guild_id == guild_id, free)
    return bool((await session.execute(query.values(lease_until=now + LEASE, lease_token=token))).rowcount)


async def change(session: WriteSession, guild_id: int, token: int, values: Mapping[str, Any]) -> bool:
    """Change a guild's mark under a lease; False if the lease was lost."""
    mine = (WealthMark.guild_id == guild_id, WealthMark.lease_token == token)
    return bool((await session.execute(update(WealthMark).where(*mine).values(dict(values)))).rowcount)
