"""What staff is still writing of things for sale, and what it added to stocks."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _document(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "item_sketches",
        _id("guild_id"),
        _id("id"),
        _number("user_id"),
        _number("item_id"),
        _number("base"),
        _document("original"),
        _document("document"),
        _number("version"),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("guild_id", "id", name=op.f("pk_item_sketches")),
        sa.UniqueConstraint("guild_id", "user_id", "item_id", name=op.f("uq_item_sketches_guild_id_user_id_item_id")),
    )
    op.create_table(
        "item_deliveries",
        _id("guild_id"),
        sa.Column("key", sa.String(120), nullable=False),
        _number("item_id"),
        _number("quantity"),
        _time("created_at"),
        sa.ForeignKeyConstraint(
            ["guild_id", "item_id"],
            ["shop_items.guild_id", "shop_items.id"],
            name=op.f("fk_item_deliveries_guild_id_item_id_shop_items"),
        ),
        sa.PrimaryKeyConstraint("guild_id", "key", name=op.f("pk_item_deliveries")),
    )


def downgrade() -> None:
    op.drop_table("item_deliveries")
    op.drop_table("item_sketches")
