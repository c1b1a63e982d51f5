"""Tables of giveaways: what is given away, who entered, who was drawn, and what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnClause,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from bot.db.base import Base, Created, Updated, column
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
_OVER = text("status IN ('ended', 'cancelled', 'failed')")
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
        Index("ix_giveaways_over", "status_at", postgresql_where=_OVER, sqlite_where=_OVER),
        Index(None, "guild_id", "channel_id", "message_id"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    key: ColumnClause[str] = column(String(MAX_KEY))
    status: ColumnClause[Status] = column(text_enum(Status, name="status"))
    status_at: ColumnClause[datetime] = column(UtcDateTime)
    host_id: ColumnClause[int] = column(Snowflake)
    created_by: ColumnClause[int] = column(Snowflake)
    channel_id: ColumnClause[int] = column(Snowflake)
    prize: ColumnClause[str] = column(String(MAX_PRIZE))
    text: ColumnClause[str] = column(String(MAX_TEXT))
    winners: ColumnClause[int] = column(SmallInteger)
    starts_at: ColumnClause[datetime | None] = column(UtcDateTime)
    ends_at: ColumnClause[datetime] = column(UtcDateTime)
    lasts: ColumnClause[int | None] = column(Integer)
    colour: ColumnClause[int | None] = column(Integer)
    ping_role_id: ColumnClause[int | None] = column(Snowflake)
    host_enters: ColumnClause[bool] = column(Boolean)
    letter: ColumnClause[bool] = column(Boolean)
    claim_within: ColumnClause[int | None] = column(Integer)
    rules: ColumnClause[dict[str, Any]] = column(Json)
    bonuses: ColumnClause[dict[str, Any]] = column(Json)
    role_id: ColumnClause[int | None] = column(Snowflake)
    role_for: ColumnClause[int | None] = column(Integer)
    coins: ColumnClause[int] = column(BigInteger)
    commitment: ColumnClause[str] = column(String(_LONGEST_HASH))
    seed: ColumnClause[str] = column(String(_LONGEST_HASH))
    message_id: ColumnClause[int | None] = column(Snowflake)
    gone: ColumnClause[bool] = column(Boolean)
    shown: ColumnClause[int] = column(BigInteger)
    ended_at: ColumnClause[datetime | None] = column(UtcDateTime)
    weighed_to: ColumnClause[int] = column(Snowflake)
    entrants: ColumnClause[int | None] = column(BigInteger)
    list_hash: ColumnClause[str | None] = column(String(_LONGEST_HASH))
    places: ColumnClause[list[int]] = column(Json)
    drawn_at: ColumnClause[datetime | None] = column(UtcDateTime)
    looked: ColumnClause[int] = column(BigInteger)
    vacant: ColumnClause[int] = column(Integer)
    claims_end: ColumnClause[datetime | None] = column(UtcDateTime)
    closed_by: ColumnClause[int | None] = column(Snowflake)
    reason: ColumnClause[str | None] = column(String(MAX_REASON))
    failure: ColumnClause[Failure | None] = column(text_enum(Failure, name="failure", closed=False))
    detail: ColumnClause[str | None] = column(String(MAX_DETAIL))
    failed_since: ColumnClause[datetime | None] = column(UtcDateTime)
    version: ColumnClause[int] = column(BigInteger)
    due_at: ColumnClause[datetime | None] = column(UtcDateTime)
    lease_token: ColumnClause[int | None] = column(BigInteger)
    attempts: ColumnClause[int] = column(BigInteger)


class GiveawayEntryRow(Base):
    """Somebody who entered. One row a member: who leaves and comes back is the same entry."""

    __tablename__ = "giveaway_entries"
    __table_args__ = (
        CheckConstraint("weight BETWEEN 0 AND 1000000", name="weight"),
        Index("ix_giveaway_entries_in", "guild_id", "number", "user_id", postgresql_where=_IN, sqlite_where=_IN),
        Index(None, "guild_id", "user_id"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    weight: ColumnClause[int] = column(Integer)
    role_ids: ColumnClause[list[int] | None] = column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    )
    """Those that bonuses name; empty: none."""
    boosts: ColumnClause[bool] = column(Boolean)
    entered_at: ColumnClause[datetime] = column(UtcDateTime)
    left_at: ColumnClause[datetime | None] = column(UtcDateTime)


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

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    place: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake)
    state: ColumnClause[WinnerState] = column(text_enum(WinnerState, name="state"))
    passed: ColumnClause[Passed | None] = column(text_enum(Passed, name="passed", closed=False))
    reason: ColumnClause[str | None] = column(String(MAX_REASON))
    at: ColumnClause[datetime] = column(UtcDateTime)
    claim_until: ColumnClause[datetime | None] = column(UtcDateTime)
    announced: ColumnClause[bool] = column(Boolean)
    delivery: ColumnClause[Delivery] = column(text_enum(Delivery, name="delivery", closed=False))
    lettered: ColumnClause[bool | None] = column(Boolean)


class GiveawayEventRow(Created, Base):
    """What happened to a giveaway, in order; append-only."""

    __tablename__ = "giveaway_events"
    __table_args__ = (Index(None, "guild_id", "actor_id"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    seq: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    kind: ColumnClause[EventKind] = column(text_enum(EventKind, name="kind", closed=False))
    actor_id: ColumnClause[int | None] = column(Snowflake)
    details: ColumnClause[dict[str, Any]] = column(Json)
