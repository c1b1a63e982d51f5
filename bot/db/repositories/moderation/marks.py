"""Statements on how far a guild's audit log was read and its bans were compared."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, literal, or_, select, update

from bot.db import dialect
from bot.db.models.moderation import ModerationMark
from bot.db.sessions import Session, WriteSession
from bot.db.types import UtcDateTime
from bot.domain.outside import Mark


async def find(session: Session, guild_id: int) -> Mark | None:
    """How far a guild was read; None if it never was."""
    query = select(ModerationMark).where(ModerationMark.guild_id == guild_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Mark(row.audit_log_id, row.baseline_at, row.surveyed_at)


async def ensure(session: WriteSession, guild_id: int) -> bool:
    """Make sure that a guild has a mark; whether it had none."""
    statement = dialect.insert(session.dialect.name, ModerationMark).on_conflict_do_nothing()
    returned = await session.execute(statement.returning(ModerationMark.guild_id), {"guild_id": guild_id})
    return returned.first() is not None


async def read_to(session: WriteSession, guild_id: int, audit_log_id: int) -> None:
    """The audit log was read up to there; never back."""
    further = or_(ModerationMark.audit_log_id.is_(None), ModerationMark.audit_log_id < audit_log_id)
    await session.execute(
        update(ModerationMark).where(ModerationMark.guild_id == guild_id, further).values(audit_log_id=audit_log_id)
    )


async def surveyed(session: WriteSession, guild_id: int, now: datetime) -> None:
    """Bans were compared now; with that the baseline stands, if it did not before."""
    await session.execute(
        update(ModerationMark)
        .where(ModerationMark.guild_id == guild_id)
        .values(surveyed_at=now, baseline_at=func.coalesce(ModerationMark.baseline_at, literal(now, UtcDateTime)))
    )


async def hindered(session: WriteSession, guild_id: int) -> bool:
    """Bans can't be compared; whether they could the last time."""
    statement = (
        update(ModerationMark)
        .where(ModerationMark.guild_id == guild_id, ModerationMark.surveyed_at.is_not(None))
        .values(surveyed_at=None)
        .returning(ModerationMark.guild_id)
    )
    return (await session.execute(statement)).first() is not None


async def begin_anew(session: WriteSession, guild_id: int) -> None:
    """What happens from now until the next survey is nobody's business: it will be the new baseline."""
    await session.execute(
        update(ModerationMark).where(ModerationMark.guild_id == guild_id).values(audit_log_id=None, baseline_at=None)
    )
