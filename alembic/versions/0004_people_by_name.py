"""People are found by name: what others see of them here, and their username."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The names of those who were seen before; `lower` folds less than the bot does, until they are seen again.
_FILL = """
UPDATE members SET search_name = lower(coalesce(
    nickname, (SELECT coalesce(global_name, username) FROM users WHERE users.id = members.user_id), ''
))
"""


def upgrade() -> None:
    op.add_column("members", sa.Column("search_name", sa.String(64), server_default=sa.text("''"), nullable=False))
    op.execute(_FILL)
    op.create_index(
        op.f("ix_members_guild_id_search_name"),
        "members",
        ["guild_id", "search_name"],
        postgresql_ops={"search_name": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_users_username"), "users", ["username"], postgresql_ops={"username": "text_pattern_ops"})


def downgrade() -> None:
    op.drop_index(op.f("ix_users_username"), table_name="users")
    op.drop_index(op.f("ix_members_guild_id_search_name"), table_name="members")
    with op.batch_alter_table("members") as batch:
        batch.drop_column("search_name")
