"""Statements on what voice earned members on a day, while the limit to it may still be asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Executable, bindparam, delete, select, tuple_

from bot.db import dialect
from bot.db.bulk import Rows
from bot.db.models.leveling import XpVoiceDay
from bot.db.repositories.leveling.flushes import PRUNED_AT_ONCE
from bot.db.sessions import Session, WriteSession
from bot.db.types import Snowflake
from bot.domain.leveling import Gain


@cache
def _days(name: str) -> tuple[Rows, Executable]:
    own = XpVoiceDay
    rows = Rows(name, guild_id=own.guild_id, begins=own.begins, user_id=own.user_id, xp=own.xp)
    source = select(*rows.c.values()).select_from(rows.source).where(rows.always)
    statement = dialect.insert(name, own).from_select(list(rows.c), source)
    changed = {"xp": own.xp + statement.excluded.xp, "updated_at": statement.excluded.updated_at}
    return rows, statement.on_conflict_do_update(index_elements=["guild_id", "begins", "user_id"], set_=changed)


async def add(session: WriteSession, gains: Iterable[Gain]) -> None:
    """Add what voice earned, for those of the gains in which it did."""
    found = Counter[tuple[int, date, int]]()
    for gain in gains:
        if gain.voice_xp:
            found[gain.guild_id, gain.day, gain.user_id] += gain.voice_xp
    if found:
        rows, statement = _days(session.dialect.name)
        await session.execute(statement, rows.parameters([(*key, found[key]) for key in sorted(found)]))


_earned = select(XpVoiceDay.user_id, XpVoiceDay.xp).where(
    XpVoiceDay.guild_id == bindparam("guild_id", type_=Snowflake), XpVoiceDay.begins == bindparam("day")
)


async def earned_on(session: Session, guild_id: int, day: date) -> dict[int, int]:
    """What voice earned a guild's members on a day; nobody is in it who earned nothing."""
    found = await session.execute(_earned, {"guild_id": guild_id, "day": day})
    return {row.user_id: row.xp for row in found}


async def prune(session: WriteSession, before: date) -> int:
    """Forget the days before one; how many rows, at most `PRUNED_AT_ONCE`."""
    table: Any = XpVoiceDay.__table__
    key = list(table.primary_key.columns)
    old = select(*key).where(XpVoiceDay.begins < before).order_by(*key).limit(PRUNED_AT_ONCE)
    chosen = old.with_for_update(skip_locked=True).subquery()
    return (await session.execute(delete(XpVoiceDay).where(tuple_(*key).in_(select(chosen))))).rowcount
