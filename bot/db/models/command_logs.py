"""Who used which command, button or form, and how it ended; and how many of them each day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Created, Updated
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

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[UseKind] = mapped_column(text_enum(UseKind, name="kind", closed=False))
    command: Mapped[str] = mapped_column(String(MAX_NAME))
    user_id: Mapped[int] = mapped_column(Snowflake)
    channel_id: Mapped[int | None] = mapped_column(Snowflake)
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)
    outcome: Mapped[UseOutcome] = mapped_column(text_enum(UseOutcome, name="outcome", closed=False))
    error: Mapped[str | None] = mapped_column(String(MAX_ERROR))
    incident_id: Mapped[int | None] = mapped_column(Snowflake)
    duration_ms: Mapped[int] = mapped_column(BigInteger)


class CommandCount(Updated, Base):
    """How often something was used in a guild on a day (UTC) with an outcome, and how long that took altogether.

    Names nobody, and outlives the rows that it counts.
    """

    __tablename__ = "command_counts"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    command: Mapped[str] = mapped_column(String(MAX_NAME), primary_key=True)
    outcome: Mapped[UseOutcome] = mapped_column(text_enum(UseOutcome, name="outcome", closed=False), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    total_ms: Mapped[int] = mapped_column(BigInteger)
