"""Guilds and people, guild settings, and what the process itself has to remember."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Created, Updated
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

    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(100))
    icon: Mapped[str | None] = mapped_column(String(64))
    owner_id: Mapped[int | None] = mapped_column(Snowflake)
    member_count: Mapped[int | None] = mapped_column(BigInteger)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erase_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    last_synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class User(Updated, Base):
    """A person or bot on Discord, in whatever guild."""

    __tablename__ = "users"
    __table_args__ = (
        Index(None, "username", postgresql_ops={"username": "text_pattern_ops"}),
        # Whether somebody is a bot, for boards: few rows, found without those of everybody.
        Index(None, "id", postgresql_where=text("is_bot"), sqlite_where=text("is_bot = 1")),
    )

    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    username: Mapped[str] = mapped_column(String(32))
    global_name: Mapped[str | None] = mapped_column(String(32))
    avatar: Mapped[str | None] = mapped_column(String(64))
    is_bot: Mapped[bool] = mapped_column(Boolean(create_constraint=False))


class Member(Updated, Base):
    """A user in a guild. The row survives leaving, for a name on old records."""

    __tablename__ = "members"
    __table_args__ = (
        Index(None, "guild_id", "search_name", postgresql_ops={"search_name": "text_pattern_ops"}),
        Index(None, "guild_id", "user_id", postgresql_where=_LEFT, sqlite_where=_LEFT),  # who left, for boards
    )

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    nickname: Mapped[str | None] = mapped_column(String(32))
    search_name: Mapped[str] = mapped_column(String(64), server_default=text("''"))
    """The name that others see here, as `bot.domain.people.folded` makes it; empty until they are seen."""
    role_ids: Mapped[list[int]] = mapped_column(Json)
    pending: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_active_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GuildSettings(Updated, Base):
    """One section of a guild's settings, as the document of its pydantic model."""

    __tablename__ = "guild_settings"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    section: Mapped[str] = mapped_column(String(32), primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(BigInteger)
    updated_by: Mapped[int | None] = mapped_column(Snowflake)


class ErrorLog(Created, Base):
    """An exception that was no `UserError`, under the incident id that the member was told."""

    __tablename__ = "error_logs"
    __table_args__ = (Index(None, "created_at"),)

    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    exception: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    stack: Mapped[str] = mapped_column(Text)
    command: Mapped[str | None] = mapped_column(String(120))
    guild_id: Mapped[int | None] = mapped_column(Snowflake)
    user_id: Mapped[int | None] = mapped_column(Snowflake)
    context: Mapped[dict[str, Any]] = mapped_column(Json)


class AppState(Updated, Base):
    """What an application has to remember between starts, such as the hash of its synced commands."""

    __tablename__ = "app_state"

    application_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
