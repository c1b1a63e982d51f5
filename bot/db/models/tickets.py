"""Tables of tickets: panels and topics, tickets and their history, and the record of what was said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Created, Updated
from bot.db.types import Json, Snowflake, UtcDateTime, text_enum
from bot.domain.ticket_topics import MAX_LABEL, MAX_NAME, MAX_TEXT, MAX_TITLE, PanelStyle, PanelTrouble, TopicStyle
from bot.domain.tickets import (
    MAX_DETAIL,
    MAX_FEEDBACK,
    MAX_KEY,
    MAX_REASON,
    MAX_SUBJECT,
    Because,
    EventKind,
    Failure,
    Mode,
    Origin,
    Stage,
    Status,
)

_OptionalJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_DUE = text("due_at IS NOT NULL")
_NOT_OVER = text("status NOT IN ('closed', 'failed')")
_WITH_CHANNEL = text("channel_id IS NOT NULL")
_KEPT = text("digest IS NOT NULL")
_FETCHING = text("missing = 'fetching'")


class TicketPanelRow(Updated, Base):
    """A message with topics to choose from. `version` counts changes of it and its topics, `shown` what was sent.

    While it is on its way (`sending_to`), the channel and message are still those of the time before.
    """

    __tablename__ = "ticket_panels"
    __table_args__ = (
        UniqueConstraint("guild_id", "name_key"),
        CheckConstraint("message_id IS NULL OR channel_id IS NOT NULL", name="stands_somewhere"),
        CheckConstraint("shown <= version", name="shown_in_order"),
    )

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    name_key: Mapped[str] = mapped_column(String(MAX_NAME * 3))
    """The name without case, so that no two are alike."""
    title: Mapped[str] = mapped_column(String(MAX_TITLE))
    text: Mapped[str] = mapped_column(String(MAX_TEXT))
    style: Mapped[PanelStyle] = mapped_column(text_enum(PanelStyle, name="style"))
    channel_id: Mapped[int | None] = mapped_column(Snowflake)
    message_id: Mapped[int | None] = mapped_column(Snowflake)
    created_by: Mapped[int | None] = mapped_column(Snowflake)
    version: Mapped[int] = mapped_column(BigInteger)
    shown: Mapped[int] = mapped_column(BigInteger)
    sending_to: Mapped[int | None] = mapped_column(Snowflake)
    sends: Mapped[int] = mapped_column(BigInteger)
    trouble: Mapped[PanelTrouble | None] = mapped_column(text_enum(PanelTrouble, name="trouble"))


class TicketTopicRow(Updated, Base):
    """What a member chooses when opening a ticket. One that is removed stays for the tickets that have it."""

    __tablename__ = "ticket_topics"
    __table_args__ = (Index(None, "guild_id", "panel_id", "position"),)

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    panel_id: Mapped[int] = mapped_column(Snowflake)
    position: Mapped[int] = mapped_column(SmallInteger)
    label: Mapped[str] = mapped_column(String(MAX_LABEL))
    emoji: Mapped[str | None] = mapped_column(String(64))
    style: Mapped[TopicStyle] = mapped_column(text_enum(TopicStyle, name="style"))
    description: Mapped[str | None] = mapped_column(String(100))
    config: Mapped[dict[str, Any]] = mapped_column(Json)
    removed: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(BigInteger)


class TicketBlock(Updated, Base):
    """Somebody who may open no tickets, for a time or until it is taken back."""

    __tablename__ = "ticket_blocks"
    __table_args__ = (Index(None, "expires_at"),)

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    reason: Mapped[str | None] = mapped_column(String(MAX_REASON))
    by_id: Mapped[int | None] = mapped_column(Snowflake)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TicketRow(Updated, Base):
    """A ticket. Of one topic a member has at most one that is not over for each slot: the guard against twins.

    `due_at` is empty while nothing is due by itself; while somebody is at it, it is the end of their lease.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("guild_id", "key"),
        CheckConstraint("number > 0 AND slot > 0", name="numbered"),
        CheckConstraint("priority BETWEEN 1 AND 4", name="priority"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        CheckConstraint("lease_token IS NULL OR due_at IS NOT NULL", name="lease_ends"),
        CheckConstraint("status NOT IN ('opening', 'closing') OR due_at IS NOT NULL", name="brought_to_an_end"),
        CheckConstraint("(status = 'closing') = (stage IS NOT NULL)", name="closes_in_stages"),
        CheckConstraint("status <> 'closed' OR closed_at IS NOT NULL", name="closed_at_some_time"),
        CheckConstraint("status <> 'failed' OR failure IS NOT NULL", name="failed_for_a_reason"),
        CheckConstraint("closes_at IS NULL OR closes_because IS NOT NULL", name="closes_for_a_reason"),
        CheckConstraint("applied <= access", name="access_in_order"),
        CheckConstraint("noted <= notes", name="notes_in_order"),
        Index(
            "uq_tickets_slot", "guild_id", "topic_id", "opener_id", "slot",
            unique=True, postgresql_where=_NOT_OVER, sqlite_where=_NOT_OVER,
        ),
        Index(
            "uq_tickets_channel", "guild_id", "channel_id",
            unique=True, postgresql_where=_WITH_CHANNEL, sqlite_where=_WITH_CHANNEL,
        ),
        Index(None, "due_at", postgresql_where=_DUE, sqlite_where=_DUE),
        Index(
            "ix_tickets_not_over", "guild_id", "status", "number",
            postgresql_where=_NOT_OVER, sqlite_where=_NOT_OVER,
        ),
        Index(None, "guild_id", "opener_id", "topic_id", "opened_at"),
        Index(None, "guild_id", "opened_at"),
        Index("ix_tickets_assigned", "guild_id", "assignee_id", postgresql_where=_NOT_OVER, sqlite_where=_NOT_OVER),
    )  # fmt: skip

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    topic_id: Mapped[int] = mapped_column(Snowflake)
    opener_id: Mapped[int] = mapped_column(Snowflake)
    opened_by: Mapped[int] = mapped_column(Snowflake)
    origin: Mapped[Origin] = mapped_column(text_enum(Origin, name="origin", closed=False))
    status: Mapped[Status] = mapped_column(text_enum(Status, name="status"))
    status_at: Mapped[datetime] = mapped_column(UtcDateTime)
    mode: Mapped[Mode] = mapped_column(text_enum(Mode, name="mode"))
    slot: Mapped[int] = mapped_column(SmallInteger)
    key: Mapped[str] = mapped_column(String(MAX_KEY))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    subject: Mapped[str | None] = mapped_column(String(MAX_SUBJECT))
    quote: Mapped[dict[str, Any] | None] = mapped_column(_OptionalJson)
    follows: Mapped[int | None] = mapped_column(BigInteger)
    priority: Mapped[int] = mapped_column(SmallInteger)
    tags: Mapped[list[str]] = mapped_column(Json)
    locked: Mapped[bool] = mapped_column(Boolean)
    frozen: Mapped[bool] = mapped_column(Boolean)
    escalated: Mapped[bool] = mapped_column(Boolean)
    assignee_id: Mapped[int | None] = mapped_column(Snowflake)
    name: Mapped[str] = mapped_column(String(100))
    channel_id: Mapped[int | None] = mapped_column(Snowflake)
    parent_id: Mapped[int | None] = mapped_column(Snowflake)
    staff_thread_id: Mapped[int | None] = mapped_column(Snowflake)
    notes: Mapped[int] = mapped_column(BigInteger)
    noted: Mapped[int] = mapped_column(BigInteger)
    name_owed: Mapped[str | None] = mapped_column(String(100))
    parent_owed_id: Mapped[int | None] = mapped_column(Snowflake)
    header_id: Mapped[int | None] = mapped_column(Snowflake)
    first_response_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_member_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_staff_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_by: Mapped[int | None] = mapped_column(Snowflake)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    warns_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_because: Mapped[Because | None] = mapped_column(text_enum(Because, name="closes_because", closed=False))
    stage: Mapped[Stage | None] = mapped_column(text_enum(Stage, name="stage"))
    deletes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gone: Mapped[bool] = mapped_column(Boolean)
    closed_by: Mapped[int | None] = mapped_column(Snowflake)
    closed_because: Mapped[Because | None] = mapped_column(text_enum(Because, name="closed_because", closed=False))
    close_reason: Mapped[str | None] = mapped_column(String(MAX_REASON))
    transcript_channel_id: Mapped[int | None] = mapped_column(Snowflake)
    transcript_message_id: Mapped[int | None] = mapped_column(Snowflake)
    letter: Mapped[bool | None] = mapped_column(Boolean)
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    feedback: Mapped[str | None] = mapped_column(String(MAX_FEEDBACK))
    rated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_to: Mapped[int | None] = mapped_column(Snowflake)
    access: Mapped[int] = mapped_column(BigInteger)
    applied: Mapped[int] = mapped_column(BigInteger)
    failure: Mapped[Failure | None] = mapped_column(text_enum(Failure, name="failure", closed=False))
    detail: Mapped[str | None] = mapped_column(String(MAX_DETAIL))
    failed_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(BigInteger)


