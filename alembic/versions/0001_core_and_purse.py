"""Guilds and people, settings, incidents, and the purse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_POCKETS = ("wallet", "bank", "mint", "shop", "tax", "house", "escrow", "correction")


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _time(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False)


def _pocket() -> sa.Column[Any]:
    kind = sa.Enum(*_POCKETS, name="pocket", native_enum=False, create_constraint=True, length=32)
    return sa.Column("pocket", kind, nullable=False)


def _times(*, updated: bool = True) -> Sequence[sa.Column[Any]]:
    names = ("created_at", "updated_at") if updated else ("created_at",)
    return [_time(name, nullable=False) for name in names]


def upgrade() -> None:
    _create_core()
    _create_process()
    _create_ledger()


def _create_core() -> None:
    op.create_table(
        "guilds",
        _id("id"),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("icon", sa.String(64)),
        sa.Column("owner_id", sa.BigInteger()),
        sa.Column("member_count", sa.BigInteger()),
        _time("joined_at"),
        _time("left_at"),
        _time("erase_at"),
        _time("lease_until"),
        sa.Column("lease_token", sa.BigInteger()),
        _time("last_synced_at"),
        *_times(),
        sa.CheckConstraint("erase_at IS NULL OR left_at IS NOT NULL", name=op.f("ck_guilds_erased_only_after_leaving")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guilds")),
    )
    due = sa.text("erase_at IS NOT NULL")
    op.create_index(op.f("ix_guilds_erase_at"), "guilds", ["erase_at"], postgresql_where=due, sqlite_where=due)
    op.create_table(
        "users",
        _id("id"),
        sa.Column("username", sa.String(32), nullable=False),
        sa.Column("global_name", sa.String(32)),
        sa.Column("avatar", sa.String(64)),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        *_times(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_table(
        "members",
        _id("guild_id"),
        _id("user_id"),
        sa.Column("nickname", sa.String(32)),
        _json("role_ids"),
        sa.Column("pending", sa.Boolean(), nullable=False),
        _time("joined_at"),
        _time("left_at"),
        _time("last_active_at"),
        *_times(),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_members")),
    )


def _create_process() -> None:
    op.create_table(
        "guild_settings",
        _id("guild_id"),
        sa.Column("section", sa.String(32), nullable=False),
        _json("document"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.BigInteger()),
        *_times(),
        sa.PrimaryKeyConstraint("guild_id", "section", name=op.f("pk_guild_settings")),
    )
    op.create_table(
        "error_logs",
        _id("id"),
        sa.Column("exception", sa.String(200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("stack", sa.Text(), nullable=False),
        sa.Column("command", sa.String(120)),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("user_id", sa.BigInteger()),
        _json("context"),
        *_times(updated=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_error_logs")),
    )
    op.create_index(op.f("ix_error_logs_created_at"), "error_logs", ["created_at"])
    op.create_table(
        "app_state",
        _id("application_id"),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        *_times(),
        sa.PrimaryKeyConstraint("application_id", "name", name=op.f("pk_app_state")),
    )


def _create_ledger() -> None:
    op.create_table(
        "accounts",
        _id("guild_id"),
        _id("holder"),
        _pocket(),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        *_times(),
        sa.CheckConstraint("holder = 0 OR balance >= 0", name=op.f("ck_accounts_not_below_zero")),
        sa.CheckConstraint("balance <= 4611686018427387904", name=op.f("ck_accounts_not_above_limit")),
        sa.PrimaryKeyConstraint("guild_id", "holder", "pocket", name=op.f("pk_accounts")),
    )
    op.create_table(
        "ledger_transactions",
        _id("guild_id"),
        _id("id"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("memo", sa.String(200)),
        _json("details"),
        sa.Column("reverses_id", sa.BigInteger()),
        sa.Column("related_id", sa.BigInteger()),
        _time("at", nullable=False),
        *_times(updated=False),
        sa.PrimaryKeyConstraint("guild_id", "id", name=op.f("pk_ledger_transactions")),
        sa.UniqueConstraint("guild_id", "key", name=op.f("uq_ledger_transactions_guild_id_key")),
    )
    op.create_table(
        "ledger_entries",
        _id("guild_id"),
        _id("transaction_id"),
        sa.Column("seq", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.BigInteger(), nullable=False),
        _pocket(),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger()),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entries_moves_something")),
        sa.ForeignKeyConstraint(
            ["guild_id", "transaction_id"],
            ["ledger_transactions.guild_id", "ledger_transactions.id"],
            name=op.f("fk_ledger_entries_guild_id_transaction_id_ledger_transactions"),
        ),
        sa.PrimaryKeyConstraint("guild_id", "transaction_id", "seq", name=op.f("pk_ledger_entries")),
    )
    index = op.f("ix_ledger_entries_guild_id_holder_transaction_id")
    op.create_index(index, "ledger_entries", ["guild_id", "holder", "transaction_id"])
    op.create_table(
        "claims",
        _id("guild_id"),
        _id("user_id"),
        sa.Column("action", sa.String(32), nullable=False),
        _time("last_at", nullable=False),
        _time("ready_at", nullable=False),
        sa.Column("streak", sa.BigInteger(), nullable=False),
        sa.Column("best_streak", sa.BigInteger(), nullable=False),
        *_times(),
        sa.CheckConstraint("streak >= 1 AND best_streak >= streak", name=op.f("ck_claims_streaks")),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "action", name=op.f("pk_claims")),
    )


def downgrade() -> None:
    for table in (
        "claims",
        "ledger_entries",
        "ledger_transactions",
        "accounts",
        "app_state",
        "error_logs",
        "guild_settings",
        "members",
        "users",
        "guilds",
    ):
        op.drop_table(table)
