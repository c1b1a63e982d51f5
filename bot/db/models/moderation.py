"""Cases, their changes, and what Discord is believed to hold of each member that a case was about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
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

from bot.db.base import Base, Created, Updated, column
from bot.db.types import Json, Snowflake, UtcDateTime, text_enum
from bot.domain.cases import (
    MAX_CODE,
    MAX_DETAIL,
    MAX_KEY,
    MAX_REASON,
    MAX_VALUE,
    MAX_VIA,
    CaseKind,
    CaseSource,
    CaseState,
    DmState,
    EndReason,
    Failure,
    Slot,
)

_DUE = text("due_at IS NOT NULL")
_ACTIVE = text("state = 'active' AND slot IS NOT NULL")
_APPLYING = text("state = 'applying' AND slot IS NOT NULL")
_STANDING = text("state IN ('planned', 'applying', 'active')")
_FROM_DISCORD = text("audit_log_id IS NOT NULL")
_IN_A_BATCH = text("batch_id IS NOT NULL")
_WITH_A_CODE = text("code IS NOT NULL")
_WARNING = text("kind = 'warn'")


class CaseRow(Updated, Base):
    """A case. `number` is without gaps in its guild; of one slot of a member at most one case is active."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("guild_id", "key"),
        CheckConstraint("number > 0", name="numbered"),
        CheckConstraint("state NOT IN ('ended', 'superseded') OR ended_at IS NOT NULL", name="ended_when_over"),
        CheckConstraint("state NOT IN ('planned', 'applying', 'active') OR ended_at IS NULL", name="not_ended_before"),
        CheckConstraint("state <> 'failed' OR failure IS NOT NULL", name="failed_for_a_reason"),
        CheckConstraint("state <> 'superseded' OR superseded_by IS NOT NULL", name="superseded_by_another"),
        CheckConstraint("severity >= 1 AND severity <= 5", name="severity"),
        CheckConstraint("points >= 0", name="points"),
        CheckConstraint("(log_channel_id IS NULL) = (log_message_id IS NULL)", name="logged_somewhere"),
        Index(
            "uq_cases_active", "guild_id", "target_id", "slot",
            unique=True, postgresql_where=_ACTIVE, sqlite_where=_ACTIVE,
        ),
        Index(
            "uq_cases_applying", "guild_id", "target_id", "slot",
            unique=True, postgresql_where=_APPLYING, sqlite_where=_APPLYING,
        ),
        Index(
            "uq_cases_audit_log_id", "guild_id", "audit_log_id",
            unique=True, postgresql_where=_FROM_DISCORD, sqlite_where=_FROM_DISCORD,
        ),
        Index(
            "ix_cases_standing", "guild_id", "target_id", "slot", postgresql_where=_STANDING, sqlite_where=_STANDING
        ),
        # What a page of a file is filtered by stands in its index.
        Index("ix_cases_file", "guild_id", "target_id", "number", "created_at", "moderator_id"),
        # Both are read alone, without the rows: what a file adds up to, and what moderators did.
        Index("ix_cases_sums", "guild_id", "target_id", "kind", "number", "state", "expires_at", "points"),
        Index("ix_cases_acts", "guild_id", "created_at", "kind", "state", "end_reason", "moderator_id"),
        Index(None, "guild_id", "moderator_id", "number"),
        Index(None, "guild_id", "batch_id", "number", postgresql_where=_IN_A_BATCH, sqlite_where=_IN_A_BATCH),
        Index(
            "uq_cases_code", "guild_id", "code",
            unique=True, postgresql_where=_WITH_A_CODE, sqlite_where=_WITH_A_CODE,
        ),
        Index("ix_cases_warnings", "guild_id", "created_at", postgresql_where=_WARNING, sqlite_where=_WARNING),
    )  # fmt: skip

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    kind: ColumnClause[CaseKind] = column(text_enum(CaseKind, name="kind", closed=False))
    state: ColumnClause[CaseState] = column(text_enum(CaseState, name="state"))
    slot: ColumnClause[Slot | None] = column(text_enum(Slot, name="slot"))
    target_id: ColumnClause[int] = column(Snowflake)
    moderator_id: ColumnClause[int | None] = column(Snowflake)
    reason: ColumnClause[str | None] = column(String(MAX_REASON))
    source: ColumnClause[CaseSource] = column(text_enum(CaseSource, name="source", closed=False))
    via: ColumnClause[str | None] = column(String(MAX_VIA))
    key: ColumnClause[str | None] = column(String(MAX_KEY))
    expires_at: ColumnClause[datetime | None] = column(UtcDateTime)
    ended_at: ColumnClause[datetime | None] = column(UtcDateTime)
    ended_by: ColumnClause[int | None] = column(Snowflake)
    end_reason: ColumnClause[EndReason | None] = column(text_enum(EndReason, name="end_reason", closed=False))
    failure: ColumnClause[Failure | None] = column(text_enum(Failure, name="failure", closed=False))
    failure_detail: ColumnClause[str | None] = column(String(MAX_DETAIL))
    audit_log_id: ColumnClause[int | None] = column(Snowflake)
    dm: ColumnClause[DmState] = column(text_enum(DmState, name="dm"))
    superseded_by: ColumnClause[int | None] = column(BigInteger)
    related: ColumnClause[int | None] = column(BigInteger)
    batch_id: ColumnClause[int | None] = column(Snowflake)
    severity: ColumnClause[int | None] = column(SmallInteger)
    points: ColumnClause[int | None] = column(SmallInteger)
    code: ColumnClause[str | None] = column(String(MAX_CODE))
    details: ColumnClause[dict[str, Any]] = column(Json)
    log_channel_id: ColumnClause[int | None] = column(Snowflake)
    log_message_id: ColumnClause[int | None] = column(Snowflake)
    log_owed: ColumnClause[bool] = column(Boolean)
    """Whether the case changed while its message was on the way: it is edited once it has arrived."""
    version: ColumnClause[int] = column(BigInteger)


