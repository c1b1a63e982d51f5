"""The audit log. Entries are added and, when they are old, removed; never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Created
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

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(Snowflake)
    action: Mapped[str] = mapped_column(String(64))
    source: Mapped[AuditSource] = mapped_column(text_enum(AuditSource, name="source", closed=False))
    target_type: Mapped[str | None] = mapped_column(String(32))
    target_id: Mapped[str | None] = mapped_column(String(64))
    before: Mapped[dict[str, Any] | None] = mapped_column(_OptionalJson)
    after: Mapped[dict[str, Any] | None] = mapped_column(_OptionalJson)
    description: Mapped[str | None] = mapped_column(String(500))
