"""What a member owns, and what came and went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.economy import ClaimAction, Kind, Pocket
from bot.domain.movements import Details


@dataclass(frozen=True)
class Purse:
    """What a member owns."""

    user_id: int
    wallet: int
    has_moved: bool
    """Whether a coin of theirs ever moved; else the wallet is what they would start with, which is written nowhere."""
    bank: int = 0


@dataclass(frozen=True)
class Overview:
    """A purse, and how it stands beside others."""

    purse: Purse
    things: int
    """What everything that is no coins is worth."""
    place: int | None
    """On the board of wallets; None without one, and for those so far below that places are not told."""
    has_bank: bool
    """Whether the guild has a bank."""
    pays: bool
    """Whether members may pay each other."""

    @property
    def worth(self) -> int:
        """Everything together."""
        return self.purse.wallet + self.purse.bank + self.things


@dataclass(frozen=True)
class KindSum:
    """What movements of a kind brought somebody, and what they took; both 0 or more."""

    kind: Kind
    came: int
    went: int


@dataclass(frozen=True)
class Tally:
    """What came to a member and went from them, by kind; ever, and in the last `HISTORY_DAYS` days."""

    ever: tuple[KindSum, ...]
    lately: tuple[KindSum, ...]
    best_streaks: Mapping[ClaimAction, int]


@dataclass(frozen=True)
class StatementLine:
    """What a movement did to a member: to their wallet, or to their bank account if it left the wallet alone."""

    transaction_id: int
    kind: Kind
    pocket: Pocket
    amount: int
    balance_after: int | None
    counterpart_id: int
    """The other member of it, if there is one; the same one, if it went from one account of theirs to another; or 0."""
    at: datetime
    details: Details
