"""Tickets: panels and topics, tickets and their history, and the record of what was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_OPTIONAL_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)
_NOT_OVER = sa.text("status NOT IN ('closed', 'failed')")
_WITH_CHANNEL = sa.text("channel_id IS NOT NULL")
_DUE = sa.text("due_at IS NOT NULL")
_KEPT = sa.text("digest IS NOT NULL")
_FETCHING = sa.text("missing = 'fetching'")
_TABLES = (
    "support_agents", "ticket_answers", "ticket_blocks", "ticket_events", "ticket_files", "ticket_messages",
    "ticket_panels", "ticket_participants", "ticket_targets", "ticket_topics", "tickets",
)  # fmt: skip


def _enum(name: str, *values: str, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=nullable)


def _keys(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in names]


def upgrade() -> None:
    _support_agents()
    _ticket_answers()
    _ticket_blocks()
    _ticket_events()
    _ticket_files()
    _ticket_messages()
    _ticket_panels()
    _ticket_participants()
    _ticket_targets()
    _ticket_topics()
    _tickets()


def _support_agents() -> None:
    op.create_table(
        "support_agents",
        *_keys("guild_id", "user_id"),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.Column("most_open", sa.SmallInteger(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint("most_open > 0", name=op.f("ck_support_agents_most_open")),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_support_agents")),
    )


def _ticket_answers() -> None:
    op.create_table(
        "ticket_answers",
        *_keys("guild_id", "number"),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("question", sa.String(length=45), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", _JSON, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "number", "position", name=op.f("pk_ticket_answers")),
    )


def _ticket_blocks() -> None:
    op.create_table(
        "ticket_blocks",
        *_keys("guild_id", "user_id"),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_ticket_blocks")),
    )
    op.create_index(op.f("ix_ticket_blocks_expires_at"), "ticket_blocks", ["expires_at"], unique=False)


def _ticket_events() -> None:
    op.create_table(
        "ticket_events",
        *_keys("guild_id", "number", "seq"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("details", _JSON, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "number", "seq", name=op.f("pk_ticket_events")),
    )


def _ticket_files() -> None:
    op.create_table(
        "ticket_files",
        *_keys("guild_id", "number", "message_id"),
        sa.Column("seq", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("missing", sa.String(length=32), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.CheckConstraint("(digest IS NULL) = (missing IS NOT NULL)", name=op.f("ck_ticket_files_kept_or_missing")),
        sa.PrimaryKeyConstraint("guild_id", "number", "message_id", "seq", name=op.f("pk_ticket_files")),
    )
    op.create_index(
        op.f("ix_ticket_files_digest"),
        "ticket_files",
        ["digest"],
        unique=False,
        postgresql_where=_KEPT,
        sqlite_where=_KEPT,
    )
    op.create_index(
        "ix_ticket_files_fetching",
        "ticket_files",
        ["guild_id", "number", "message_id", "seq"],
        unique=False,
        postgresql_where=_FETCHING,
        sqlite_where=_FETCHING,
    )


def _ticket_messages() -> None:
    op.create_table(
        "ticket_messages",
        *_keys("guild_id", "number", "message_id"),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("author_name", sa.String(length=100), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("content", sa.String(length=4000), nullable=False),
        sa.Column("embeds", _JSON, nullable=False),
        sa.Column("versions", _JSON, nullable=False),
        sa.Column("reply_to", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", _TIME, nullable=False),
        sa.Column("edited_at", _TIME, nullable=True),
        sa.Column("deleted_at", _TIME, nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "number", "message_id", name=op.f("pk_ticket_messages")),
    )
    op.create_index(
        op.f("ix_ticket_messages_guild_id_author_id"), "ticket_messages", ["guild_id", "author_id"], unique=False
    )


def _ticket_panels() -> None:
    op.create_table(
        "ticket_panels",
        *_keys("guild_id", "id"),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("name_key", sa.String(length=96), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        _enum("style", "buttons", "menu"),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=False),
        sa.Column("sending_to", sa.BigInteger(), nullable=True),
        sa.Column("sends", sa.BigInteger(), nullable=False),
        _enum("trouble", "gone", "refused", nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint(
            "message_id IS NULL OR channel_id IS NOT NULL", name=op.f("ck_ticket_panels_stands_somewhere")
        ),
        sa.CheckConstraint("shown <= version", name=op.f("ck_ticket_panels_shown_in_order")),
        sa.PrimaryKeyConstraint("guild_id", "id", name=op.f("pk_ticket_panels")),
        sa.UniqueConstraint("guild_id", "name_key", name=op.f("uq_ticket_panels_guild_id_name_key")),
    )


def _ticket_participants() -> None:
    op.create_table(
        "ticket_participants",
        *_keys("guild_id", "number", "user_id"),
        sa.Column("added_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "number", "user_id", name=op.f("pk_ticket_participants")),
    )
    op.create_index(
        op.f("ix_ticket_participants_guild_id_user_id"), "ticket_participants", ["guild_id", "user_id"], unique=False
    )


def _ticket_targets() -> None:
    op.create_table(
        "ticket_targets",
        *_keys("guild_id", "number", "target_id"),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "number", "target_id", name=op.f("pk_ticket_targets")),
    )
    op.create_index(
        op.f("ix_ticket_targets_guild_id_target_id"), "ticket_targets", ["guild_id", "target_id"], unique=False
    )


def _ticket_topics() -> None:
    op.create_table(
        "ticket_topics",
        *_keys("guild_id", "id"),
        sa.Column("panel_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("label", sa.String(length=45), nullable=False),
        sa.Column("emoji", sa.String(length=64), nullable=True),
        _enum("style", "primary", "secondary", "success", "danger"),
        sa.Column("description", sa.String(length=100), nullable=True),
        sa.Column("config", _JSON, nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "id", name=op.f("pk_ticket_topics")),
    )
    op.create_index(
        op.f("ix_ticket_topics_guild_id_panel_id_position"),
        "ticket_topics",
        ["guild_id", "panel_id", "position"],
        unique=False,
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        *_keys("guild_id", "number"),
        sa.Column("topic_id", sa.BigInteger(), nullable=False),
        sa.Column("opener_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        _enum(
            "status",
            "opening",
            "open",
            "claimed",
            "in_progress",
            "waiting",
            "on_hold",
            "resolved",
            "closing",
            "closed",
            "failed",
        ),
        sa.Column("status_at", _TIME, nullable=False),
        _enum("mode", "channel", "thread"),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=True),
        sa.Column("quote", _OPTIONAL_JSON, nullable=True),
        sa.Column("follows", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("tags", _JSON, nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_thread_id", sa.BigInteger(), nullable=True),
        sa.Column("notes", sa.BigInteger(), nullable=False),
        sa.Column("noted", sa.BigInteger(), nullable=False),
        sa.Column("name_owed", sa.String(length=100), nullable=True),
        sa.Column("parent_owed_id", sa.BigInteger(), nullable=True),
        sa.Column("header_id", sa.BigInteger(), nullable=True),
        sa.Column("first_response_at", _TIME, nullable=True),
        sa.Column("resolved_at", _TIME, nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("last_member_at", _TIME, nullable=True),
        sa.Column("last_staff_at", _TIME, nullable=True),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", _TIME, nullable=True),
        sa.Column("warns_at", _TIME, nullable=True),
        sa.Column("closes_at", _TIME, nullable=True),
        sa.Column("closes_because", sa.String(32), nullable=True),
        _enum("stage", "seal", "post", "letter", "lock", nullable=True),
        sa.Column("deletes_at", _TIME, nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("closed_because", sa.String(32), nullable=True),
        sa.Column("close_reason", sa.String(length=400), nullable=True),
        sa.Column("transcript_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("transcript_message_id", sa.BigInteger(), nullable=True),
        sa.Column("letter", sa.Boolean(), nullable=True),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("feedback", sa.String(length=1000), nullable=True),
        sa.Column("rated_at", _TIME, nullable=True),
        sa.Column("recorded_to", sa.BigInteger(), nullable=True),
        sa.Column("access", sa.BigInteger(), nullable=False),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.Column("failure", sa.String(32), nullable=True),
        sa.Column("detail", sa.String(length=300), nullable=True),
        sa.Column("failed_since", _TIME, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("due_at", _TIME, nullable=True),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint("(status = 'closing') = (stage IS NOT NULL)", name=op.f("ck_tickets_closes_in_stages")),
        sa.CheckConstraint("status <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_tickets_closed_at_some_time")),
        sa.CheckConstraint("status <> 'failed' OR failure IS NOT NULL", name=op.f("ck_tickets_failed_for_a_reason")),
        sa.CheckConstraint(
            "status NOT IN ('opening', 'closing') OR due_at IS NOT NULL", name=op.f("ck_tickets_brought_to_an_end")
        ),
        sa.CheckConstraint("applied <= access", name=op.f("ck_tickets_access_in_order")),
        sa.CheckConstraint("noted <= notes", name=op.f("ck_tickets_notes_in_order")),
        sa.CheckConstraint(
            "closes_at IS NULL OR closes_because IS NOT NULL", name=op.f("ck_tickets_closes_for_a_reason")
        ),
        sa.CheckConstraint("lease_token IS NULL OR due_at IS NOT NULL", name=op.f("ck_tickets_lease_ends")),
        sa.CheckConstraint("number > 0 AND slot > 0", name=op.f("ck_tickets_numbered")),
        sa.CheckConstraint("priority BETWEEN 1 AND 4", name=op.f("ck_tickets_priority")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_tickets_rating")),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_tickets")),
        sa.UniqueConstraint("guild_id", "key", name=op.f("uq_tickets_guild_id_key")),
    )
    op.create_index(
        "ix_tickets_assigned",
        "tickets",
        ["guild_id", "assignee_id"],
        unique=False,
        postgresql_where=_NOT_OVER,
        sqlite_where=_NOT_OVER,
    )
    op.create_index(
        op.f("ix_tickets_due_at"), "tickets", ["due_at"], unique=False, postgresql_where=_DUE, sqlite_where=_DUE
    )
    op.create_index(op.f("ix_tickets_guild_id_opened_at"), "tickets", ["guild_id", "opened_at"], unique=False)
    op.create_index(
        op.f("ix_tickets_guild_id_opener_id_topic_id_opened_at"),
        "tickets",
        ["guild_id", "opener_id", "topic_id", "opened_at"],
        unique=False,
    )
    op.create_index(
        "ix_tickets_not_over",
        "tickets",
        ["guild_id", "status", "number"],
        unique=False,
        postgresql_where=_NOT_OVER,
        sqlite_where=_NOT_OVER,
    )
    op.create_index(
        "uq_tickets_channel",
        "tickets",
        ["guild_id", "channel_id"],
        unique=True,
        postgresql_where=_WITH_CHANNEL,
        sqlite_where=_WITH_CHANNEL,
    )
    op.create_index(
        "uq_tickets_slot",
        "tickets",
        ["guild_id", "topic_id", "opener_id", "slot"],
        unique=True,
        postgresql_where=_NOT_OVER,
        sqlite_where=_NOT_OVER,
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
