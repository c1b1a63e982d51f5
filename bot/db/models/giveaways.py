"""Tables of giveaways: what is given away, who entered, who was drawn, and what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Created, Updated
from bot.db.types import Json, Snowflake, UtcDateTime, text_enum
from bot.domain.giveaways import (
    MAX_DETAIL,
    MAX_KEY,
    MAX_PRIZE,
    MAX_REASON,
    MAX_TEXT,
    Delivery,
    EventKind,
    Failure,
    Passed,
    Status,
    WinnerState,
)

_DUE = text("due_at IS NOT NULL")
_OPEN = text("status IN ('draft', 'scheduled', 'running', 'drawing')")
_IN = text("left_at IS NULL")
_WAITS = text("state = 'won' AND claim_until IS NOT NULL")
_HOLDS = text("state IN ('won', 'claimed')")
_LONGEST_HASH = 64


class GiveawayRow(Updated, Base):
    """A giveaway. `due_at` is empty while nothing is due by itself, and the lease's end while somebody is at it."""

    __tablename__ = "giveaways"
    __table_args__ = (
        UniqueConstraint("guild_id", "key"),
        CheckConstraint("number > 0", name="numbered"),
        CheckConstraint("winners BETWEEN 1 AND 100", name="winners"),
        CheckConstraint("coins >= 0", name="coins"),
        CheckConstraint("vacant >= 0 AND looked >= 0", name="counted"),
        CheckConstraint("lease_token IS NULL OR due_at IS NOT NULL", name="lease_ends"),
        CheckConstraint("status NOT IN ('scheduled', 'running', 'drawing') OR due_at IS NOT NULL", name="goes_on"),
        CheckConstraint("status <> 'ended' OR (list_hash IS NOT NULL AND drawn_at IS NOT NULL)", name="ends_drawn"),
        CheckConstraint("status <> 'failed' OR failure IS NOT NULL", name="failed_for_a_reason"),
        CheckConstraint("list_hash IS NULL OR entrants IS NOT NULL", name="drawn_from_a_list"),
        Index(None, "due_at", postgresql_where=_DUE, sqlite_where=_DUE),
        Index("ix_giveaways_open", "guild_id", "status", "number", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index(None, "guild_id", "channel_id", "message_id"),
    )

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(MAX_KEY))
    status: Mapped[Status] = mapped_column(text_enum(Status, name="status"))
    status_at: Mapped[datetime] = mapped_column(UtcDateTime)
    host_id: Mapped[int] = mapped_column(Snowflake)
    created_by: Mapped[int] = mapped_column(Snowflake)
    channel_id: Mapped[int] = mapped_column(Snowflake)
    prize: Mapped[str] = mapped_column(String(MAX_PRIZE))
    text: Mapped[str] = mapped_column(String(MAX_TEXT))
    winners: Mapped[int] = mapped_column(SmallInteger)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lasts: Mapped[int | None] = mapped_column(Integer)
    colour: Mapped[int | None] = mapped_column(Integer)
    ping_role_id: Mapped[int | None] = mapped_column(Snowflake)
    host_enters: Mapped[bool] = mapped_column(Boolean)
    letter: Mapped[bool] = mapped_column(Boolean)
    claim_within: Mapped[int | None] = mapped_column(Integer)
    rules: Mapped[dict[str, Any]] = mapped_column(Json)
    bonuses: Mapped[dict[str, Any]] = mapped_column(Json)
    role_id: Mapped[int | None] = mapped_column(Snowflake)
    role_for: Mapped[int | None] = mapped_column(Integer)
    coins: Mapped[int] = mapped_column(BigInteger)
    commitment: Mapped[str] = mapped_column(String(_LONGEST_HASH))
    seed: Mapped[str] = mapped_column(String(_LONGEST_HASH))
    message_id: Mapped[int | None] = mapped_column(Snowflake)
    gone: Mapped[bool] = mapped_column(Boolean)
    shown: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    weighed_to: Mapped[int] = mapped_column(Snowflake)
    entrants: Mapped[int | None] = mapped_column(BigInteger)
    list_hash: Mapped[str | None] = mapped_column(String(_LONGEST_HASH))
    places: Mapped[list[int]] = mapped_column(Json)
    drawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    looked: Mapped[int] = mapped_column(BigInteger)
    vacant: Mapped[int] = mapped_column(Integer)
    claims_end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(Snowflake)
    reason: Mapped[str | None] = mapped_column(String(MAX_REASON))
    failure: Mapped[Failure | None] = mapped_column(text_enum(Failure, name="failure", closed=False))
    detail: Mapped[str | None] = mapped_column(String(MAX_DETAIL))
    failed_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(BigInteger)


class GiveawayEntryRow(Base):
    """Somebody who entered. One row a member: who leaves and comes back is the same entry."""

    __tablename__ = "giveaway_entries"
    __table_args__ = (
        CheckConstraint("weight BETWEEN 0 AND 1000000", name="weight"),
        Index("ix_giveaway_entries_in", "guild_id", "number", "user_id", postgresql_where=_IN, sqlite_where=_IN),
        Index(None, "guild_id", "user_id"),
    )

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    weight: Mapped[int] = mapped_column(Integer)
    role_ids: Mapped[list[int] | None] = mapped_column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    )
    """Those that bonuses name; empty: none."""
    boosts: Mapped[bool] = mapped_column(Boolean)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GiveawayWinnerRow(Updated, Base):
    """Somebody who was drawn, and what became of it. `place` is theirs in the order, from 1."""

    __tablename__ = "giveaway_winners"
    __table_args__ = (
        UniqueConstraint("guild_id", "number", "user_id"),
        CheckConstraint("(state = 'passed') = (passed IS NOT NULL)", name="passed_for_a_reason"),
        Index(
            "ix_giveaway_winners_waiting", "guild_id", "number", "claim_until",
            postgresql_where=_WAITS, sqlite_where=_WAITS,
        ),
        Index("ix_giveaway_winners_won", "guild_id", "user_id", "at", postgresql_where=_HOLDS, sqlite_where=_HOLDS),
        Index(None, "guild_id", "user_id"),
    )  # fmt: skip

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Snowflake)
    state: Mapped[WinnerState] = mapped_column(text_enum(WinnerState, name="state"))
    passed: Mapped[Passed | None] = mapped_column(text_enum(Passed, name="passed", closed=False))
    reason: Mapped[str | None] = mapped_column(String(MAX_REASON))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    claim_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    announced: Mapped[bool] = mapped_column(Boolean)
    delivery: Mapped[Delivery] = mapped_column(text_enum(Delivery, name="delivery", closed=False))
    lettered: Mapped[bool | None] = mapped_column(Boolean)


class GiveawayEventRow(Created, Base):
    """What happened to a giveaway, in order; append-only."""

    __tablename__ = "giveaway_events"
    __table_args__ = (Index(None, "guild_id", "actor_id"),)

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[EventKind] = mapped_column(text_enum(EventKind, name="kind", closed=False))
    actor_id: Mapped[int | None] = mapped_column(Snowflake)
    details: Mapped[dict[str, Any]] = mapped_column(Json)
