"""What members own together and earned in a week, ranked."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "member_wealth",
        _id("guild_id"),
        _id("user_id"),
        _number("coins"),
        _number("net_worth"),
        _number("earned"),
        _time("week_of"),
        _time("created_at"),
        _time("updated_at"),
        sa.CheckConstraint("coins >= 0 AND net_worth >= coins AND earned >= 0", name=op.f("ck_member_wealth_sums")),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_member_wealth")),
    )
    for columns in (["net_worth"], ["week_of", "earned"], ["coins"]):
        name = "_".join(["ix_member_wealth_guild_id", *columns, "user_id"])
        op.create_index(op.f(name), "member_wealth", ["guild_id", *columns, "user_id"])
    op.create_table(
        "wealth_marks",
        _id("guild_id"),
        _time("marked_at"),
        _number("edge"),
        _number("filled_to", nullable=True),
        _time("week_of"),
        sa.Column("prices", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        _time("lease_until", nullable=True),
        _number("lease_token", nullable=True),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_wealth_marks")),
    )


def downgrade() -> None:
    op.drop_table("wealth_marks")
    op.drop_table("member_wealth")
