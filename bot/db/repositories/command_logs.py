"""Statements on the command log and its counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import delete, select, tuple_

from bot.db import dialect
from bot.db.models.command_logs import CommandCount, CommandLog
from bot.db.sessions import Session, WriteSession
from bot.domain.uses import Ending, Use, UseOutcome


@dataclass(frozen=True)
class NewUse:
    """A row to be."""

    id: int
    use: Use

    @property
    def milliseconds(self) -> int:
        """How long it took."""
        return round(self.use.seconds * 1000)


@dataclass(frozen=True)
class DayCount:
    """How often something was used on a day."""

    day: date
    command: str
    outcome: UseOutcome
    count: int
    total_ms: int


@cache
def _add(name: str) -> Any:
    statement = dialect.insert(name, CommandLog).on_conflict_do_nothing(index_elements=["guild_id", "id"])
    return statement.returning(CommandLog.guild_id, CommandLog.id)


@cache
def _count(name: str) -> Any:
    new = dialect.insert(name, CommandCount).excluded
    changes = {"count": CommandCount.count + new["count"], "total_ms": CommandCount.total_ms + new.total_ms}
    return dialect.upsert(name, CommandCount, changes=changes)


async def add(session: WriteSession, uses: Sequence[NewUse]) -> None:
    """Write uses and count them. One that is there already is neither written nor counted again."""
    result = await session.execute(_add(session.dialect.name), [_row(new) for new in uses])
    written = {tuple(row) for row in result.all()}
    counts: Counter[tuple[int, date, str, UseOutcome]] = Counter()
    took: Counter[tuple[int, date, str, UseOutcome]] = Counter()
    for new in uses:
        if (new.use.guild_id, new.id) in written:
            key = (new.use.guild_id, new.use.at.date(), new.use.name, new.use.ending.outcome)
            counts[key] += 1
            took[key] += new.milliseconds
    if counts:  # in the order of their keys, so that two writers never wait for each other
        rows = [
            {"guild_id": key[0], "day": key[1], "command": key[2], "outcome": key[3]}
            | {"count": counts[key], "total_ms": took[key]}
            for key in sorted(counts)
        ]
        await session.execute(_count(session.dialect.name), rows)


def _row(new: NewUse) -> dict[str, Any]:
    use = new.use
    return {
        "guild_id": use.guild_id,
        "id": new.id,
        "at": use.at,
        "kind": use.kind,
        "command": use.name,
        "user_id": use.user_id,
        "channel_id": use.channel_id,
        "parameters": dict(use.parameters),
        "outcome": use.ending.outcome,
        "error": use.ending.error,
        "incident_id": use.ending.incident_id,
        "duration_ms": new.milliseconds,
    }


async def by_incident(session: Session, incident_id: int) -> Use | None:
    """The use that ended in an incident."""
    query = select(CommandLog.__table__).where(CommandLog.incident_id == incident_id).limit(1)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _use(row)


async def latest(session: Session, guild_id: int, limit: int) -> list[Use]:
    """A guild's last uses, the newest first."""
    query = select(CommandLog.__table__).where(CommandLog.guild_id == guild_id)
    rows = await session.execute(query.order_by(CommandLog.id.desc()).limit(limit))
    return [_use(row) for row in rows]


def _use(row: Any) -> Use:
    return Use(
        at=row.at,
        kind=row.kind,
        name=row.command,
        guild_id=row.guild_id,
        user_id=row.user_id,
        channel_id=row.channel_id,
        parameters=row.parameters,
        ending=Ending(row.outcome, row.error, row.incident_id),
        seconds=row.duration_ms / 1000,
    )


async def counts(session: Session, guild_id: int, since: date) -> list[DayCount]:
    """What a guild used on each day from `since` on, in the order of day, command and outcome."""
    query = (
        select(CommandCount.day, CommandCount.command, CommandCount.outcome, CommandCount.count, CommandCount.total_ms)
        .where(CommandCount.guild_id == guild_id, CommandCount.day >= since)
        .order_by(CommandCount.day, CommandCount.command, CommandCount.outcome)
    )
    return [DayCount(*row) for row in (await session.execute(query)).all()]


async def prune(session: WriteSession, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` rows of that time or earlier; how many. What was counted stays counted."""
    old = select(CommandLog.guild_id, CommandLog.id).where(CommandLog.at < before).order_by(CommandLog.at).limit(limit)
    gone = await session.execute(
        delete(CommandLog).where(tuple_(CommandLog.guild_id, CommandLog.id).in_(old)).returning(CommandLog.id)
    )
    return len(gone.all())
