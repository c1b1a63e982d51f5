"""XP and levels: totals, periods, places, rewards, multipliers, boosts, wishes, and what staff changed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_AMOUNTS = "xp >= 0 AND messages >= 0 AND voice_seconds >= 0"
_SPOKEN = sa.text("voice_seconds > 0")


def _ids(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def _times(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]


def _enum(name: str, *values: str) -> sa.Column[Any]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _index(table: str, *columns: str, where: Any = None) -> None:
    name = op.f(f"ix_{table}_{'_'.join(columns)}")
    op.create_index(name, table, list(columns), postgresql_where=where, sqlite_where=where)


def upgrade() -> None:
    _upgrade_sums()
    _upgrade_rules()
    _upgrade_members()
    op.create_index(
        op.f("ix_preferences_user_id"),
        "preferences",
        ["user_id"],
        postgresql_where=sa.text("(document ->> 'statistics') = 'false'"),
        sqlite_where=sa.text("json_extract(document, '$.statistics') = 0"),
    )


def _upgrade_sums() -> None:
    op.create_table(
        "member_levels",
        *_ids("guild_id", "user_id"),
        *_numbers("xp", "messages", "voice_seconds"),
        *_times("last_message_at", nullable=True),
        *_times("created_at", "updated_at"),
        _check("member_levels", "amounts", _AMOUNTS),
        _key("member_levels", "guild_id", "user_id"),
    )
    _index("member_levels", "guild_id", "xp", "user_id")
    _index("member_levels", "guild_id", "messages", "user_id")
    _index("member_levels", "guild_id", "voice_seconds", "user_id", where=_SPOKEN)
    op.create_table(
        "xp_periods",
        *_ids("guild_id"),
        _enum("span", "day", "week", "month"),
        sa.Column("begins", sa.Date(), nullable=False),
        *_ids("user_id"),
        *_numbers("xp", "messages", "voice_seconds"),
        *_times("created_at", "updated_at"),
        _check("xp_periods", "amounts", _AMOUNTS),
        _key("xp_periods", "guild_id", "span", "begins", "user_id"),
    )
    _index("xp_periods", "guild_id", "span", "begins", "xp", "user_id")
    _index("xp_periods", "guild_id", "span", "begins", "messages", "user_id")
    _index("xp_periods", "guild_id", "span", "begins", "voice_seconds", "user_id", where=_SPOKEN)
    _index("xp_periods", "span", "begins")
    op.create_table(
        "xp_voice_days",
        *_ids("guild_id"),
        sa.Column("begins", sa.Date(), nullable=False),
        *_ids("user_id"),
        *_numbers("xp"),
        *_times("created_at", "updated_at"),
        _check("xp_voice_days", "amount", "xp > 0"),
        _key("xp_voice_days", "guild_id", "begins", "user_id"),
    )
    _index("xp_voice_days", "begins")
    op.create_table(
        "xp_buckets",
        *_ids("guild_id", "bucket"),
        *_numbers("members"),
        *_times("created_at", "updated_at"),
        _key("xp_buckets", "guild_id", "bucket"),
    )
    op.create_table("xp_flushes", *_ids("id"), *_times("created_at"), _key("xp_flushes", "id"))
    _index("xp_flushes", "created_at")


def _upgrade_rules() -> None:
    op.create_table(
        "level_rewards",
        *_ids("guild_id", "level", "role_id"),
        _enum("stacking", "stack", "replace"),
        *_numbers("coins"),
        sa.Column("message", sa.String(500), nullable=True),
        *_numbers("set_by", nullable=True),
        *_times("created_at", "updated_at"),
        _check("level_rewards", "amounts", "level > 0 AND coins >= 0"),
        _check("level_rewards", "brings_something", "role_id > 0 OR coins > 0 OR message IS NOT NULL"),
        _key("level_rewards", "guild_id", "level", "role_id"),
    )
    op.create_table(
        "xp_multipliers",
        *_ids("guild_id"),
        _enum("kind", "channel", "category", "thread", "role"),
        *_ids("target_id"),
        *_numbers("per_mille"),
        *_numbers("set_by", nullable=True),
        *_times("created_at", "updated_at"),
        _check("xp_multipliers", "bounds", "per_mille BETWEEN 0 AND 100000"),
        _key("xp_multipliers", "guild_id", "kind", "target_id"),
    )


def _upgrade_members() -> None:
    op.create_table(
        "xp_boosts",
        *_ids("guild_id", "id"),
        *_numbers("user_id", "per_mille"),
        *_times("expires_at"),
        sa.Column("source", sa.String(64), nullable=False),
        *_times("created_at"),
        _check("xp_boosts", "bounds", "per_mille BETWEEN 1001 AND 100000"),
        _key("xp_boosts", "guild_id", "id"),
    )
    _index("xp_boosts", "guild_id", "user_id", "expires_at")
    _index("xp_boosts", "expires_at")
    op.create_table(
        "level_wishes",
        *_ids("guild_id", "user_id"),
        sa.Column("ping", sa.Boolean(), nullable=False),
        sa.Column("nameless", sa.Boolean(), nullable=False),
        *_times("created_at", "updated_at"),
        _key("level_wishes", "guild_id", "user_id"),
    )
    op.create_table(
        "xp_changes",
        *_ids("guild_id", "id"),
        *_numbers("user_id"),
        _enum("kind", "add", "remove", "set", "reset", "curve", "undo"),
        *_numbers("before", "after"),
        *_numbers("changed_by", nullable=True),
        sa.Column("reason", sa.String(200), nullable=True),
        *_numbers("batch_id", "undone_by", nullable=True),
        *_times("created_at"),
        _check("xp_changes", "amounts", "before >= 0 AND after >= 0"),
        _key("xp_changes", "guild_id", "id"),
    )
    _index("xp_changes", "guild_id", "user_id", "id")
    _index("xp_changes", "guild_id", "batch_id")
    _index("xp_changes", "created_at")
    op.create_table(
        "xp_messages",
        *_ids("guild_id", "message_id"),
        *_numbers("user_id", "xp"),
        *_times("created_at"),
        _check("xp_messages", "amount", "xp > 0"),
        _key("xp_messages", "guild_id", "message_id"),
    )
    _index("xp_messages", "created_at")


def downgrade() -> None:
    op.drop_index(op.f("ix_preferences_user_id"), "preferences")
    for table in (
        "xp_messages", "xp_changes", "level_wishes", "xp_boosts", "xp_multipliers", "level_rewards",
        "xp_flushes", "xp_buckets", "xp_voice_days", "xp_periods", "member_levels",
    ):  # fmt: skip
        op.drop_table(table)
