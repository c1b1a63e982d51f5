"""Job texts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _check(name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"ck_job_texts_{name}"))


def upgrade() -> None:
    op.create_table(
        "job_texts",
        _id("guild_id"),
        _id("id"),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _check("not_too_many", "slot BETWEEN 1 AND 100"),
        _check("pay_is_whole", "(low IS NULL) = (high IS NULL)"),
        _check("pay_in_order", "low >= 1 AND low <= high AND high <= 1000000000"),
        sa.PrimaryKeyConstraint("guild_id", "id", name=op.f("pk_job_texts")),
        sa.UniqueConstraint("guild_id", "slot", name=op.f("uq_job_texts_guild_id_slot")),
    )


def downgrade() -> None:
    op.drop_table("job_texts")
