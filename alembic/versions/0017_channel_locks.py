"""Locks and slowmodes of channels, with what was there before."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _number(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _time(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _one_of(column: str, *values: str) -> sa.Column[Any]:
    kind = sa.Enum(*values, name=column, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, kind, nullable=False)


def _document(name: str, *, nullable: bool) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=nullable)


def _check(name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"ck_channel_locks_{name}"))


def upgrade() -> None:
    op.create_table(
        "channel_locks",
        _id("guild_id"),
        _id("channel_id"),
        _one_of("kind", "lock", "slowmode"),
        _one_of("state", "planned", "applying", "standing", "lifting", "ended", "failed"),
        _number("version", nullable=False),
        _document("wish", nullable=False),
        _document("record", nullable=True),
        _number("by_id"),
        _number("ended_by"),
        _text("source", 32, nullable=False),
        _text("reason", 400),
        _number("batch_id"),
        _time("started_at"),
        _time("expires_at"),
        _text("obstacle", 32),
        _text("detail", 300),
        _time("failed_since"),
        _time("due_at"),
        _number("lease_token"),
        _number("attempts", nullable=False),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        _check("lease_ends", "lease_token IS NULL OR due_at IS NOT NULL"),
        _check("brought_to_an_end", "state IN ('standing', 'ended', 'failed') OR due_at IS NOT NULL"),
        _check("ends_on_time", "state <> 'standing' OR expires_at IS NULL OR due_at IS NOT NULL"),
        _check("remembers_what_was_before", "state IN ('planned', 'ended', 'failed') OR record IS NOT NULL"),
        _check("failed_for_a_reason", "state <> 'failed' OR obstacle IS NOT NULL"),
        sa.PrimaryKeyConstraint("guild_id", "channel_id", "kind", name=op.f("pk_channel_locks")),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index(
        op.f("ix_channel_locks_due_at"), "channel_locks", ["due_at"], postgresql_where=due, sqlite_where=due
    )


def downgrade() -> None:
    op.drop_table("channel_locks")
