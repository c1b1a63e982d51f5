"""Statements on the audit log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, insert, select, update

from bot.db.models.audit import AuditLog
from bot.db.sessions import Session, WriteSession
from bot.domain.audit import AuditEntry, AuditFilter, AuditRecord
from bot.domain.paging import NEWEST, Cursor

_add = insert(AuditLog)
_UNFINISHED = AuditLog.after["unfinished"].as_boolean().is_(True)


async def add(session: WriteSession, guild_id: int, entry_id: int, at: datetime, record: AuditRecord) -> None:
    """Add an entry."""
    await session.execute(_add, {"guild_id": guild_id, "id": entry_id, "at": at, **asdict(record)})


async def complete(session: WriteSession, guild_id: int, entry_id: int, after: dict[str, Any]) -> bool:
    """Say of an entry that is unfinished what came of it. False: it is not there any more, or not unfinished.

    It is the one statement that changes an entry, and it changes each at most once.
    """
    entry = (AuditLog.guild_id == guild_id, AuditLog.id == entry_id, _UNFINISHED)
    return bool((await session.execute(update(AuditLog).where(*entry).values(after=after))).rowcount)


async def unfinished(
    session: Session, guild_ids: Collection[int], action: str, *, after: int
) -> list[tuple[int, AuditEntry]]:
    """Entries of some guilds, each with its guild, that were begun since an id and tell of no end; the oldest first."""
    query = (
        select(AuditLog)
        .where(AuditLog.guild_id.in_(sorted(guild_ids)), AuditLog.action == action, AuditLog.id > after, _UNFINISHED)
        .order_by(AuditLog.id)
    )
    return [(row.guild_id, _entry(row)) for row in await session.execute(query)]


async def search(
    session: Session, guild_id: int, wanted: AuditFilter, *, after: int = 0, before: int = NEWEST.edge, count: int
) -> list[AuditEntry]:
    """Up to `count` entries between two ids, both excluded: the newest of them, newest first."""
    query = _fitting(guild_id, wanted, after, before).order_by(AuditLog.id.desc()).limit(count)
    return [_entry(row) for row in await session.execute(query)]


async def page(session: Session, guild_id: int, wanted: AuditFilter, cursor: Cursor, *, count: int) -> list[AuditEntry]:
    """Up to `count` entries that lie next beyond a cursor, newest first."""
    if not cursor.newer:
        return await search(session, guild_id, wanted, before=cursor.edge, count=count)
    query = _fitting(guild_id, wanted, cursor.edge, NEWEST.edge).order_by(AuditLog.id.asc()).limit(count)
    return [_entry(row) for row in await session.execute(query)][::-1]


async def get(session: Session, guild_id: int, entry_id: int) -> AuditEntry | None:
    """One entry."""
    query = select(AuditLog).where(AuditLog.guild_id == guild_id, AuditLog.id == entry_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _entry(row)


def _fitting(guild_id: int, wanted: AuditFilter, after: int, before: int) -> Select[Any]:
    asked: dict[str, Any] = {
        "actor_id": wanted.actor_id,
        "action": wanted.action,
        "target_type": wanted.target_type,
        "target_id": wanted.target_id,
    }
    fits = [AuditLog.__table__.c[name] == value for name, value in asked.items() if value is not None]
    if wanted.section is not None:  # also beside a target, which then fits nothing
        fits += [AuditLog.target_type == "settings", AuditLog.target_id == wanted.section]
    return select(AuditLog).where(AuditLog.guild_id == guild_id, AuditLog.id > after, AuditLog.id < before, *fits)


def _entry(row: Row[Any]) -> AuditEntry:
    record = AuditRecord(
        action=row.action,
        actor_id=row.actor_id,
        source=row.source,
        target_type=row.target_type,
        target_id=row.target_id,
        before=row.before,
        after=row.after,
        description=row.description,
    )
    return AuditEntry(row.id, row.at, record)
