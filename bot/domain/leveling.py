"""The nouns of leveling: what is gained, what follows from it, and what staff sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

MAX_XP = 2**53
"""No member has more; what would go above stops there. Every preset's highest level is far below."""

UNIT = 1_000
"""A factor of one, in per mille."""

MAX_FACTOR = 100 * UNIT

MAX_REWARD_TEXT = 500


class Span(StrEnum):
    """A part of the guild's calendar that XP is kept for."""

    DAY = "day"
    WEEK = "week"
    """From Monday."""
    MONTH = "month"


class Stacking(StrEnum):
    """Whether a reward's role stays when a higher one comes."""

    STACK = "stack"
    REPLACE = "replace"
    """It goes when the member reaches the next level with a role that replaces."""


class TargetKind(StrEnum):
    """What a multiplier is about."""

    CHANNEL = "channel"
    CATEGORY = "category"
    THREAD = "thread"
    ROLE = "role"


class ChangeKind(StrEnum):
    """How staff changed a member's XP."""

    ADD = "add"
    REMOVE = "remove"
    SET = "set"
    RESET = "reset"
    CURVE = "curve"
    """Kept the level when the curve changed."""
    UNDO = "undo"


class Cause(StrEnum):
    """Why a member's XP changed. Members are congratulated for what they earned themselves alone."""

    MESSAGES = "messages"
    VOICE = "voice"
    STAFF = "staff"
    TAKEN_BACK = "taken_back"
    CURVE = "curve"


class Gain(NamedTuple):
    """What one member gained since the last flush, in one guild. All amounts are 0 or more.

    A tuple, for there are thousands a second: a frozen dataclass takes three times as long to make.
    """

    guild_id: int
    user_id: int
    xp: int
    messages: int
    """Messages that count, those that earned nothing because of the cooldown among them."""
    voice_seconds: int
    last_message_at: datetime | None
    """When a message earned last; None: none did."""
    channel_id: int | None
    """Where they were last, for an announcement there."""
    day: date = date.min
    """The day of the guild's calendar on which it was gained. What was gained around midnight is two gains."""
    voice_xp: int = 0
    """How much of the XP voice earned: a day may have a limit to that."""


@dataclass(frozen=True)
class EarnedMessage:
    """What a message earned, kept where XP is taken back when a moderator deletes the message."""

    guild_id: int
    message_id: int
    user_id: int
    xp: int


@dataclass(frozen=True)
class Batch:
    """Gains that are written together, once: the id stays the same however often it is tried."""

    id: int
    gains: tuple[Gain, ...]
    messages: tuple[EarnedMessage, ...] = ()


@dataclass(frozen=True)
class LevelChange:
    """A member whose XP changed so much that their level did, or may have."""

    user_id: int
    before: int
    """XP before."""
    after: int
    """XP after."""
    cause: Cause
    channel_id: int | None = None


@dataclass(frozen=True)
class Reward:
    """What a level brings: a role (0: none), coins, words, or several of these."""

    level: int
    role_id: int
    stacking: Stacking
    coins: int = 0
    message: str | None = None


@dataclass(frozen=True)
class Wish:
    """What a member wishes in one guild; by default to be left in peace, and to be named."""

    ping: bool = False
    """Whether an announcement of their levels notifies them."""
    nameless: bool = False
    """Whether boards show them as somebody."""