class TicketAnswer(Created, Base):
    """What the member answered to one question, as it was asked then."""

    __tablename__ = "ticket_answers"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    question: Mapped[str] = mapped_column(String(45))
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[list[str]] = mapped_column(Json)


class TicketParticipant(Created, Base):
    """Somebody who was added to a ticket."""

    __tablename__ = "ticket_participants"
    __table_args__ = (Index(None, "guild_id", "user_id"),)

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    added_by: Mapped[int | None] = mapped_column(Snowflake)


class TicketTarget(Created, Base):
    """A role or person whom a ticket's channel or thread was told about: ours, unlike what others set up there."""

    __tablename__ = "ticket_targets"
    __table_args__ = (Index(None, "guild_id", "target_id"),)

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    target_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)


class TicketMessage(Updated, Base):
    """A message of a ticket, as it came, with what it said before each edit."""

    __tablename__ = "ticket_messages"
    __table_args__ = (Index(None, "guild_id", "author_id"),)

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    author_id: Mapped[int | None] = mapped_column(Snowflake)
    author_name: Mapped[str] = mapped_column(String(100))
    is_staff: Mapped[bool] = mapped_column(Boolean)
    is_bot: Mapped[bool] = mapped_column(Boolean)
    internal: Mapped[bool] = mapped_column(Boolean)
    content: Mapped[str] = mapped_column(String(4_000))
    embeds: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    versions: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    reply_to: Mapped[int | None] = mapped_column(Snowflake)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TicketFileRow(Created, Base):
    """A file of a message, or of the form's answer (`message_id` 0); its bytes are a blob, if they are kept."""

    __tablename__ = "ticket_files"
    __table_args__ = (
        CheckConstraint("(digest IS NULL) = (missing IS NOT NULL)", name="kept_or_missing"),
        Index(None, "digest", postgresql_where=_KEPT, sqlite_where=_KEPT),
        Index(
            "ix_ticket_files_fetching", "guild_id", "number", "message_id", "seq",
            postgresql_where=_FETCHING, sqlite_where=_FETCHING,
        ),
    )  # fmt: skip

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str | None] = mapped_column(String(64))
    missing: Mapped[str | None] = mapped_column(String(32))


class TicketEventRow(Created, Base):
    """Something that happened to a ticket. Never changed."""

    __tablename__ = "ticket_events"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[EventKind] = mapped_column(text_enum(EventKind, name="kind", closed=False))
    actor_id: Mapped[int | None] = mapped_column(Snowflake)
    details: Mapped[dict[str, Any]] = mapped_column(Json)


class SupportAgent(Updated, Base):
    """A member of staff, as far as tickets are given to them. Who has no row is on duty and has the setting's limit."""

    __tablename__ = "support_agents"
    __table_args__ = (CheckConstraint("most_open > 0", name="most_open"),)

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    on_duty: Mapped[bool] = mapped_column(Boolean)
    most_open: Mapped[int | None] = mapped_column(SmallInteger)
