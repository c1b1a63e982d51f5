"""The outbox: messages that must be neither lost nor doubled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Updated
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

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(MAX_KEY))
    kind: Mapped[MessageKind] = mapped_column(text_enum(MessageKind, name="kind"))
    state: Mapped[MessageState] = mapped_column(text_enum(MessageState, name="state"))
    target: Mapped[Target] = mapped_column(text_enum(Target, name="target"))
    target_id: Mapped[int] = mapped_column(Snowflake)
    fallback_id: Mapped[int | None] = mapped_column(Snowflake)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(BigInteger)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    doubt_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    channel_id: Mapped[int | None] = mapped_column(Snowflake)
    message_id: Mapped[int | None] = mapped_column(Snowflake)
    error: Mapped[str | None] = mapped_column(String(MAX_REASON))
