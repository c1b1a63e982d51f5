"""The command log and its counts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    op.create_table(
        "command_logs",
        _id("guild_id"),
        _id("id"),
        _time("at"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("command", sa.String(120), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("parameters", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("error", sa.String(100)),
        sa.Column("incident_id", sa.BigInteger()),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("guild_id", "id", name=op.f("pk_command_logs")),
    )
    op.create_index(op.f("ix_command_logs_at"), "command_logs", ["at"])
    incident = sa.text("incident_id IS NOT NULL")
    op.create_index(
        op.f("ix_command_logs_incident_id"),
        "command_logs",
        ["incident_id"],
        postgresql_where=incident,
        sqlite_where=incident,
    )
    op.create_table(
        "command_counts",
        _id("guild_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("command", sa.String(120), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("total_ms", sa.BigInteger(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("guild_id", "day", "command", "outcome", name=op.f("pk_command_counts")),
    )


def downgrade() -> None:
    op.drop_table("command_counts")
    op.drop_table("command_logs")
