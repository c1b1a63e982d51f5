"""What members own together and what they earned in a week, as it is kept for boards and reports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.economy import Kind

EARNED_BY = (Kind.DAILY, Kind.WEEKLY, Kind.WORK, Kind.EFFECT, Kind.LEVEL, Kind.GIVEAWAY)
"""Kinds of movements whose coins are earned: they come from nobody. Payments, sales and gifts of staff are not."""

MOST = 2**63 - 1
"""What is told of those who own more: a number that a row can hold."""

FRESH_FOR = timedelta(seconds=60)
"""How old what is kept may be while the bot runs."""

OVERLAP = timedelta(seconds=120)
"""What is looked at again each time.

A movement's id is made before its transaction commits, and its clock may be corrected meanwhile. Longer than any
transaction takes, and than `FRESH_FOR`, so that a clock that is set back leaves no gap between two looks.
"""


LEASE = timedelta(seconds=45)
"""How long one process may go on with a guild after its last transaction. After a crash another does then."""


@dataclass(frozen=True)
class Wealth:
    """What a member owns and earned."""

    user_id: int
    coins: int
    """In the wallet and the bank."""
    net_worth: int
    """With what their things would bring if they were sold; `MOST` if that is more."""
    earned: int
    """In the week that was asked for; `MOST` if that is more."""


@dataclass(frozen=True)
class Mark:
    """Up to when a guild's rows are right, and by what they were worked out."""

    guild_id: int
    marked_at: datetime
    """What happened before this moment is in them, once they are all there."""
    filled_to: int | None
    """The last member whose row was made, while they are made for the first time; None: all are there."""
    week_of: datetime
    """When the week began of which the rows tell what was earned."""
    prices: Mapping[str, int]
    """What one copy of each thing was worth, by its id; things that are worth nothing are left out."""


def repriced(before: Mapping[str, int], after: Mapping[str, int]) -> Collection[int]:
    """The things that are worth something else than before."""
    return sorted(int(one) for one in {*before, *after} if before.get(one, 0) != after.get(one, 0))


def net_worth(coins: int, copies: Mapping[int, int], prices: Mapping[str, int]) -> int:
    """Coins, and copies at what each would bring, by the ids of the things; at most `MOST`."""
    return min(coins + things_worth(copies, prices), MOST)


def things_worth(copies: Mapping[int, int], prices: Mapping[str, int]) -> int:
    """What copies would bring together."""
    return sum(count * prices.get(str(item_id), 0) for item_id, count in copies.items())
