"""Leveling: what members earned, by all time and by day, week and month; and what staff set and changed about it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ColumnClause, Date, Index, String, text

from bot.db.base import Base, Created, Updated, column
from bot.db.types import Snowflake, UtcDateTime, text_enum
from bot.domain.leveling import MAX_REWARD_TEXT, ChangeKind, Span, Stacking, TargetKind

_SPOKEN = text("voice_seconds > 0")


class MemberLevel(Updated, Base):
    """What a member earned in all. The level is not kept: it follows from the XP by the guild's curve.

    `last_message_at` is when a message earned last: the cooldown holds over a restart.
    """

    __tablename__ = "member_levels"
    __table_args__ = (
        CheckConstraint("xp >= 0 AND messages >= 0 AND voice_seconds >= 0", name="amounts"),
        # Read backwards: as quick as one in falling order, and SQLite's migrations lose DESC.
        Index(None, "guild_id", "xp", "user_id"),
        Index(None, "guild_id", "messages", "user_id"),
        Index(None, "guild_id", "voice_seconds", "user_id", postgresql_where=_SPOKEN, sqlite_where=_SPOKEN),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    xp: ColumnClause[int] = column(BigInteger)
    messages: ColumnClause[int] = column(BigInteger)
    voice_seconds: ColumnClause[int] = column(BigInteger)
    last_message_at: ColumnClause[datetime | None] = column(UtcDateTime)


class XpPeriod(Updated, Base):
    """What a member earned in one day, week or month of the guild's calendar, written with `member_levels`."""

    __tablename__ = "xp_periods"
    __table_args__ = (
        CheckConstraint("xp >= 0 AND messages >= 0 AND voice_seconds >= 0", name="amounts"),
        Index(None, "guild_id", "span", "begins", "xp", "user_id"),
        Index(None, "guild_id", "span", "begins", "messages", "user_id"),
        Index(None, "guild_id", "span", "begins", "voice_seconds", "user_id",
              postgresql_where=_SPOKEN, sqlite_where=_SPOKEN),
        Index(None, "span", "begins"),
    )  # fmt: skip

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    span: ColumnClause[Span] = column(text_enum(Span, name="span"), primary_key=True)
    begins: ColumnClause[date] = column(Date, primary_key=True)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    xp: ColumnClause[int] = column(BigInteger)
    messages: ColumnClause[int] = column(BigInteger)
    voice_seconds: ColumnClause[int] = column(BigInteger)


class XpVoiceDay(Updated, Base):
    """What voice earned a member on one day of the guild's calendar: a limit to it holds over a restart.

    Kept until every zone has another day.
    """

    __tablename__ = "xp_voice_days"
    __table_args__ = (CheckConstraint("xp > 0", name="amount"), Index(None, "begins"))

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    begins: ColumnClause[date] = column(Date, primary_key=True)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    xp: ColumnClause[int] = column(BigInteger)


class XpBucket(Updated, Base):
    """How many members of a guild have XP of one bucket: a place is the sum of those above, and a count inside one.

    Who has no XP is in none. There is no CHECK: one would refuse the row of a difference before it is added.
    """

    __tablename__ = "xp_buckets"

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    bucket: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    members: ColumnClause[int] = column(BigInteger)


class XpFlush(Created, Base):
    """A flush that was committed, by its id: one whose answer was lost is not added twice. Kept for a day."""

    __tablename__ = "xp_flushes"
    __table_args__ = (Index(None, "created_at"),)

    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)


class LevelReward(Updated, Base):
    """What a level brings. `role_id` is 0 where it is coins or a message alone."""

    __tablename__ = "level_rewards"
    __table_args__ = (
        CheckConstraint("level > 0 AND coins >= 0", name="amounts"),
        CheckConstraint("role_id > 0 OR coins > 0 OR message IS NOT NULL", name="brings_something"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    level: ColumnClause[int] = column(BigInteger, primary_key=True, autoincrement=False)
    role_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    stacking: ColumnClause[Stacking] = column(text_enum(Stacking, name="stacking"))
    coins: ColumnClause[int] = column(BigInteger)
    message: ColumnClause[str | None] = column(String(MAX_REWARD_TEXT))
    set_by: ColumnClause[int | None] = column(Snowflake)


class XpMultiplier(Updated, Base):
    """By what XP is multiplied in a channel, category or thread, or for those with a role; 0 excludes."""

    __tablename__ = "xp_multipliers"
    __table_args__ = (CheckConstraint("per_mille BETWEEN 0 AND 100000", name="bounds"),)

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    kind: ColumnClause[TargetKind] = column(text_enum(TargetKind, name="kind"), primary_key=True)
    target_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    per_mille: ColumnClause[int] = column(BigInteger)
    set_by: ColumnClause[int | None] = column(Snowflake)


class XpBoost(Created, Base):
    """A member's own factor for some time, such as from a thing they used."""

    __tablename__ = "xp_boosts"
    __table_args__ = (
        CheckConstraint("per_mille BETWEEN 1001 AND 100000", name="bounds"),
        Index(None, "guild_id", "user_id", "expires_at"),
        Index(None, "expires_at"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake)
    per_mille: ColumnClause[int] = column(BigInteger)
    expires_at: ColumnClause[datetime] = column(UtcDateTime)
    source: ColumnClause[str] = column(String(64))


class LevelWish(Updated, Base):
    """What a member wishes in one guild: to be pinged when they reach a level, and to be nameless on boards."""

    __tablename__ = "level_wishes"

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    ping: ColumnClause[bool] = column(Boolean)
    nameless: ColumnClause[bool] = column(Boolean)


class XpChange(Created, Base):
    """What staff changed of a member's XP. `before` and `after` are the totals; undo takes the difference back."""

    __tablename__ = "xp_changes"
    __table_args__ = (
        CheckConstraint("before >= 0 AND after >= 0", name="amounts"),
        Index(None, "guild_id", "user_id", "id"),
        Index(None, "guild_id", "batch_id"),
        Index(None, "created_at"),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake)
    kind: ColumnClause[ChangeKind] = column(text_enum(ChangeKind, name="kind"))
    before: ColumnClause[int] = column(BigInteger)
    after: ColumnClause[int] = column(BigInteger)
    changed_by: ColumnClause[int | None] = column(Snowflake)
    reason: ColumnClause[str | None] = column(String(200))
    batch_id: ColumnClause[int | None] = column(Snowflake)
    undone_by: ColumnClause[int | None] = column(Snowflake)
    """The change that took this one back."""


class XpMessage(Created, Base):
    """What a message earned, while it may still be taken back because the message was deleted."""

    __tablename__ = "xp_messages"
    __table_args__ = (CheckConstraint("xp > 0", name="amount"), Index(None, "created_at"))

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    message_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake)
    xp: ColumnClause[int] = column(BigInteger)
