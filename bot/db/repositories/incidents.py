"""Statements on the incidents that members were given an id for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from bot.db.models.core import ErrorLog
from bot.db.sessions import Session, WriteSession
from bot.domain.incidents import Incident


async def add(session: WriteSession, incident: Incident) -> None:
    """Keep an incident."""
    row = {
        "id": incident.id,
        "exception": incident.exception,
        "message": incident.message,
        "stack": incident.stack,
        "command": incident.command,
        "guild_id": incident.guild_id,
        "user_id": incident.user_id,
        "context": dict(incident.context),
    }
    await session.execute(insert(ErrorLog), row)


async def get(session: Session, incident_id: int) -> Incident | None:
    """The incident with an id."""
    row = (await session.execute(select(ErrorLog.__table__).where(ErrorLog.id == incident_id))).one_or_none()
    if row is None:
        return None
    return Incident(
        id=row.id,
        exception=row.exception,
        message=row.message,
        stack=row.stack,
        command=row.command,
        guild_id=row.guild_id,
        user_id=row.user_id,
        context=row.context,
    )


async def prune(session: WriteSession, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` incidents from before that time; how many."""
    old = select(ErrorLog.id).where(ErrorLog.created_at < before).order_by(ErrorLog.created_at).limit(limit)
    gone = await session.execute(delete(ErrorLog).where(ErrorLog.id.in_(old)).returning(ErrorLog.id))
    return len(gone.all())
