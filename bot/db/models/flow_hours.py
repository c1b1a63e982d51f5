"""What came and went in each hour of a guild's economy, kept for reports; and which hours are there."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ColumnClause

from bot.db.base import Base, Created, Updated, column
from bot.db.types import Snowflake, text_enum
from bot.domain.economy import Kind


class FlowHour(Created, Base):
    """Coins that movements of a kind made, or took for good, in one hour: `high * 2^31 + low` of them.

    In two numbers, since the sum of an hour may leave 64 bits. Nothing is decided by them: they can be worked out anew
    at any time.
    """

    __tablename__ = "flow_hours"
    __table_args__ = (CheckConstraint("high >= 0 AND low BETWEEN 0 AND 2147483647", name="halves"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    hour: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    """Hours since 2015 began, in UTC, as in `bot.ids.hour_at`."""
    kind: ColumnClause[Kind] = column(text_enum(Kind, name="kind", closed=False), primary_key=True)
    made: ColumnClause[bool] = column(Boolean, primary_key=True)
    high: ColumnClause[int] = column(BigInteger)
    low: ColumnClause[int] = column(BigInteger)


class FlowMarkRow(Updated, Base):
    """The hours that are kept of a guild: from the first on, up to before the second."""

    __tablename__ = "flow_marks"
    __table_args__ = (CheckConstraint("kept_from <= kept_to", name="in_order"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    kept_from: ColumnClause[int] = column(BigInteger)
    kept_to: ColumnClause[int] = column(BigInteger)
