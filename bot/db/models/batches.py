"""Batches and their targets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnClause,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)

from bot.db.base import Base, Updated, column
from bot.db.types import Json, Snowflake, UtcDateTime, text_enum
from bot.domain.batches import MAX_DETAIL, MAX_LABEL, MAX_NAME, MAX_REASON, MAX_TITLE, BatchState, ItemState

_DUE = text("due_at IS NOT NULL")
_RUNNING = text("state = 'running'")
_OVER = text("finished_at IS NOT NULL")
_DRAFT = text("state = 'draft'")
_OPEN = text("state IN ('pending', 'doing')")


class BatchRow(Updated, Base):
    """One thing done to many targets.

    `due_at` is when somebody has to look at it next: for its next turn, at the end of the lease of who is at it, or,
    once it is over, to say so. NULL: never.
    """

    __tablename__ = "batches"
    __table_args__ = (
        UniqueConstraint("guild_id", "key"),
        CheckConstraint("done >= 0 AND failed >= 0 AND skipped >= 0", name="counts_upwards"),
        CheckConstraint("done + failed + skipped <= total", name="no_more_than_all"),
        CheckConstraint("finished_at IS NULL OR done + failed + skipped = total", name="whole_when_over"),
        CheckConstraint("(state IN ('draft', 'running')) = (finished_at IS NULL)", name="finished_when_over"),
        CheckConstraint("(state = 'draft') = (started_at IS NULL)", name="started_once"),
        CheckConstraint("state <> 'running' OR due_at IS NOT NULL", name="running_is_looked_at"),
        Index(None, "due_at", postgresql_where=_DUE, sqlite_where=_DUE),
        Index(None, "guild_id", "started_at", "id", postgresql_where=_RUNNING, sqlite_where=_RUNNING),
        Index(None, "finished_at", postgresql_where=_OVER, sqlite_where=_OVER),
        Index(None, "created_at", postgresql_where=_DRAFT, sqlite_where=_DRAFT),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    key: ColumnClause[str] = column(String(120))
    kind: ColumnClause[str] = column(String(MAX_NAME))
    title: ColumnClause[str] = column(String(MAX_TITLE))
    parameters: ColumnClause[dict[str, Any]] = column(Json)
    language: ColumnClause[str] = column(String(16))
    per_turn: ColumnClause[int] = column(BigInteger)
    asked_by: ColumnClause[int] = column(Snowflake)
    state: ColumnClause[BatchState] = column(text_enum(BatchState, name="state"))
    total: ColumnClause[int] = column(BigInteger)
    planned: ColumnClause[int] = column(BigInteger)
    done: ColumnClause[int] = column(BigInteger)
    failed: ColumnClause[int] = column(BigInteger)
    skipped: ColumnClause[int] = column(BigInteger)
    channel_id: ColumnClause[int | None] = column(Snowflake)
    due_at: ColumnClause[datetime | None] = column(UtcDateTime)
    lease_token: ColumnClause[int | None] = column(BigInteger)
    started_at: ColumnClause[datetime | None] = column(UtcDateTime)
    cancelled_at: ColumnClause[datetime | None] = column(UtcDateTime)
    cancelled_by: ColumnClause[int | None] = column(Snowflake)
    finished_at: ColumnClause[datetime | None] = column(UtcDateTime)


class BatchItem(Updated, Base):
    """A target of a batch. Who may act on it is whoever holds its batch, and has written their token here."""

    __tablename__ = "batch_items"
    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "batch_id"], ["batches.guild_id", "batches.id"]),
        CheckConstraint(
            "(state IN ('done', 'failed', 'skipped')) = (settled_at IS NOT NULL)", name="settled_when_over"
        ),
        CheckConstraint("state <> 'doing' OR lease_token IS NOT NULL", name="doing_has_a_doer"),
        Index(None, "guild_id", "batch_id", "target", postgresql_where=_OPEN, sqlite_where=_OPEN),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    batch_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    target: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    label: ColumnClause[str] = column(String(MAX_LABEL))
    state: ColumnClause[ItemState] = column(text_enum(ItemState, name="state"))
    attempts: ColumnClause[int] = column(BigInteger)
    lease_token: ColumnClause[int | None] = column(BigInteger)
    stuck_since: ColumnClause[datetime | None] = column(UtcDateTime)
    reason: ColumnClause[str | None] = column(String(MAX_REASON))
    detail: ColumnClause[str | None] = column(String(MAX_DETAIL))
    settled_at: ColumnClause[datetime | None] = column(UtcDateTime)
