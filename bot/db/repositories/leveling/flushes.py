"""Statements on flushes that were committed, and on messages whose XP may still be taken back; and their end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, bindparam, delete, select, tuple_

from bot.db import dialect
from bot.db.base import Base
from bot.db.bulk import Rows
from bot.db.models.leveling import XpBoost, XpFlush, XpMessage, XpPeriod
from bot.db.sessions import Session, WriteSession
from bot.db.types import Snowflake, UtcDateTime
from bot.domain.leveling import EarnedMessage, Span

PRUNED_AT_ONCE = 5_000
"""Rows deleted in one statement, so that no flush waits long behind it."""

FOUND_AT_ONCE = 1_000
"""Messages in one list of a statement."""


async def begin(session: WriteSession, flush_id: int) -> bool:
    """Note that this flush is written in this transaction; False if it was before."""
    statement = dialect.insert(session.dialect.name, XpFlush).on_conflict_do_nothing(index_elements=["id"])
    return bool((await session.execute(statement, {"id": flush_id})).rowcount)


@cache
def _messages(name: str) -> tuple[Rows, Executable]:
    own = XpMessage
    rows = Rows(name, guild_id=own.guild_id, message_id=own.message_id, user_id=own.user_id, xp=own.xp)
    source = select(*rows.c.values()).select_from(rows.source).where(rows.always)
    statement = dialect.insert(name, own).from_select(list(rows.c), source)
    return rows, statement.on_conflict_do_nothing(index_elements=["guild_id", "message_id"])


async def keep_messages(session: WriteSession, messages: Iterable[EarnedMessage]) -> None:
    """Note what messages earned."""
    rows, statement = _messages(session.dialect.name)
    values = sorted((one.guild_id, one.message_id, one.user_id, one.xp) for one in messages)
    if values:
        await session.execute(statement, rows.parameters(values))


_of_guild = XpMessage.guild_id == bindparam("guild_id")
_among = XpMessage.message_id.in_(bindparam("messages", type_=Snowflake, expanding=True))
_find = select(XpMessage.message_id, XpMessage.user_id, XpMessage.xp).where(_of_guild, _among)
_take = delete(XpMessage).where(_of_guild, _among).returning(XpMessage.message_id, XpMessage.user_id, XpMessage.xp)


async def earned_by(session: Session, guild_id: int, messages: Sequence[int]) -> list[EarnedMessage]:
    """Those of these messages that earned something which may be taken back."""
    found: list[EarnedMessage] = []
    for start in range(0, len(messages), FOUND_AT_ONCE):
        part = {"guild_id": guild_id, "messages": list(messages[start : start + FOUND_AT_ONCE])}
        found += [EarnedMessage(guild_id, *row) for row in await session.execute(_find, part)]
    return found


async def take_messages(session: WriteSession, guild_id: int, messages: Iterable[int]) -> list[EarnedMessage]:
    """Take such messages out, so that each is taken back once; those that were there."""
    wanted, found = sorted(set(messages)), list[EarnedMessage]()
    for start in range(0, len(wanted), FOUND_AT_ONCE):
        part = {"guild_id": guild_id, "messages": wanted[start : start + FOUND_AT_ONCE]}
        found += [EarnedMessage(guild_id, *row) for row in await session.execute(_take, part)]
    return found


# The end ----------------------------------------------------------------------------------------------------


async def prune_flushes(session: WriteSession, before: datetime) -> int:
    """Forget flushes older than that; how many, at most `PRUNED_AT_ONCE`, as all of these."""
    return await _prune(session, XpFlush, XpFlush.created_at < bindparam("before", before, UtcDateTime))


async def prune_messages(session: WriteSession, before: datetime) -> int:
    """Forget what messages older than that earned."""
    return await _prune(session, XpMessage, XpMessage.created_at < bindparam("before", before, UtcDateTime))


async def prune_boosts(session: WriteSession, before: datetime) -> int:
    """Forget boosts that were over before that."""
    return await _prune(session, XpBoost, XpBoost.expires_at < bindparam("before", before, UtcDateTime))


async def prune_periods(session: WriteSession, span: Span, before: date) -> int:
    """Forget the periods of one length that began before a day."""
    return await _prune(session, XpPeriod, (XpPeriod.span == span) & (XpPeriod.begins < before))


async def _prune(session: WriteSession, model: type[Base], old: ColumnElement[bool]) -> int:
    table: Any = model.__table__
    key = list(table.primary_key.columns)
    # A row that another process prunes at this moment is not waited for.
    chosen = select(*key).where(old).order_by(*key).limit(PRUNED_AT_ONCE).with_for_update(skip_locked=True).subquery()
    return (await session.execute(delete(model).where(tuple_(*key).in_(select(chosen))))).rowcount
