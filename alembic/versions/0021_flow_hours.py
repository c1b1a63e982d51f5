"""What came and went in each hour, so that a report need not add up a month. The bot fills it while it runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flow_hours",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("high >= 0 AND low BETWEEN 0 AND 2147483647", name=op.f("ck_flow_hours_halves")),
        sa.PrimaryKeyConstraint("guild_id", "hour", "kind", "made", name=op.f("pk_flow_hours")),
    )
    op.create_table(
        "flow_marks",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kept_from", sa.BigInteger(), nullable=False),
        sa.Column("kept_to", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kept_from <= kept_to", name=op.f("ck_flow_marks_in_order")),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_flow_marks")),
    )


def downgrade() -> None:
    op.drop_table("flow_marks")
    op.drop_table("flow_hours")
