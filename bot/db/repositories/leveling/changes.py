"""Statements on what staff changed of members' XP."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from bot.db import dialect
from bot.db.bulk import Rows
from bot.db.models.leveling import MemberLevel
from bot.db.models.leveling import XpChange as Row
from bot.db.sessions import Session, WriteSession
from bot.domain.leveling import ChangeKind
from bot.domain.xp_changes import UNDOABLE, XpChange
from bot.ids import made_at

ASKED_AT_ONCE = 5_000


@cache
def _opening(name: str) -> tuple[Rows, Executable]:
    own = MemberLevel
    rows = Rows(
        name, guild_id=own.guild_id, user_id=own.user_id, xp=own.xp, messages=own.messages,
        voice_seconds=own.voice_seconds,
    )  # fmt: skip
    source = select(*rows.c.values()).select_from(rows.source).where(rows.always)
    statement = dialect.insert(name, own).from_select(list(rows.c), source)
    return rows, statement.on_conflict_do_nothing(index_elements=["guild_id", "user_id"])


async def open_(session: WriteSession, guild_id: int, people: Iterable[int]) -> None:
    """Give those a row of nothing who have none.

    A row that is not there can't be locked: what is gained for the first time between looking and writing would be
    written over.
    """
    wanted = sorted(set(people))
    if wanted:
        rows, statement = _opening(session.dialect.name)
        await session.execute(statement, rows.parameters([(guild_id, user_id, 0, 0, 0) for user_id in wanted]))


async def knows(session: Session, guild_id: int, user_id: int) -> bool:
    """Whether a member has a row, be it of nothing."""
    query = select(MemberLevel.user_id).where(MemberLevel.guild_id == guild_id, MemberLevel.user_id == user_id)
    return (await session.execute(query)).first() is not None


async def held_by(session: Session, guild_id: int, people: Sequence[int]) -> dict[int, int]:
    """The XP of those who have a row."""
    found: dict[int, int] = {}
    for start in range(0, len(people), ASKED_AT_ONCE):
        these = people[start : start + ASKED_AT_ONCE]
        query = select(MemberLevel.user_id, MemberLevel.xp).where(
            MemberLevel.guild_id == guild_id, MemberLevel.user_id.in_(these)
        )
        found.update((row.user_id, row.xp) for row in await session.execute(query))
    return found


async def holders(session: Session, guild_id: int, limit: int) -> list[int]:
    """Up to `limit` members who have any XP, those with the most first."""
    query = select(MemberLevel.user_id).where(MemberLevel.guild_id == guild_id, MemberLevel.xp > 0)
    query = query.order_by(MemberLevel.xp.desc(), MemberLevel.user_id.desc()).limit(limit)
    return list((await session.execute(query)).scalars())


async def count_holders(session: Session, guild_id: int) -> int:
    """How many members have any XP."""
    query = select(func.count()).where(MemberLevel.guild_id == guild_id, MemberLevel.xp > 0)
    return int((await session.execute(query)).scalar_one())


# By the milliseconds of their ids, which spread evenly; the bits below tell of Discord's machines.
_in_group = (
    select(MemberLevel.user_id)
    .where(
        MemberLevel.guild_id == bindparam("guild_id"),
        MemberLevel.xp >= bindparam("least"),
        MemberLevel.user_id // bindparam("spread", 1 << 22, BigInteger) % bindparam("groups", type_=BigInteger)
        == bindparam("group", type_=BigInteger),
    )
    .order_by(MemberLevel.user_id)
)


async def of_group(session: Session, guild_id: int, group: int, groups: int, *, least: int) -> list[int]:
    """The members with so much XP at least whom the rest of a division puts into one of so many groups."""
    asked = {"guild_id": guild_id, "group": group, "groups": groups, "least": least}
    return list((await session.execute(_in_group, asked)).scalars())


async def write(session: WriteSession, guild_id: int, change: XpChange) -> None:
    """Write a change down."""
    row = {
        "guild_id": guild_id, "id": change.id, "user_id": change.user_id, "kind": change.kind,
        "before": change.before, "after": change.after, "changed_by": change.changed_by, "reason": change.reason,
        "batch_id": change.batch_id,
    }  # fmt: skip
    await session.execute(insert(Row), row)


async def mark_undone(session: WriteSession, guild_id: int, change_id: int, by_change: int) -> None:
    """Write at a change which one took it back."""
    await session.execute(update(Row).where(Row.guild_id == guild_id, Row.id == change_id).values(undone_by=by_change))


async def get(session: Session, guild_id: int, change_id: int) -> XpChange | None:
    """A change by its id."""
    return await _one(session, select(Row).where(Row.guild_id == guild_id, Row.id == change_id))


def _part_of(batch_id: int) -> ColumnElement[bool]:
    """That a change belongs to a batch, said so that no index helps.

    Of a member's changes there are few, and of a batch's there may be a million: SQLite, which knows no numbers, would
    look through the latter for each member.
    """
    return Row.batch_id + 0 == batch_id


async def of_batch(session: Session, guild_id: int, batch_id: int, user_id: int) -> XpChange | None:
    """What a batch did to a member."""
    query = select(Row).where(Row.guild_id == guild_id, Row.user_id == user_id, _part_of(batch_id))
    return await _one(session, query)


async def made_by(session: Session, guild_id: int, batch_id: int, people: Sequence[int]) -> dict[int, int]:
    """What a batch did to these members: the change of each to whom it did anything."""
    found: dict[int, int] = {}
    for start in range(0, len(people), ASKED_AT_ONCE):
        these = people[start : start + ASKED_AT_ONCE]
        query = select(Row.user_id, Row.id).where(Row.guild_id == guild_id, Row.user_id.in_(these), _part_of(batch_id))
        found.update((row.user_id, row.id) for row in await session.execute(query))
    return found


async def newest(session: Session, guild_id: int, user_id: int) -> XpChange | None:
    """The last change of a member that stands and could be taken back, were it young enough."""
    kinds = sorted(UNDOABLE, key=ChangeKind.__str__)
    query = select(Row).where(
        Row.guild_id == guild_id, Row.user_id == user_id, Row.kind.in_(kinds), Row.undone_by.is_(None)
    )
    return await _one(session, query.order_by(Row.id.desc()).limit(1))


async def prune(session: WriteSession, before: datetime, limit: int) -> int:
    """Forget changes made before that; how many, at most `limit`."""
    table: Any = Row.__table__
    key = list(table.primary_key.columns)
    old = select(*key).where(Row.created_at < before).order_by(Row.created_at).limit(limit)
    # A row that another process prunes at this moment is not waited for.
    chosen = old.with_for_update(skip_locked=True).subquery()
    return (await session.execute(delete(Row).where(tuple_(*key).in_(select(chosen))))).rowcount


async def _one(session: Session, query: Select[Any]) -> XpChange | None:
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    return XpChange(
        row.id, row.user_id, row.kind, row.before, row.after, made_at(row.id), row.changed_by, row.reason,
        row.batch_id, row.undone_by,
    )  # fmt: skip
