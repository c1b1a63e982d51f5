"""The outbox."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _enum(name: str, *values: str) -> sa.Column[Any]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    op.create_table(
        "outbox",
        _id("guild_id"),
        _id("id"),
        sa.Column("key", sa.String(120), nullable=False),
        _enum("kind", "send", "edit"),
        _enum("state", "pending", "sending", "sent", "failed"),
        _enum("target", "channel", "user"),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("fallback_id", sa.BigInteger()),
        sa.Column("payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        _time("queued_at"),
        _time("due_at"),
        _time("doubt_since", nullable=True),
        sa.Column("lease_token", sa.BigInteger()),
        _time("settled_at", nullable=True),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("error", sa.String(300)),
        _time("created_at"),
        _time("updated_at"),
        sa.CheckConstraint("kind <> 'edit' OR message_id IS NOT NULL", name=op.f("ck_outbox_edits_something")),
        sa.CheckConstraint("state <> 'sent' OR message_id IS NOT NULL", name=op.f("ck_outbox_sent_is_somewhere")),
        sa.CheckConstraint(
            "(state IN ('sent', 'failed')) = (settled_at IS NOT NULL)", name=op.f("ck_outbox_settled_when_over")
        ),
        sa.PrimaryKeyConstraint("guild_id", "id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("guild_id", "key", name=op.f("uq_outbox_guild_id_key")),
    )
    still_open = sa.text("state IN ('pending', 'sending')")
    settled = sa.text("settled_at IS NOT NULL")
    for columns, where in (
        (["due_at"], still_open),
        (["guild_id", "target", "target_id", "id"], still_open),
        (["settled_at"], settled),
    ):
        name = op.f(f"ix_outbox_{'_'.join(columns)}")
        op.create_index(name, "outbox", columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_table("outbox")
