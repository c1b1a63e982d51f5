"""The file of members: cases found by what they add up to, links between them, and proof."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def _created() -> sa.Column[object]:
    return sa.Column("created_at", sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    sums = ["guild_id", "target_id", "kind", "number", "state", "expires_at", "points"]
    acts = ["guild_id", "created_at", "kind", "state", "end_reason", "moderator_id"]
    op.drop_index("ix_cases_guild_id_target_id_number", "cases")
    op.create_index("ix_cases_file", "cases", ["guild_id", "target_id", "number", "created_at", "moderator_id"])
    op.create_index("ix_cases_sums", "cases", sums)
    op.create_index("ix_cases_acts", "cases", acts)
    op.create_table(
        "case_links",
        _number("guild_id"),
        _number("number"),
        _number("other"),
        _created(),
        sa.CheckConstraint("number < other", name=op.f("ck_case_links_lower_first")),
        sa.PrimaryKeyConstraint("guild_id", "number", "other", name=op.f("pk_case_links")),
    )
    op.create_index(op.f("ix_case_links_guild_id_other"), "case_links", ["guild_id", "other"])
    op.create_table(
        "blobs",
        sa.Column("digest", sa.String(64), nullable=False),
        _number("size"),
        sa.Column("content_type", sa.String(40), nullable=False),
        _created(),
        sa.CheckConstraint("size > 0 AND size <= 10485760", name=op.f("ck_blobs_size")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_blobs")),
    )
    op.create_table(
        "case_proofs",
        _number("guild_id"),
        _number("number"),
        _number("seq"),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        _number("added_by", nullable=True),
        _created(),
        sa.PrimaryKeyConstraint("guild_id", "number", "seq", name=op.f("pk_case_proofs")),
        sa.UniqueConstraint("guild_id", "number", "digest", name=op.f("uq_case_proofs_guild_id_number_digest")),
    )
    op.create_index(op.f("ix_case_proofs_digest"), "case_proofs", ["digest"])


def downgrade() -> None:
    for table in ("case_proofs", "blobs", "case_links"):
        op.drop_table(table)
    op.drop_index("ix_cases_acts", "cases")
    op.drop_index("ix_cases_sums", "cases")
    op.drop_index("ix_cases_file", "cases")
    op.create_index("ix_cases_guild_id_target_id_number", "cases", ["guild_id", "target_id", "number"])
