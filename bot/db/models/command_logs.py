"""Who used which command, button or form, and how it ended; and how many of them each day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnClause, Date, Index, String, text

from bot.db.base import Base, Created, Updated, column
from bot.db.types import Json, Snowflake, UtcDateTime, text_enum
from bot.domain.uses import MAX_ERROR, MAX_NAME, UseKind, UseOutcome

_AN_INCIDENT = text("incident_id IS NOT NULL")


class CommandLog(Created, Base):
    """One use. Written in batches, and forgotten after some weeks.

    `parameters` hold no free text, only its length, and no id of a person.
    """

    __tablename__ = "command_logs"
    __table_args__ = (
        Index(None, "at"),
        Index(None, "incident_id", postgresql_where=_AN_INCIDENT, sqlite_where=_AN_INCIDENT),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    at: ColumnClause[datetime] = column(UtcDateTime)
    kind: ColumnClause[UseKind] = column(text_enum(UseKind, name="kind", closed=False))
    command: ColumnClause[str] = column(String(MAX_NAME))
    user_id: ColumnClause[int] = column(Snowflake)
    channel_id: ColumnClause[int | None] = column(Snowflake)
    parameters: ColumnClause[dict[str, Any]] = column(Json)
    outcome: ColumnClause[UseOutcome] = column(text_enum(UseOutcome, name="outcome", closed=False))
    error: ColumnClause[str | None] = column(String(MAX_ERROR))
    incident_id: ColumnClause[int | None] = column(Snowflake)
    duration_ms: ColumnClause[int] = column(BigInteger)


class CommandCount(Updated, Base):
    """How often something was used in a guild on a day (UTC) with an outcome, and how long that took altogether.

    Names nobody, and outlives the rows that it counts.
    """

    __tablename__ = "command_counts"

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    day: ColumnClause[date] = column(Date, primary_key=True)
    command: ColumnClause[str] = column(String(MAX_NAME), primary_key=True)
    outcome: ColumnClause[UseOutcome] = column(text_enum(UseOutcome, name="outcome", closed=False), primary_key=True)
    count: ColumnClause[int] = column(BigInteger)
    total_ms: ColumnClause[int] = column(BigInteger)
