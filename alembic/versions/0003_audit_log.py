"""The audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "audit_logs",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("target_type", sa.String(32)),
        sa.Column("target_id", sa.String(64)),
        sa.Column("before", json),
        sa.Column("after", json),
        sa.Column("description", sa.String(500)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "id", name=op.f("pk_audit_logs")),
    )
    op.create_index(op.f("ix_audit_logs_guild_id_actor_id_id"), "audit_logs", ["guild_id", "actor_id", "id"])
    op.create_index(
        op.f("ix_audit_logs_guild_id_target_type_target_id_id"),
        "audit_logs",
        ["guild_id", "target_type", "target_id", "id"],
    )


def downgrade() -> None:
    op.drop_table("audit_logs")
