"""Indexes for leaderboards: who has most, of members alone; who left; who is a bot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_RICHEST = "ix_accounts_guild_id_pocket_balance_holder"
_RICHEST_BY = ["guild_id", "pocket", "balance", "holder"]


def upgrade() -> None:
    of_members, left = sa.text("holder <> 0"), sa.text("left_at IS NOT NULL")
    op.drop_index(op.f(_RICHEST), table_name="accounts")
    op.create_index(op.f(_RICHEST), "accounts", _RICHEST_BY, postgresql_where=of_members, sqlite_where=of_members)
    name = op.f("ix_members_guild_id_user_id")
    op.create_index(name, "members", ["guild_id", "user_id"], postgresql_where=left, sqlite_where=left)
    bots, bots_there = sa.text("is_bot"), sa.text("is_bot = 1")
    op.create_index(op.f("ix_users_id"), "users", ["id"], postgresql_where=bots, sqlite_where=bots_there)


def downgrade() -> None:
    op.drop_index(op.f("ix_users_id"), table_name="users")
    op.drop_index(op.f("ix_members_guild_id_user_id"), table_name="members")
    op.drop_index(op.f(_RICHEST), table_name="accounts")
    op.create_index(op.f(_RICHEST), "accounts", _RICHEST_BY)
