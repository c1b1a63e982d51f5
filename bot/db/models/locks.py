"""Tables of locks: what was changed in a channel, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ColumnClause, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB

from bot.db.base import Base, Updated, column
from bot.db.types import Json, Snowflake, UtcDateTime, text_enum
from bot.domain.audit import AuditSource
from bot.domain.locks import MAX_DETAIL, MAX_REASON, LockKind, LockState, Obstacle

_DUE = text("due_at IS NOT NULL")
_OptionalJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class ChannelLockRow(Updated, Base):
    """A channel's last lock, or its last slowmode: one row each, used again.

    `due_at` is empty while nothing is due by itself. While somebody is at it, it is the end of their lease. `version`
    counts what people decided about it. `record` is what was there before, written before anything is changed.
    """

    __tablename__ = "channel_locks"
    __table_args__ = (
        CheckConstraint("lease_token IS NULL OR due_at IS NOT NULL", name="lease_ends"),
        CheckConstraint("state IN ('standing', 'ended', 'failed') OR due_at IS NOT NULL", name="brought_to_an_end"),
        CheckConstraint("state <> 'standing' OR expires_at IS NULL OR due_at IS NOT NULL", name="ends_on_time"),
        CheckConstraint(
            "state IN ('planned', 'ended', 'failed') OR record IS NOT NULL", name="remembers_what_was_before"
        ),
        CheckConstraint("state <> 'failed' OR obstacle IS NOT NULL", name="failed_for_a_reason"),
        Index(None, "due_at", postgresql_where=_DUE, sqlite_where=_DUE),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    channel_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    kind: ColumnClause[LockKind] = column(text_enum(LockKind, name="kind"), primary_key=True)
    state: ColumnClause[LockState] = column(text_enum(LockState, name="state"))
    version: ColumnClause[int] = column(BigInteger)
    wish: ColumnClause[dict[str, Any]] = column(Json)
    record: ColumnClause[dict[str, Any] | None] = column(_OptionalJson)
    by_id: ColumnClause[int | None] = column(Snowflake)
    ended_by: ColumnClause[int | None] = column(Snowflake)
    source: ColumnClause[AuditSource] = column(text_enum(AuditSource, name="source", closed=False))
    reason: ColumnClause[str | None] = column(String(MAX_REASON))
    batch_id: ColumnClause[int | None] = column(Snowflake)
    started_at: ColumnClause[datetime | None] = column(UtcDateTime)
    expires_at: ColumnClause[datetime | None] = column(UtcDateTime)
    obstacle: ColumnClause[Obstacle | None] = column(text_enum(Obstacle, name="obstacle", closed=False))
    detail: ColumnClause[str | None] = column(String(MAX_DETAIL))
    failed_since: ColumnClause[datetime | None] = column(UtcDateTime)
    due_at: ColumnClause[datetime | None] = column(UtcDateTime)
    lease_token: ColumnClause[int | None] = column(BigInteger)
    attempts: ColumnClause[int] = column(BigInteger)
