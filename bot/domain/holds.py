"""Holds: coins put aside until it is known whether they are spent or given back.

Making one moves coins from a wallet to escrow. Each ends once: posted to whom they were meant for, or given back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.economy import AccountKey, Pocket

LONGEST_PURPOSE = 32
LONGEST_REFERENCE = 120

_LONGEST_PAUSE = timedelta(minutes=5)
_MAX_EXPONENT = 9


class HoldState(StrEnum):
    """How far a hold is."""

    PENDING = "pending"
    """The coins are in escrow."""
    POSTED = "posted"
    """They went to whom they were meant for."""
    VOIDED = "voided"
    """They went back, since what they were for did not happen."""
    EXPIRED = "expired"
    """They went back, since it was not known in time whether it happened."""


@dataclass(frozen=True)
class NewHold:
    """Coins to be put aside."""

    holder: int
    amount: int
    """1 to `MAX_COINS`."""
    purpose: str
    """Which feature ends it, at most `LONGEST_PURPOSE` characters. Stored, so it never changes its meaning."""
    reference: str
    """What the feature finds its own row by, at most `LONGEST_REFERENCE` characters."""
    expires_at: datetime
    """When the feature is asked what became of it, if it did not say so by itself."""
    about: str | None = None
    """What a statement says that it is for, such as the name of a thing."""


@dataclass(frozen=True)
class Hold:
    """Coins that are or were put aside."""

    guild_id: int
    id: int
    holder: int
    pocket: Pocket
    amount: int
    purpose: str
    reference: str
    state: HoldState
    expires_at: datetime
    attempts: int = 0
    """How often somebody was asked what became of it."""

    @property
    def account(self) -> AccountKey:
        """Where the coins came from, and go back to."""
        return AccountKey(self.holder, self.pocket)


@dataclass(frozen=True)
class ClaimedHold:
    """A hold that is past its time and that this process alone may look into, until its lease ends."""

    hold: Hold
    token: int

    @property
    def guild_id(self) -> int:
        """Whose economy it belongs to."""
        return self.hold.guild_id

    @property
    def id(self) -> int:
        """For logs."""
        return self.hold.id


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries that told nothing: 1, 2, 4, … seconds, at most five minutes."""
    return min(timedelta(seconds=2 ** min(max(attempts - 1, 0), _MAX_EXPONENT)), _LONGEST_PAUSE)