class CaseChangeRow(Created, Base):
    """One change of a case: what was, what is, and by whom. Never changed and never deleted by itself."""

    __tablename__ = "case_changes"

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    seq: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    field: ColumnClause[str] = column(String(32))
    before: ColumnClause[str | None] = column(String(MAX_VALUE))
    after: ColumnClause[str | None] = column(String(MAX_VALUE))
    by_id: ColumnClause[int | None] = column(Snowflake)
    source: ColumnClause[CaseSource] = column(text_enum(CaseSource, name="source", closed=False))


class SanctionSlot(Updated, Base):
    """What Discord is believed to hold of a member in one respect, who is at it, and when it is looked at next.

    `due_at` is empty while nothing is due by itself. While somebody is at it, it is the end of their lease. `version`
    counts what was decided about it. `failed_since` is since when something can't be done that staff has to mend.
    """

    __tablename__ = "sanction_slots"
    __table_args__ = (
        CheckConstraint("lease_token IS NULL OR due_at IS NOT NULL", name="lease_ends"),
        CheckConstraint("holds OR holds_until IS NULL", name="holds_until"),
        Index(None, "due_at", postgresql_where=_DUE, sqlite_where=_DUE),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    slot: ColumnClause[Slot] = column(text_enum(Slot, name="slot"), primary_key=True)
    due_at: ColumnClause[datetime | None] = column(UtcDateTime)
    version: ColumnClause[int] = column(BigInteger)
    attempts: ColumnClause[int] = column(BigInteger)
    lease_token: ColumnClause[int | None] = column(BigInteger)
    holds: ColumnClause[bool] = column(Boolean)
    holds_until: ColumnClause[datetime | None] = column(UtcDateTime)
    away: ColumnClause[bool] = column(Boolean)
    failed_since: ColumnClause[datetime | None] = column(UtcDateTime)


class ModerationMark(Updated, Base):
    """How far Discord's audit log of a guild was read, and since when and until when it was compared with the cases."""

    __tablename__ = "moderation_marks"

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    audit_log_id: ColumnClause[int | None] = column(Snowflake)
    baseline_at: ColumnClause[datetime | None] = column(UtcDateTime)
    surveyed_at: ColumnClause[datetime | None] = column(UtcDateTime)


class GuildCounter(Updated, Base):
    """The last number that a guild gave to something. A number is taken in the transaction that uses it."""

    __tablename__ = "guild_counters"
    __table_args__ = (CheckConstraint("value > 0", name="counts"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    name: ColumnClause[str] = column(String(32), primary_key=True)
    value: ColumnClause[int] = column(BigInteger)


class WarnRuleRow(Updated, Base):
    """What follows from so many points within so many days."""

    __tablename__ = "warn_rules"
    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("days > 0", name="days"),
        CheckConstraint("lasts > 0", name="lasts"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    points: ColumnClause[int] = column(SmallInteger, primary_key=True, autoincrement=False)
    days: ColumnClause[int] = column(SmallInteger, primary_key=True, autoincrement=False)
    kind: ColumnClause[CaseKind] = column(text_enum(CaseKind, name="kind", closed=False))
    lasts: ColumnClause[int | None] = column(Integer)
    """Seconds; None: until somebody ends it, or over at once."""
