"""Holds, things for sale, what members own of them, and purchases."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
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


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False)


def _enum(name: str, *values: str) -> sa.Column[Any]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)


def _check(table: str, name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _of_item(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_guild_id_item_id_shop_items")
    return sa.ForeignKeyConstraint(["guild_id", "item_id"], ["shop_items.guild_id", "shop_items.id"], name=name)


def upgrade() -> None:
    op.create_table(
        "holds",
        _id("guild_id"),
        _id("id"),
        _number("holder"),
        _text("pocket", 32),
        _number("amount"),
        _text("purpose", 32),
        _text("reference", 120),
        _enum("state", "pending", "posted", "voided", "expired"),
        _time("expires_at", nullable=False),
        _time("due_at"),
        _number("attempts"),
        _number("lease_token", nullable=True),
        _time("settled_at"),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        _check("holds", "holds_something", "amount > 0"),
        _check("holds", "settled_when_over", "(state = 'pending') = (settled_at IS NULL)"),
        _check("holds", "pending_is_looked_at", "(state = 'pending') = (due_at IS NOT NULL)"),
        _key("holds", "guild_id", "id"),
    )
    kinds = ("role", "item", "collectible", "consumable", "background", "badge", "boost", "special", "custom")
    op.create_table(
        "shop_items",
        _id("guild_id"),
        _id("id"),
        _text("name", 60),
        _text("search_name", 64),
        _text("description", 500),
        _text("emoji", 64),
        _text("category", 32),
        _number("price"),
        _enum("kind", *kinds),
        _number("stock", nullable=True),
        _number("per_member", nullable=True),
        _number("cooldown", nullable=True),
        _time("available_until"),
        sa.Column("resale", sa.SmallInteger()),
        sa.Column("giftable", sa.Boolean(), nullable=False),
        _number("lifetime", nullable=True),
        _json("requirements"),
        _json("effects"),
        _number("sold"),
        _number("version"),
        _time("archived_at"),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        _check("shop_items", "price", "price >= 0 AND price <= 4611686018427387904"),
        _check("shop_items", "stock", "stock >= 0"),
        _check("shop_items", "per_member", "per_member > 0"),
        _check("shop_items", "cooldown", "cooldown > 0"),
        _check("shop_items", "lifetime", "lifetime > 0"),
        _check("shop_items", "resale", "resale >= 0 AND resale <= 100"),
        _check("shop_items", "sold", "sold >= 0"),
        _key("shop_items", "guild_id", "id"),
    )
    op.create_table(
        "inventory_items",
        _id("guild_id"),
        _id("user_id"),
        _id("item_id"),
        _id("lot"),
        _number("quantity"),
        _time("expires_at"),
        _text("equipped", 32, nullable=True),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        _of_item("inventory_items"),
        _check("inventory_items", "something", "quantity > 0"),
        _check("inventory_items", "lot_expires", "(lot = 0) = (expires_at IS NULL)"),
        _unique("inventory_items", "guild_id", "user_id", "equipped"),
        _key("inventory_items", "guild_id", "user_id", "item_id", "lot"),
    )
    op.create_table(
        "item_moves",
        _id("guild_id"),
        _id("id"),
        _text("key", 160),
        _text("kind", 32),
        _number("user_id"),
        _number("item_id"),
        _number("lot"),
        _number("quantity"),
        _number("other_id", nullable=True),
        _time("at", nullable=False),
        _time("created_at", nullable=False),
        _check("item_moves", "moves_something", "quantity <> 0"),
        _unique("item_moves", "guild_id", "key"),
        _key("item_moves", "guild_id", "id"),
    )
    op.create_table(
        "purchases",
        _id("guild_id"),
        _id("id"),
        _text("key", 120),
        _number("user_id"),
        _number("item_id"),
        _number("quantity"),
        _number("unit_price"),
        _enum("state", "pending", "done", "failed"),
        _text("reason", 32, nullable=True),
        _number("hold_id", nullable=True),
        _json("details"),
        _time("at", nullable=False),
        _time("settled_at"),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        _of_item("purchases"),
        _check("purchases", "something", "quantity > 0"),
        _check("purchases", "price", "unit_price >= 0"),
        _check("purchases", "settled_when_over", "(state = 'pending') = (settled_at IS NULL)"),
        _check("purchases", "failed_for_a_reason", "(state = 'failed') = (reason IS NOT NULL)"),
        _check("purchases", "pending_holds_coins", "state <> 'pending' OR hold_id IS NOT NULL"),
        _unique("purchases", "guild_id", "key"),
        _key("purchases", "guild_id", "id"),
    )
    _indexes()


def _indexes() -> None:
    def index(table: str, *columns: str, where: str | None = None, **more: Any) -> None:
        only = {} if where is None else {"postgresql_where": sa.text(where), "sqlite_where": sa.text(where)}
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), **only, **more)

    index("holds", "due_at", where="due_at IS NOT NULL")
    index("holds", "guild_id", "holder")
    by_pattern = {"search_name": "text_pattern_ops"}
    index("shop_items", "guild_id", "search_name", where="archived_at IS NULL", unique=True, postgresql_ops=by_pattern)
    index("inventory_items", "expires_at", where="expires_at IS NOT NULL")
    index("inventory_items", "guild_id", "item_id")
    index("item_moves", "guild_id", "user_id", "id")
    index("purchases", "guild_id", "user_id", "item_id", "id")
    index("purchases", "guild_id", "item_id")


def downgrade() -> None:
    for table in ("purchases", "item_moves", "inventory_items", "shop_items", "holds"):
        op.drop_table(table)
