"""Cases, their changes, what Discord holds of members, and numbers without gaps."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _number(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _small(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.SmallInteger(), nullable=True)


def _time(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _bool(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _one_of(column: str, *values: str, nullable: bool = False) -> sa.Column[Any]:
    kind = sa.Enum(*values, name=column, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, kind, nullable=nullable)


def _check(table: str, name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"ck_{table}_{name}"))


def _partial(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    here = sa.text(where)
    op.create_index(name, "cases", columns, unique=unique, postgresql_where=here, sqlite_where=here)


def _cases() -> None:
    op.create_table(
        "cases",
        _id("guild_id"),
        _id("number"),
        _text("kind", 32, nullable=False),
        _one_of("state", "planned", "applying", "active", "ended", "failed", "superseded", "void"),
        _one_of("slot", "ban", "timeout", "presence", nullable=True),
        _number("target_id", nullable=False),
        _number("moderator_id"),
        _text("reason", 1_000),
        _text("source", 32, nullable=False),
        _text("via", 32),
        _text("key", 120),
        _time("expires_at"),
        _time("ended_at"),
        _number("ended_by"),
        _text("end_reason", 32),
        _text("failure", 32),
        _text("failure_detail", 300),
        _number("audit_log_id"),
        _one_of("dm", "none", "pending", "sent", "closed", "failed"),
        _number("superseded_by"),
        _number("related"),
        _number("batch_id"),
        _small("severity"),
        _small("points"),
        _text("code", 32),
        sa.Column("details", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        _number("log_channel_id"),
        _number("log_message_id"),
        _bool("log_owed"),
        _number("version", nullable=False),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        _check("cases", "numbered", "number > 0"),
        _check("cases", "ended_when_over", "state NOT IN ('ended', 'superseded') OR ended_at IS NOT NULL"),
        _check("cases", "not_ended_before", "state NOT IN ('planned', 'applying', 'active') OR ended_at IS NULL"),
        _check("cases", "failed_for_a_reason", "state <> 'failed' OR failure IS NOT NULL"),
        _check("cases", "superseded_by_another", "state <> 'superseded' OR superseded_by IS NOT NULL"),
        _check("cases", "severity", "severity >= 1 AND severity <= 5"),
        _check("cases", "points", "points >= 0"),
        _check("cases", "logged_somewhere", "(log_channel_id IS NULL) = (log_message_id IS NULL)"),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_cases")),
        sa.UniqueConstraint("guild_id", "key", name=op.f("uq_cases_guild_id_key")),
    )
    slot = ["guild_id", "target_id", "slot"]
    _partial("uq_cases_active", slot, "state = 'active' AND slot IS NOT NULL", unique=True)
    _partial("uq_cases_applying", slot, "state = 'applying' AND slot IS NOT NULL", unique=True)
    _partial("uq_cases_audit_log_id", ["guild_id", "audit_log_id"], "audit_log_id IS NOT NULL", unique=True)
    _partial("ix_cases_standing", slot, "state IN ('planned', 'applying', 'active')")
    _partial(op.f("ix_cases_guild_id_batch_id_number"), ["guild_id", "batch_id", "number"], "batch_id IS NOT NULL")
    op.create_index(op.f("ix_cases_guild_id_target_id_number"), "cases", ["guild_id", "target_id", "number"])
    op.create_index(op.f("ix_cases_guild_id_moderator_id_number"), "cases", ["guild_id", "moderator_id", "number"])


def _slots() -> None:
    op.create_table(
        "sanction_slots",
        _id("guild_id"),
        _id("user_id"),
        _one_of("slot", "ban", "timeout", "presence"),
        _time("due_at"),
        _number("version", nullable=False),
        _number("attempts", nullable=False),
        _number("lease_token"),
        _bool("holds"),
        _time("holds_until"),
        _bool("away"),
        _time("failed_since"),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        _check("sanction_slots", "lease_ends", "lease_token IS NULL OR due_at IS NOT NULL"),
        _check("sanction_slots", "holds_until", "holds OR holds_until IS NULL"),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "slot", name=op.f("pk_sanction_slots")),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index(
        op.f("ix_sanction_slots_due_at"), "sanction_slots", ["due_at"], postgresql_where=due, sqlite_where=due
    )


def upgrade() -> None:
    _cases()
    _slots()
    op.create_table(
        "case_changes",
        _id("guild_id"),
        _id("number"),
        _id("seq"),
        _text("field", 32, nullable=False),
        _text("before", 1_100),
        _text("after", 1_100),
        _number("by_id"),
        _text("source", 32, nullable=False),
        _time("created_at", nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "number", "seq", name=op.f("pk_case_changes")),
    )
    op.create_table(
        "moderation_marks",
        _id("guild_id"),
        _number("audit_log_id"),
        _time("baseline_at"),
        _time("surveyed_at"),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_moderation_marks")),
    )
    op.create_table(
        "guild_counters",
        _id("guild_id"),
        _text("name", 32, nullable=False),
        _number("value", nullable=False),
        _time("created_at", nullable=False),
        _time("updated_at", nullable=False),
        _check("guild_counters", "counts", "value > 0"),
        sa.PrimaryKeyConstraint("guild_id", "name", name=op.f("pk_guild_counters")),
    )


def downgrade() -> None:
    for table in ("guild_counters", "moderation_marks", "case_changes", "sanction_slots", "cases"):
        op.drop_table(table)
