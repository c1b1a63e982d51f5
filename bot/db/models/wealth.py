"""What members own together and earned in a week, kept so that it can be ranked; and up to when it is right."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ColumnClause, Index

from bot.db.base import Base, Updated, column
from bot.db.types import Json, Snowflake, UtcDateTime


class MemberWealth(Updated, Base):
    """A member's sums. Nothing is decided by them: they can be worked out anew at any time."""

    __tablename__ = "member_wealth"
    __table_args__ = (
        CheckConstraint("coins >= 0 AND net_worth >= coins AND earned >= 0", name="sums"),
        Index(None, "guild_id", "net_worth", "user_id"),
        Index(None, "guild_id", "week_of", "earned", "user_id"),
        Index(None, "guild_id", "coins", "user_id"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    coins: ColumnClause[int] = column(BigInteger)
    net_worth: ColumnClause[int] = column(BigInteger)
    earned: ColumnClause[int] = column(BigInteger)
    week_of: ColumnClause[datetime] = column(UtcDateTime)


class WealthMark(Updated, Base):
    """Up to when a guild's `member_wealth` is right. `lease_until` is when another process may go on with it."""

    __tablename__ = "wealth_marks"

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    marked_at: ColumnClause[datetime] = column(UtcDateTime)
    edge: ColumnClause[int] = column(BigInteger)
    """The least id of a movement that is to be looked at again."""
    filled_to: ColumnClause[int | None] = column(Snowflake)
    week_of: ColumnClause[datetime] = column(UtcDateTime)
    prices: ColumnClause[dict[str, int]] = column(Json)
    lease_until: ColumnClause[datetime | None] = column(UtcDateTime)
    lease_token: ColumnClause[int | None] = column(BigInteger)
