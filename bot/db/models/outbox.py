"""The outbox: messages that must be neither lost nor doubled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ColumnClause, Index, String, UniqueConstraint, text

from bot.db.base import Base, Updated, column
from bot.db.types import Json, Snowflake, UtcDateTime, text_enum
from bot.domain.outbox import MAX_KEY, MAX_REASON, MessageKind, MessageState, Target

_OPEN = text("state IN ('pending', 'sending')")
_SETTLED = text("settled_at IS NOT NULL")


class OutboxMessage(Updated, Base):
    """A message to be sent, or an edit of one.

    `payload` is empty once the message was sent: what it says is then known to Discord alone.

    `due_at` is when it may be tried next; while somebody is at it, that is the end of their lease.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("guild_id", "key"),
        CheckConstraint("kind <> 'edit' OR message_id IS NOT NULL", name="edits_something"),
        CheckConstraint("state <> 'sent' OR message_id IS NOT NULL", name="sent_is_somewhere"),
        CheckConstraint("(state IN ('sent', 'failed')) = (settled_at IS NOT NULL)", name="settled_when_over"),
        Index(None, "due_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        # Whether an older message waits for the same destination is asked of each row that is due.
        Index(None, "guild_id", "target", "target_id", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index(None, "settled_at", postgresql_where=_SETTLED, sqlite_where=_SETTLED),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    key: ColumnClause[str] = column(String(MAX_KEY))
    kind: ColumnClause[MessageKind] = column(text_enum(MessageKind, name="kind"))
    state: ColumnClause[MessageState] = column(text_enum(MessageState, name="state"))
    target: ColumnClause[Target] = column(text_enum(Target, name="target"))
    target_id: ColumnClause[int] = column(Snowflake)
    fallback_id: ColumnClause[int | None] = column(Snowflake)
    payload: ColumnClause[dict[str, Any]] = column(Json)
    version: ColumnClause[int] = column(BigInteger)
    attempts: ColumnClause[int] = column(BigInteger)
    queued_at: ColumnClause[datetime] = column(UtcDateTime)
    due_at: ColumnClause[datetime] = column(UtcDateTime)
    doubt_since: ColumnClause[datetime | None] = column(UtcDateTime)
    lease_token: ColumnClause[int | None] = column(BigInteger)
    settled_at: ColumnClause[datetime | None] = column(UtcDateTime)
    channel_id: ColumnClause[int | None] = column(Snowflake)
    message_id: ColumnClause[int | None] = column(Snowflake)
    error: ColumnClause[str | None] = column(String(MAX_REASON))
