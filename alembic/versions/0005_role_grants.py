"""Role grants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DUE = sa.text("due_at IS NOT NULL")
ENDED = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "role_grants",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("granted_by", sa.BigInteger()),
        sa.Column("reason", sa.String(200)),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("membership", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.String(32)),
        sa.Column("detail", sa.String(300)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('wanted', 'held', 'declined', 'failed', 'ending', 'ended')", name=op.f("ck_role_grants_state")
        ),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_role_grants_ended_when_over")),
        sa.CheckConstraint("state <> 'ended' OR NOT applied", name=op.f("ck_role_grants_ended_is_not_ours")),
        sa.CheckConstraint("state <> 'failed' OR problem IS NOT NULL", name=op.f("ck_role_grants_failed_for_a_reason")),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "role_id", "source", name=op.f("pk_role_grants")),
    )
    op.create_index(
        op.f("ix_role_grants_ended_at"), "role_grants", ["ended_at"], postgresql_where=ENDED, sqlite_where=ENDED
    )
    op.create_table(
        "role_duties",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("lease_token", sa.BigInteger()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("lease_token IS NULL OR due_at IS NOT NULL", name=op.f("ck_role_duties_lease_ends")),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_role_duties")),
    )
    op.create_index(op.f("ix_role_duties_due_at"), "role_duties", ["due_at"], postgresql_where=DUE, sqlite_where=DUE)


def downgrade() -> None:
    op.drop_table("role_duties")
    op.drop_table("role_grants")
