"""Holds, things for sale, what members own of them and how it came to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnClause,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)

from bot.db.base import Base, Created, Updated, column
from bot.db.types import Json, Snowflake, UtcDateTime, text_enum
from bot.domain.economy import Pocket
from bot.domain.holds import LONGEST_PURPOSE, LONGEST_REFERENCE, HoldState
from bot.domain.inventory import MoveKind
from bot.domain.purchases import FailedFor, PurchaseState
from bot.domain.shop import (
    LONGEST_CATEGORY,
    LONGEST_DESCRIPTION,
    LONGEST_EMOJI,
    LONGEST_FOLDED,
    LONGEST_NAME,
    ItemKind,
)

_DUE = text("due_at IS NOT NULL")
_EXPIRES = text("expires_at IS NOT NULL")
_FOR_SALE = text("archived_at IS NULL")


class HoldRow(Updated, Base):
    """Coins put aside. `due_at` is when somebody is asked what became of it, or the end of the lease of who asks."""

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="holds_something"),
        CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name="settled_when_over"),
        CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name="pending_is_looked_at"),
        Index(None, "due_at", postgresql_where=_DUE, sqlite_where=_DUE),
        Index(None, "guild_id", "holder"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    holder: ColumnClause[int] = column(Snowflake)
    pocket: ColumnClause[Pocket] = column(text_enum(Pocket, name="pocket", closed=False))
    amount: ColumnClause[int] = column(BigInteger)
    purpose: ColumnClause[str] = column(String(LONGEST_PURPOSE))
    reference: ColumnClause[str] = column(String(LONGEST_REFERENCE))
    state: ColumnClause[HoldState] = column(text_enum(HoldState, name="state"))
    expires_at: ColumnClause[datetime] = column(UtcDateTime)
    due_at: ColumnClause[datetime | None] = column(UtcDateTime)
    attempts: ColumnClause[int] = column(BigInteger)
    lease_token: ColumnClause[int | None] = column(BigInteger)
    settled_at: ColumnClause[datetime | None] = column(UtcDateTime)


class ShopItem(Updated, Base):
    """A thing for sale. Never deleted, since copies and purchases name it; `version` counts its changes."""

    __tablename__ = "shop_items"
    __table_args__ = (
        CheckConstraint("price >= 0 AND price <= 4611686018427387904", name="price"),
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("per_member > 0", name="per_member"),
        CheckConstraint("cooldown > 0", name="cooldown"),
        CheckConstraint("lifetime > 0", name="lifetime"),
        CheckConstraint("resale >= 0 AND resale <= 100", name="resale"),
        CheckConstraint("sold >= 0", name="sold"),
        Index(
            None,
            "guild_id",
            "search_name",
            unique=True,
            postgresql_ops={"search_name": "text_pattern_ops"},
            postgresql_where=_FOR_SALE,
            sqlite_where=_FOR_SALE,
        ),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    name: ColumnClause[str] = column(String(LONGEST_NAME))
    search_name: ColumnClause[str] = column(String(LONGEST_FOLDED))
    description: ColumnClause[str] = column(String(LONGEST_DESCRIPTION))
    emoji: ColumnClause[str] = column(String(LONGEST_EMOJI))
    category: ColumnClause[str] = column(String(LONGEST_CATEGORY))
    price: ColumnClause[int] = column(BigInteger)
    kind: ColumnClause[ItemKind] = column(text_enum(ItemKind, name="kind"))
    stock: ColumnClause[int | None] = column(BigInteger)
    per_member: ColumnClause[int | None] = column(BigInteger)
    cooldown: ColumnClause[int | None] = column(BigInteger)
    available_until: ColumnClause[datetime | None] = column(UtcDateTime)
    resale: ColumnClause[int | None] = column(SmallInteger)
    giftable: ColumnClause[bool] = column(Boolean(create_constraint=False))
    lifetime: ColumnClause[int | None] = column(BigInteger)
    requirements: ColumnClause[dict[str, Any]] = column(Json)
    effects: ColumnClause[dict[str, Any]] = column(Json)
    sold: ColumnClause[int] = column(BigInteger)
    version: ColumnClause[int] = column(BigInteger)
    archived_at: ColumnClause[datetime | None] = column(UtcDateTime)


class InventoryItem(Updated, Base):
    """Copies that somebody owns. `equipped` is the kind as which they are worn; one of each, as the index holds."""

    __tablename__ = "inventory_items"
    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "item_id"], ["shop_items.guild_id", "shop_items.id"]),
        CheckConstraint("quantity > 0", name="something"),
        CheckConstraint("(lot = 0) = (expires_at IS NULL)", name="lot_expires"),
        UniqueConstraint("guild_id", "user_id", "equipped"),
        Index(None, "expires_at", postgresql_where=_EXPIRES, sqlite_where=_EXPIRES),
        Index(None, "guild_id", "item_id"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    item_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    lot: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    quantity: ColumnClause[int] = column(BigInteger)
    expires_at: ColumnClause[datetime | None] = column(UtcDateTime)
    equipped: ColumnClause[ItemKind | None] = column(text_enum(ItemKind, name="equipped", closed=False))


class ItemMove(Created, Base):
    """Copies that came to somebody or left them. Never edited; what somebody owns is the sum of theirs."""

    __tablename__ = "item_moves"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="moves_something"),
        UniqueConstraint("guild_id", "key"),
        Index(None, "guild_id", "user_id", "id"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    key: ColumnClause[str] = column(String(160))
    kind: ColumnClause[MoveKind] = column(text_enum(MoveKind, name="kind", closed=False))
    user_id: ColumnClause[int] = column(Snowflake)
    item_id: ColumnClause[int] = column(Snowflake)
    lot: ColumnClause[int] = column(BigInteger)
    quantity: ColumnClause[int] = column(BigInteger)
    other_id: ColumnClause[int | None] = column(Snowflake)
    at: ColumnClause[datetime] = column(UtcDateTime)


class PurchaseRow(Updated, Base):
    """Something that somebody bought, or is about to. `details` is what was bought, as it was then."""

    __tablename__ = "purchases"
    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "item_id"], ["shop_items.guild_id", "shop_items.id"]),
        CheckConstraint("quantity > 0", name="something"),
        CheckConstraint("unit_price >= 0", name="price"),
        CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name="settled_when_over"),
        CheckConstraint("(state = 'failed') = (reason IS NOT NULL)", name="failed_for_a_reason"),
        CheckConstraint("state <> 'pending' OR hold_id IS NOT NULL", name="pending_holds_coins"),
        UniqueConstraint("guild_id", "key"),
        Index(None, "guild_id", "user_id", "item_id", "id"),
        Index(None, "guild_id", "item_id"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    key: ColumnClause[str] = column(String(120))
    user_id: ColumnClause[int] = column(Snowflake)
    item_id: ColumnClause[int] = column(Snowflake)
    quantity: ColumnClause[int] = column(BigInteger)
    unit_price: ColumnClause[int] = column(BigInteger)
    state: ColumnClause[PurchaseState] = column(text_enum(PurchaseState, name="state"))
    reason: ColumnClause[FailedFor | None] = column(text_enum(FailedFor, name="reason", closed=False))
    hold_id: ColumnClause[int | None] = column(Snowflake)
    details: ColumnClause[dict[str, Any]] = column(Json)
    at: ColumnClause[datetime] = column(UtcDateTime)
    settled_at: ColumnClause[datetime | None] = column(UtcDateTime)


class ItemSketch(Updated, Base):
    """A thing as one of the staff is writing it. `base` is the version of the thing that it changes, 0 of a new one."""

    __tablename__ = "item_sketches"
    __table_args__ = (UniqueConstraint("guild_id", "user_id", "item_id"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake)
    item_id: ColumnClause[int] = column(Snowflake)
    base: ColumnClause[int] = column(BigInteger)
    original: ColumnClause[dict[str, Any]] = column(Json)
    document: ColumnClause[dict[str, Any]] = column(Json)
    version: ColumnClause[int] = column(BigInteger)


class ItemDelivery(Created, Base):
    """Copies that staff added to a stock, under the key of who asked, so that asked twice they are added once."""

    __tablename__ = "item_deliveries"
    __table_args__ = (ForeignKeyConstraint(["guild_id", "item_id"], ["shop_items.guild_id", "shop_items.id"]),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    key: ColumnClause[str] = column(String(120), primary_key=True)
    item_id: ColumnClause[int] = column(Snowflake)
    quantity: ColumnClause[int] = column(BigInteger)
