"""What is known of guilds and people, as it comes from Discord."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.outbox import Payload


@dataclass(frozen=True)
class GuildSeen:
    """A guild as Discord described it last."""

    id: int
    name: str
    icon: str | None
    owner_id: int | None
    member_count: int | None
    joined_at: datetime | None
    seen_at: datetime


@dataclass(frozen=True)
class UserSeen:
    """A person or bot as Discord described them last."""

    id: int
    username: str
    global_name: str | None
    avatar: str | None
    is_bot: bool


@dataclass(frozen=True)
class MemberSeen:
    """A member as Discord described them last."""

    guild_id: int
    user_id: int
    nickname: str | None
    role_ids: Sequence[int]
    pending: bool
    joined_at: datetime | None
    last_active_at: datetime | None
    display_name: str = ""
    """The name that others see: the nickname, else the user's own."""


@dataclass(frozen=True)
class ShardRange:
    """The guilds that one process answers for: those of `ids` out of `count` shards."""

    count: int
    ids: frozenset[int]

    def serves(self, guild_id: int) -> bool:
        """Whether a guild belongs to these shards, by Discord's own formula."""
        return (guild_id >> 22) % self.count in self.ids


@dataclass(frozen=True)
class FirstContact:
    """What is said to whoever added the bot, and in which channel if they take no direct messages."""

    user_id: int
    payload: Payload
    fallback_id: int | None


@dataclass(frozen=True)
class Presence:
    """What was written of a guild before."""

    joined_at: datetime | None
    left_at: datetime | None
    first_seen_at: datetime


def is_arrival(seen: GuildSeen, known: Presence, since: datetime) -> bool:
    """Whether the bot is new in a guild that it knows of: it had left, or its row is younger than the news itself."""
    return known.left_at is not None or known.joined_at != seen.joined_at or known.first_seen_at >= since
