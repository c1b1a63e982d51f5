"""Giveaways: what is given away, who entered, who was drawn, and what happened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_OPTIONAL_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)
_DUE = sa.text("due_at IS NOT NULL")
_OPEN = sa.text("status IN ('draft', 'scheduled', 'running', 'drawing')")
_OVER = sa.text("status IN ('ended', 'cancelled', 'failed')")
_IN = sa.text("left_at IS NULL")
_WAITS = sa.text("state = 'won' AND claim_until IS NOT NULL")
_HOLDS = sa.text("state IN ('won', 'claimed')")
_TABLES = ("giveaway_entries", "giveaway_events", "giveaway_winners", "giveaways")


def _enum(name: str, *values: str) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)


def _keys(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in names]


def upgrade() -> None:
    _giveaway_entries()
    _giveaway_events()
    _giveaway_winners()
    _giveaways()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _giveaway_entries() -> None:
    op.create_table(
        "giveaway_entries",
        *_keys("guild_id", "number", "user_id"),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("role_ids", _OPTIONAL_JSON, nullable=True),
        sa.Column("boosts", sa.Boolean(), nullable=False),
        sa.Column("entered_at", _TIME, nullable=False),
        sa.Column("left_at", _TIME, nullable=True),
        sa.CheckConstraint("weight BETWEEN 0 AND 1000000", name=op.f("ck_giveaway_entries_weight")),
        sa.PrimaryKeyConstraint("guild_id", "number", "user_id", name=op.f("pk_giveaway_entries")),
    )
    op.create_index(
        op.f("ix_giveaway_entries_guild_id_user_id"), "giveaway_entries", ["guild_id", "user_id"], unique=False
    )
    op.create_index(
        "ix_giveaway_entries_in",
        "giveaway_entries",
        ["guild_id", "number", "user_id"],
        unique=False,
        postgresql_where=_IN,
        sqlite_where=_IN,
    )


def _giveaway_events() -> None:
    op.create_table(
        "giveaway_events",
        *_keys("guild_id", "number", "seq"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("details", _JSON, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "number", "seq", name=op.f("pk_giveaway_events")),
    )
    op.create_index(
        op.f("ix_giveaway_events_guild_id_actor_id"), "giveaway_events", ["guild_id", "actor_id"], unique=False
    )


def _giveaway_winners() -> None:
    op.create_table(
        "giveaway_winners",
        *_keys("guild_id", "number", "place"),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        _enum("state", "won", "claimed", "expired", "rerolled", "passed"),
        sa.Column("passed", sa.String(32), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("claim_until", _TIME, nullable=True),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("delivery", sa.String(32), nullable=False),
        sa.Column("lettered", sa.Boolean(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint(
            "(state = 'passed') = (passed IS NOT NULL)", name=op.f("ck_giveaway_winners_passed_for_a_reason")
        ),
        sa.PrimaryKeyConstraint("guild_id", "number", "place", name=op.f("pk_giveaway_winners")),
        sa.UniqueConstraint("guild_id", "number", "user_id", name=op.f("uq_giveaway_winners_guild_id_number_user_id")),
    )
    op.create_index(
        op.f("ix_giveaway_winners_guild_id_user_id"), "giveaway_winners", ["guild_id", "user_id"], unique=False
    )
    op.create_index(
        "ix_giveaway_winners_waiting",
        "giveaway_winners",
        ["guild_id", "number", "claim_until"],
        unique=False,
        postgresql_where=_WAITS,
        sqlite_where=_WAITS,
    )
    op.create_index(
        "ix_giveaway_winners_won",
        "giveaway_winners",
        ["guild_id", "user_id", "at"],
        unique=False,
        postgresql_where=_HOLDS,
        sqlite_where=_HOLDS,
    )


def _giveaways() -> None:
    op.create_table(
        "giveaways",
        *_keys("guild_id", "number"),
        sa.Column("key", sa.String(length=120), nullable=False),
        _enum("status", "draft", "scheduled", "running", "drawing", "ended", "cancelled", "failed"),
        sa.Column("status_at", _TIME, nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("prize", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=1500), nullable=False),
        sa.Column("winners", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at", _TIME, nullable=True),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.Column("lasts", sa.Integer(), nullable=True),
        sa.Column("colour", sa.Integer(), nullable=True),
        sa.Column("ping_role_id", sa.BigInteger(), nullable=True),
        sa.Column("host_enters", sa.Boolean(), nullable=False),
        sa.Column("letter", sa.Boolean(), nullable=False),
        sa.Column("claim_within", sa.Integer(), nullable=True),
        sa.Column("rules", _JSON, nullable=False),
        sa.Column("bonuses", _JSON, nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=True),
        sa.Column("role_for", sa.Integer(), nullable=True),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("weighed_to", sa.BigInteger(), nullable=False),
        sa.Column("entrants", sa.BigInteger(), nullable=True),
        sa.Column("list_hash", sa.String(length=64), nullable=True),
        sa.Column("places", _JSON, nullable=False),
        sa.Column("drawn_at", _TIME, nullable=True),
        sa.Column("looked", sa.BigInteger(), nullable=False),
        sa.Column("vacant", sa.Integer(), nullable=False),
        sa.Column("claims_end", _TIME, nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("failure", sa.String(32), nullable=True),
        sa.Column("detail", sa.String(length=300), nullable=True),
        sa.Column("failed_since", _TIME, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("due_at", _TIME, nullable=True),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint(
            "status <> 'ended' OR (list_hash IS NOT NULL AND drawn_at IS NOT NULL)",
            name=op.f("ck_giveaways_ends_drawn"),
        ),
        sa.CheckConstraint("status <> 'failed' OR failure IS NOT NULL", name=op.f("ck_giveaways_failed_for_a_reason")),
        sa.CheckConstraint(
            "status NOT IN ('scheduled', 'running', 'drawing') OR due_at IS NOT NULL", name=op.f("ck_giveaways_goes_on")
        ),
        sa.CheckConstraint("coins >= 0", name=op.f("ck_giveaways_coins")),
        sa.CheckConstraint("lease_token IS NULL OR due_at IS NOT NULL", name=op.f("ck_giveaways_lease_ends")),
        sa.CheckConstraint("list_hash IS NULL OR entrants IS NOT NULL", name=op.f("ck_giveaways_drawn_from_a_list")),
        sa.CheckConstraint("number > 0", name=op.f("ck_giveaways_numbered")),
        sa.CheckConstraint("vacant >= 0 AND looked >= 0", name=op.f("ck_giveaways_counted")),
        sa.CheckConstraint("winners BETWEEN 1 AND 100", name=op.f("ck_giveaways_winners")),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_giveaways")),
        sa.UniqueConstraint("guild_id", "key", name=op.f("uq_giveaways_guild_id_key")),
    )
    op.create_index(
        op.f("ix_giveaways_due_at"), "giveaways", ["due_at"], unique=False, postgresql_where=_DUE, sqlite_where=_DUE
    )
    op.create_index(
        op.f("ix_giveaways_guild_id_channel_id_message_id"),
        "giveaways",
        ["guild_id", "channel_id", "message_id"],
        unique=False,
    )
    op.create_index(
        "ix_giveaways_open",
        "giveaways",
        ["guild_id", "status", "number"],
        unique=False,
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
    op.create_index(
        "ix_giveaways_over", "giveaways", ["status_at"], unique=False, postgresql_where=_OVER, sqlite_where=_OVER
    )
