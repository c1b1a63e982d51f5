"""What members own together and earned in a week, kept so that it can be ranked; and up to when it is right."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Updated
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

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    coins: Mapped[int] = mapped_column(BigInteger)
    net_worth: Mapped[int] = mapped_column(BigInteger)
    earned: Mapped[int] = mapped_column(BigInteger)
    week_of: Mapped[datetime] = mapped_column(UtcDateTime)


class WealthMark(Updated, Base):
    """Up to when a guild's `member_wealth` is right. `lease_until` is when another process may go on with it."""

    __tablename__ = "wealth_marks"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edge: Mapped[int] = mapped_column(BigInteger)
    """The least id of a movement that is to be looked at again."""
    filled_to: Mapped[int | None] = mapped_column(Snowflake)
    week_of: Mapped[datetime] = mapped_column(UtcDateTime)
    prices: Mapped[dict[str, int]] = mapped_column(Json)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
