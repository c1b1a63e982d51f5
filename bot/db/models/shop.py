"""Holds, things for sale, what members own of them and how it came to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Created, Updated
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

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    holder: Mapped[int] = mapped_column(Snowflake)
    pocket: Mapped[Pocket] = mapped_column(text_enum(Pocket, name="pocket", closed=False))
    amount: Mapped[int] = mapped_column(BigInteger)
    purpose: Mapped[str] = mapped_column(String(LONGEST_PURPOSE))
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))
    state: Mapped[HoldState] = mapped_column(text_enum(HoldState, name="state"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(BigInteger)
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    search_name: Mapped[str] = mapped_column(String(LONGEST_FOLDED))
    description: Mapped[str] = mapped_column(String(LONGEST_DESCRIPTION))
    emoji: Mapped[str] = mapped_column(String(LONGEST_EMOJI))
    category: Mapped[str] = mapped_column(String(LONGEST_CATEGORY))
    price: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[ItemKind] = mapped_column(text_enum(ItemKind, name="kind"))
    stock: Mapped[int | None] = mapped_column(BigInteger)
    per_member: Mapped[int | None] = mapped_column(BigInteger)
    cooldown: Mapped[int | None] = mapped_column(BigInteger)
    available_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resale: Mapped[int | None] = mapped_column(SmallInteger)
    giftable: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    lifetime: Mapped[int | None] = mapped_column(BigInteger)
    requirements: Mapped[dict[str, Any]] = mapped_column(Json)
    effects: Mapped[dict[str, Any]] = mapped_column(Json)
    sold: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    item_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    lot: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    quantity: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    equipped: Mapped[ItemKind | None] = mapped_column(text_enum(ItemKind, name="equipped", closed=False))


class ItemMove(Created, Base):
    """Copies that came to somebody or left them. Never edited; what somebody owns is the sum of theirs."""

    __tablename__ = "item_moves"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="moves_something"),
        UniqueConstraint("guild_id", "key"),
        Index(None, "guild_id", "user_id", "id"),
    )

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[MoveKind] = mapped_column(text_enum(MoveKind, name="kind", closed=False))
    user_id: Mapped[int] = mapped_column(Snowflake)
    item_id: Mapped[int] = mapped_column(Snowflake)
    lot: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(BigInteger)
    other_id: Mapped[int | None] = mapped_column(Snowflake)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


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

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(120))
    user_id: Mapped[int] = mapped_column(Snowflake)
    item_id: Mapped[int] = mapped_column(Snowflake)
    quantity: Mapped[int] = mapped_column(BigInteger)
    unit_price: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[PurchaseState] = mapped_column(text_enum(PurchaseState, name="state"))
    reason: Mapped[FailedFor | None] = mapped_column(text_enum(FailedFor, name="reason", closed=False))
    hold_id: Mapped[int | None] = mapped_column(Snowflake)
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ItemSketch(Updated, Base):
    """A thing as one of the staff is writing it. `base` is the version of the thing that it changes, 0 of a new one."""

    __tablename__ = "item_sketches"
    __table_args__ = (UniqueConstraint("guild_id", "user_id", "item_id"),)

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Snowflake)
    item_id: Mapped[int] = mapped_column(Snowflake)
    base: Mapped[int] = mapped_column(BigInteger)
    original: Mapped[dict[str, Any]] = mapped_column(Json)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(BigInteger)


class ItemDelivery(Created, Base):
    """Copies that staff added to a stock, under the key of who asked, so that asked twice they are added once."""

    __tablename__ = "item_deliveries"
    __table_args__ = (ForeignKeyConstraint(["guild_id", "item_id"], ["shop_items.guild_id", "shop_items.id"]),)

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    item_id: Mapped[int] = mapped_column(Snowflake)
    quantity: Mapped[int] = mapped_column(BigInteger)
