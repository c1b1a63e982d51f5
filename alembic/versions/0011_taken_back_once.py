"""A transaction is taken back at most once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TAKES_BACK = sa.text("reverses_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        op.f("ix_ledger_transactions_guild_id_reverses_id"),
        "ledger_transactions",
        ["guild_id", "reverses_id"],
        unique=True,
        postgresql_where=_TAKES_BACK,
        sqlite_where=_TAKES_BACK,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_ledger_transactions_guild_id_reverses_id"), table_name="ledger_transactions")
