"""Batches and their targets."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _time(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _state(*values: str) -> sa.Column[Any]:
    kind = sa.Enum(*values, name="state", native_enum=False, create_constraint=True, length=32)
    return sa.Column("state", kind, nullable=False)


def _check(table: str, name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        "batches",
        _id("guild_id"),
        _id("id"),
        _text("key", 120),
        _text("kind", 32),
        _text("title", 200),
        sa.Column("parameters", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        _text("language", 16),
        _number("per_turn"),
        _number("asked_by"),
        _state("draft", "running", "done", "cancelled", "failed"),
        _number("total"),
        _number("planned"),
        _number("done"),
        _number("failed"),
        _number("skipped"),
        _number("channel_id", nullable=True),
        _time("due_at"),
        _number("lease_token", nullable=True),
        _time("started_at"),
        _time("cancelled_at"),
        _number("cancelled_by", nullable=True),
        _time("finished_at"),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        _check("batches", "counts_upwards", "done >= 0 AND failed >= 0 AND skipped >= 0"),
        _check("batches", "no_more_than_all", "done + failed + skipped <= total"),
        _check("batches", "whole_when_over", "finished_at IS NULL OR done + failed + skipped = total"),
        _check("batches", "finished_when_over", "(state IN ('draft', 'running')) = (finished_at IS NULL)"),
        _check("batches", "started_once", "(state = 'draft') = (started_at IS NULL)"),
        _check("batches", "running_is_looked_at", "state <> 'running' OR due_at IS NOT NULL"),
        sa.PrimaryKeyConstraint("guild_id", "id", name=op.f("pk_batches")),
        sa.UniqueConstraint("guild_id", "key", name=op.f("uq_batches_guild_id_key")),
    )
    op.create_table(
        "batch_items",
        _id("guild_id"),
        _id("batch_id"),
        _id("target"),
        _text("label", 100),
        _state("pending", "doing", "done", "failed", "skipped"),
        _number("attempts"),
        _number("lease_token", nullable=True),
        _text("reason", 200, nullable=True),
        _text("detail", 300, nullable=True),
        _time("settled_at"),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id", "batch_id"],
            ["batches.guild_id", "batches.id"],
            name=op.f("fk_batch_items_guild_id_batch_id_batches"),
        ),
        _check(
            "batch_items",
            "settled_when_over",
            "(state IN ('done', 'failed', 'skipped')) = (settled_at IS NOT NULL)",
        ),
        _check("batch_items", "doing_has_a_doer", "state <> 'doing' OR lease_token IS NOT NULL"),
        sa.PrimaryKeyConstraint("guild_id", "batch_id", "target", name=op.f("pk_batch_items")),
    )
    for table, columns, where in (
        ("batches", ["due_at"], "due_at IS NOT NULL"),
        ("batches", ["guild_id", "started_at", "id"], "state = 'running'"),
        ("batches", ["finished_at"], "finished_at IS NOT NULL"),
        ("batches", ["created_at"], "state = 'draft'"),
        ("batch_items", ["guild_id", "batch_id", "target"], "state IN ('pending', 'doing')"),
    ):
        name, only = op.f(f"ix_{table}_{'_'.join(columns)}"), sa.text(where)
        op.create_index(name, table, columns, postgresql_where=only, sqlite_where=only)


def downgrade() -> None:
    op.drop_table("batch_items")
    op.drop_table("batches")
