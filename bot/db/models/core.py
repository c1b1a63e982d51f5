"""Guilds and people, guild settings, and what the process itself has to remember."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ColumnClause, Index, String, Text, text

from bot.db.base import Base, Created, Updated, column
from bot.db.types import Json, Snowflake, UtcDateTime

_ERASABLE = text("erase_at IS NOT NULL")
_LEFT = text("left_at IS NOT NULL")


class Guild(Updated, Base):
    """A guild the bot is in, or was until its `erase_at` comes."""

    __tablename__ = "guilds"
    __table_args__ = (
        CheckConstraint("erase_at IS NULL OR left_at IS NOT NULL", name="erased_only_after_leaving"),
        Index(None, "erase_at", postgresql_where=_ERASABLE, sqlite_where=_ERASABLE),
    )

    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    name: ColumnClause[str] = column(String(100))
    icon: ColumnClause[str | None] = column(String(64))
    owner_id: ColumnClause[int | None] = column(Snowflake)
    member_count: ColumnClause[int | None] = column(BigInteger)
    joined_at: ColumnClause[datetime | None] = column(UtcDateTime)
    left_at: ColumnClause[datetime | None] = column(UtcDateTime)
    erase_at: ColumnClause[datetime | None] = column(UtcDateTime)
    lease_until: ColumnClause[datetime | None] = column(UtcDateTime)
    lease_token: ColumnClause[int | None] = column(BigInteger)
    last_synced_at: ColumnClause[datetime | None] = column(UtcDateTime)


class User(Updated, Base):
    """A person or bot on Discord, in whatever guild."""

    __tablename__ = "users"
    __table_args__ = (
        Index(None, "username", postgresql_ops={"username": "text_pattern_ops"}),
        # Whether somebody is a bot, for boards: few rows, found without those of everybody.
        Index(None, "id", postgresql_where=text("is_bot"), sqlite_where=text("is_bot = 1")),
    )

    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    username: ColumnClause[str] = column(String(32))
    global_name: ColumnClause[str | None] = column(String(32))
    avatar: ColumnClause[str | None] = column(String(64))
    is_bot: ColumnClause[bool] = column(Boolean(create_constraint=False))


class Member(Updated, Base):
    """A user in a guild. The row survives leaving, for a name on old records."""

    __tablename__ = "members"
    __table_args__ = (
        Index(None, "guild_id", "search_name", postgresql_ops={"search_name": "text_pattern_ops"}),
        Index(None, "guild_id", "user_id", postgresql_where=_LEFT, sqlite_where=_LEFT),  # who left, for boards
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    nickname: ColumnClause[str | None] = column(String(32))
    search_name: ColumnClause[str] = column(String(64), server_default=text("''"))
    """The name that others see here, as `bot.domain.people.folded` makes it; empty until they are seen."""
    role_ids: ColumnClause[list[int]] = column(Json)
    pending: ColumnClause[bool] = column(Boolean(create_constraint=False))
    joined_at: ColumnClause[datetime | None] = column(UtcDateTime)
    left_at: ColumnClause[datetime | None] = column(UtcDateTime)
    last_active_at: ColumnClause[datetime | None] = column(UtcDateTime)


class GuildSettings(Updated, Base):
    """One section of a guild's settings, as the document of its pydantic model."""

    __tablename__ = "guild_settings"

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    section: ColumnClause[str] = column(String(32), primary_key=True)
    document: ColumnClause[dict[str, Any]] = column(Json)
    version: ColumnClause[int] = column(BigInteger)
    updated_by: ColumnClause[int | None] = column(Snowflake)


class ErrorLog(Created, Base):
    """An exception that was no `UserError`, under the incident id that the member was told."""

    __tablename__ = "error_logs"
    __table_args__ = (Index(None, "created_at"),)

    id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    exception: ColumnClause[str] = column(String(200))
    message: ColumnClause[str] = column(Text)
    stack: ColumnClause[str] = column(Text)
    command: ColumnClause[str | None] = column(String(120))
    guild_id: ColumnClause[int | None] = column(Snowflake)
    user_id: ColumnClause[int | None] = column(Snowflake)
    context: ColumnClause[dict[str, Any]] = column(Json)


class AppState(Updated, Base):
    """What an application has to remember between starts, such as the hash of its synced commands."""

    __tablename__ = "app_state"

    application_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    name: ColumnClause[str] = column(String(64), primary_key=True)
    value: ColumnClause[str] = column(Text)
