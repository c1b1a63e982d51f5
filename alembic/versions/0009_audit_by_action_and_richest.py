"""The audit log by what was done, and members by what they have."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_logs_guild_id_action_id"), "audit_logs", ["guild_id", "action", "id"])
    op.create_index(
        op.f("ix_accounts_guild_id_pocket_balance_holder"), "accounts", ["guild_id", "pocket", "balance", "holder"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_accounts_guild_id_pocket_balance_holder"), table_name="accounts")
    op.drop_index(op.f("ix_audit_logs_guild_id_action_id"), table_name="audit_logs")
