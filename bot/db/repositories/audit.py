"""Statements on the audit log."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from bot.db.models.audit import AuditLog
from bot.db.sessions import Session, WriteSession
from bot.domain.audit import AuditEntry, AuditFilter, AuditRecord

_add = insert(AuditLog)


async def add(session: WriteSession, guild_id: int, entry_id: int, at: datetime, record: AuditRecord) -> None:
    """Add an entry."""
    await session.execute(_add, {"guild_id": guild_id, "id": entry_id, "at": at, **asdict(record)})


async def search(session: Session, guild_id: int, wanted: AuditFilter, *, before: int, count: int) -> list[AuditEntry]:
    """Up to `count` entries older than the entry `before`, newest first."""
    query = select(AuditLog).where(AuditLog.guild_id == guild_id, AuditLog.id < before)
    for name, value in asdict(wanted).items():
        if value is not None:
            query = query.where(AuditLog.__table__.c[name] == value)
    found = await session.execute(query.order_by(AuditLog.id.desc()).limit(count))
    return [_entry(row) for row in found]


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
