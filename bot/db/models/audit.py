"""The audit log. Entries are added and, when they are old, removed; never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnClause, Index, String
from sqlalchemy.dialects.postgresql import JSONB

from bot.db.base import Base, Created, column
from bot.db.types import Snowflake, UtcDateTime, text_enum
from bot.domain.audit import AuditSource

_OptionalJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class AuditLog(Created, Base):
    """One change of anything in a guild. `before` and `after` hold what differs."""

    __tablename__ = "audit_logs"
    __table_args__ = (
        Index(None, "guild_id", "action", "id"),
        Index(None, "guild_id", "actor_id", "id"),
        Index(None, "guild_id", "target_type", "target_id", "id"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    at: ColumnClause[datetime] = column(UtcDateTime)
    actor_id: ColumnClause[int | None] = column(Snowflake)
    action: ColumnClause[str] = column(String(64))
    source: ColumnClause[AuditSource] = column(text_enum(AuditSource, name="source", closed=False))
    target_type: ColumnClause[str | None] = column(String(32))
    target_id: ColumnClause[str | None] = column(String(64))
    before: ColumnClause[dict[str, Any] | None] = column(_OptionalJson)
    after: ColumnClause[dict[str, Any] | None] = column(_OptionalJson)
    description: ColumnClause[str | None] = column(String(500))
