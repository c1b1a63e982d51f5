"""What belongs to cases: which others they have to do with, and files that prove them."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ColumnClause, Index, String, UniqueConstraint

from bot.db.base import Base, Created, column
from bot.db.types import Snowflake
from bot.domain.proof import LONGEST_NAME, LONGEST_TYPE, MOST_BYTES


class CaseLink(Created, Base):
    """Two cases of a guild that have to do with each other; of both the lower number comes first."""

    __tablename__ = "case_links"
    __table_args__ = (
        CheckConstraint("number < other", name="lower_first"),
        Index(None, "guild_id", "other"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    other: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)


class Blob(Created, Base):
    """A file below DATA_DIR, known by its contents: the same contents are one file, whoever brings them."""

    __tablename__ = "blobs"
    __table_args__ = (CheckConstraint(f"size > 0 AND size <= {MOST_BYTES}", name="size"),)

    digest: ColumnClause[str] = column(String(64), primary_key=True)
    """SHA-256 of its bytes, in hexadecimal; also its name on the disk."""
    size: ColumnClause[int] = column(BigInteger)
    content_type: ColumnClause[str] = column(String(LONGEST_TYPE))


class CaseProof(Created, Base):
    """A file that proves a case."""

    __tablename__ = "case_proofs"
    __table_args__ = (UniqueConstraint("guild_id", "number", "digest"), Index(None, "digest"))

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    number: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    seq: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    digest: ColumnClause[str] = column(String(64))
    name: ColumnClause[str] = column(String(LONGEST_NAME))
    """What the file was called."""
    added_by: ColumnClause[int | None] = column(Snowflake)
