"""Rules for warnings, and warnings found by their code and by when they were given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "warn_rules",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("points", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("days", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("lasts", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_warn_rules_points")),
        sa.CheckConstraint("days > 0", name=op.f("ck_warn_rules_days")),
        sa.CheckConstraint("lasts > 0", name=op.f("ck_warn_rules_lasts")),
        sa.PrimaryKeyConstraint("guild_id", "points", "days", name=op.f("pk_warn_rules")),
    )
    coded, warnings = sa.text("code IS NOT NULL"), sa.text("kind = 'warn'")
    op.create_index(
        "uq_cases_code", "cases", ["guild_id", "code"], unique=True, postgresql_where=coded, sqlite_where=coded
    )
    op.create_index(
        "ix_cases_warnings", "cases", ["guild_id", "created_at"], postgresql_where=warnings, sqlite_where=warnings
    )


def downgrade() -> None:
    op.drop_index("ix_cases_warnings", table_name="cases")
    op.drop_index("uq_cases_code", table_name="cases")
    op.drop_table("warn_rules")
