"""Tables of tickets: panels and topics, tickets and their history, and the record of what was said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnClause,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from bot.db.base import Base, Created, Updated, column
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

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    name: ColumnClause[str] = column(String(MAX_NAME))
    name_key: ColumnClause[str] = column(String(MAX_NAME * 3))
    """The name without case, so that no two are alike."""
    title: ColumnClause[str] = column(String(MAX_TITLE))
    text: ColumnClause[str] = column(String(MAX_TEXT))
    style: ColumnClause[PanelStyle] = column(text_enum(PanelStyle, name="style"))
    channel_id: ColumnClause[int | None] = column(Snowflake)
    message_id: ColumnClause[int | None] = column(Snowflake)
    created_by: ColumnClause[int | None] = column(Snowflake)
    version: ColumnClause[int] = column(BigInteger)
    shown: ColumnClause[int] = column(BigInteger)
    sending_to: ColumnClause[int | None] = column(Snowflake)
    sends: ColumnClause[int] = column(BigInteger)
    trouble: ColumnClause[PanelTrouble | None] = column(text_enum(PanelTrouble, name="trouble"))


class TicketTopicRow(Updated, Base):
    """What a member chooses when opening a ticket. One that is removed stays for the tickets that have it."""

    __tablename__ = "ticket_topics"
    __table_args__ = (Index(None, "guild_id", "panel_id", "position"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    panel_id: ColumnClause[int] = column(Snowflake)
    position: ColumnClause[int] = column(SmallInteger)
    label: ColumnClause[str] = column(String(MAX_LABEL))
    emoji: ColumnClause[str | None] = column(String(64))
    style: ColumnClause[TopicStyle] = column(text_enum(TopicStyle, name="style"))
    description: ColumnClause[str | None] = column(String(100))
    config: ColumnClause[dict[str, Any]] = column(Json)
    removed: ColumnClause[bool] = column(Boolean)
    version: ColumnClause[int] = column(BigInteger)


class TicketBlock(Updated, Base):
    """Somebody who may open no tickets, for a time or until it is taken back."""

    __tablename__ = "ticket_blocks"
    __table_args__ = (Index(None, "expires_at"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    reason: ColumnClause[str | None] = column(String(MAX_REASON))
    by_id: ColumnClause[int | None] = column(Snowflake)
    expires_at: ColumnClause[datetime | None] = column(UtcDateTime)


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

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    topic_id: ColumnClause[int] = column(Snowflake)
    opener_id: ColumnClause[int] = column(Snowflake)
    opened_by: ColumnClause[int] = column(Snowflake)
    origin: ColumnClause[Origin] = column(text_enum(Origin, name="origin", closed=False))
    status: ColumnClause[Status] = column(text_enum(Status, name="status"))
    status_at: ColumnClause[datetime] = column(UtcDateTime)
    mode: ColumnClause[Mode] = column(text_enum(Mode, name="mode"))
    slot: ColumnClause[int] = column(SmallInteger)
    key: ColumnClause[str] = column(String(MAX_KEY))
    opened_at: ColumnClause[datetime] = column(UtcDateTime)
    subject: ColumnClause[str | None] = column(String(MAX_SUBJECT))
    quote: ColumnClause[dict[str, Any] | None] = column(_OptionalJson)
    follows: ColumnClause[int | None] = column(BigInteger)
    priority: ColumnClause[int] = column(SmallInteger)
    tags: ColumnClause[list[str]] = column(Json)
    locked: ColumnClause[bool] = column(Boolean)
    frozen: ColumnClause[bool] = column(Boolean)
    escalated: ColumnClause[bool] = column(Boolean)
    assignee_id: ColumnClause[int | None] = column(Snowflake)
    name: ColumnClause[str] = column(String(100))
    channel_id: ColumnClause[int | None] = column(Snowflake)
    parent_id: ColumnClause[int | None] = column(Snowflake)
    staff_thread_id: ColumnClause[int | None] = column(Snowflake)
    notes: ColumnClause[int] = column(BigInteger)
    noted: ColumnClause[int] = column(BigInteger)
    name_owed: ColumnClause[str | None] = column(String(100))
    parent_owed_id: ColumnClause[int | None] = column(Snowflake)
    header_id: ColumnClause[int | None] = column(Snowflake)
    first_response_at: ColumnClause[datetime | None] = column(UtcDateTime)
    resolved_at: ColumnClause[datetime | None] = column(UtcDateTime)
    closed_at: ColumnClause[datetime | None] = column(UtcDateTime)
    last_member_at: ColumnClause[datetime | None] = column(UtcDateTime)
    last_staff_at: ColumnClause[datetime | None] = column(UtcDateTime)
    asked_by: ColumnClause[int | None] = column(Snowflake)
    asked_at: ColumnClause[datetime | None] = column(UtcDateTime)
    warns_at: ColumnClause[datetime | None] = column(UtcDateTime)
    closes_at: ColumnClause[datetime | None] = column(UtcDateTime)
    closes_because: ColumnClause[Because | None] = column(text_enum(Because, name="closes_because", closed=False))
    stage: ColumnClause[Stage | None] = column(text_enum(Stage, name="stage"))
    deletes_at: ColumnClause[datetime | None] = column(UtcDateTime)
    gone: ColumnClause[bool] = column(Boolean)
    closed_by: ColumnClause[int | None] = column(Snowflake)
    closed_because: ColumnClause[Because | None] = column(text_enum(Because, name="closed_because", closed=False))
    close_reason: ColumnClause[str | None] = column(String(MAX_REASON))
    transcript_channel_id: ColumnClause[int | None] = column(Snowflake)
    transcript_message_id: ColumnClause[int | None] = column(Snowflake)
    letter: ColumnClause[bool | None] = column(Boolean)
    rating: ColumnClause[int | None] = column(SmallInteger)
    feedback: ColumnClause[str | None] = column(String(MAX_FEEDBACK))
    rated_at: ColumnClause[datetime | None] = column(UtcDateTime)
    recorded_to: ColumnClause[int | None] = column(Snowflake)
    access: ColumnClause[int] = column(BigInteger)
    applied: ColumnClause[int] = column(BigInteger)
    failure: ColumnClause[Failure | None] = column(text_enum(Failure, name="failure", closed=False))
    detail: ColumnClause[str | None] = column(String(MAX_DETAIL))
    failed_since: ColumnClause[datetime | None] = column(UtcDateTime)
    version: ColumnClause[int] = column(BigInteger)
    due_at: ColumnClause[datetime | None] = column(UtcDateTime)
    lease_token: ColumnClause[int | None] = column(BigInteger)
    attempts: ColumnClause[int] = column(BigInteger)


class TicketAnswer(Created, Base):
    """What the member answered to one question, as it was asked then."""

    __tablename__ = "ticket_answers"

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    position: ColumnClause[int] = column(SmallInteger, primary_key=True, autoincrement=False)
    question: ColumnClause[str] = column(String(45))
    kind: ColumnClause[str] = column(String(16))
    value: ColumnClause[list[str]] = column(Json)


class TicketParticipant(Created, Base):
    """Somebody who was added to a ticket."""

    __tablename__ = "ticket_participants"
    __table_args__ = (Index(None, "guild_id", "user_id"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    added_by: ColumnClause[int | None] = column(Snowflake)


class TicketTarget(Created, Base):
    """A role or person whom a ticket's channel or thread was told about: ours, unlike what others set up there."""

    __tablename__ = "ticket_targets"
    __table_args__ = (Index(None, "guild_id", "target_id"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    target_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)


class TicketMessage(Updated, Base):
    """A message of a ticket, as it came, with what it said before each edit."""

    __tablename__ = "ticket_messages"
    __table_args__ = (Index(None, "guild_id", "author_id"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    message_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    author_id: ColumnClause[int | None] = column(Snowflake)
    author_name: ColumnClause[str] = column(String(100))
    is_staff: ColumnClause[bool] = column(Boolean)
    is_bot: ColumnClause[bool] = column(Boolean)
    internal: ColumnClause[bool] = column(Boolean)
    content: ColumnClause[str] = column(String(4_000))
    embeds: ColumnClause[list[dict[str, Any]]] = column(Json)
    versions: ColumnClause[list[dict[str, Any]]] = column(Json)
    reply_to: ColumnClause[int | None] = column(Snowflake)
    sent_at: ColumnClause[datetime] = column(UtcDateTime)
    edited_at: ColumnClause[datetime | None] = column(UtcDateTime)
    deleted_at: ColumnClause[datetime | None] = column(UtcDateTime)


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

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    message_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    seq: ColumnClause[int] = column(SmallInteger, primary_key=True, autoincrement=False)
    name: ColumnClause[str] = column(String(200))
    size: ColumnClause[int] = column(BigInteger)
    content_type: ColumnClause[str] = column(String(100))
    digest: ColumnClause[str | None] = column(String(64))
    missing: ColumnClause[str | None] = column(String(32))


class TicketEventRow(Created, Base):
    """Something that happened to a ticket. Never changed."""

    __tablename__ = "ticket_events"

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    seq: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    kind: ColumnClause[EventKind] = column(text_enum(EventKind, name="kind", closed=False))
    actor_id: ColumnClause[int | None] = column(Snowflake)
    details: ColumnClause[dict[str, Any]] = column(Json)


class SupportAgent(Updated, Base):
    """A member of staff, as far as tickets are given to them. Who has no row is on duty and has the setting's limit."""

    __tablename__ = "support_agents"
    __table_args__ = (CheckConstraint("most_open > 0", name="most_open"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    on_duty: ColumnClause[bool] = column(Boolean)
    most_open: ColumnClause[int | None] = column(SmallInteger)
