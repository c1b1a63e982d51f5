"""Coins on top when a streak reaches so many days: ``7=500, 30=5,000``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.amounts import parse_amount
from bot.domain.coin_range import MOST_PAID
from bot.errors import AmountNotUnderstood, AmountTooLarge

_LONGEST = 10_000
"""Days. Nobody has a longer streak to look forward to."""

_PAIR = re.compile(r"\s*(\d{1,5})\s*=\s*(\S(?:[^=]*\S)?)\s*", re.ASCII)
_NEXT = re.compile(r"[,;]\s*(?=\d{1,5}\s*=)|\n")


@dataclass(frozen=True)
class Milestone:
    """What is paid on top on the day that a streak has this many days."""

    days: int
    coins: int


def read_milestones(table: str) -> tuple[Milestone, ...]:
    """The milestones that somebody wrote, by days; of two for one day the later.

    Raises:
        AmountNotUnderstood: not pairs of days (1 to 10,000) and coins (from 1).
        AmountTooLarge: more coins than one claim can pay.
    """
    found: dict[int, Milestone] = {}
    for pair in _NEXT.split(table.strip()) if table.strip() else []:
        match = _PAIR.fullmatch(pair)
        if match is None:
            raise AmountNotUnderstood
        milestone = Milestone(int(match[1]), parse_amount(match[2]))
        if not 1 <= milestone.days <= _LONGEST or milestone.coins < 1:
            raise AmountNotUnderstood
        if milestone.coins > MOST_PAID:
            raise AmountTooLarge(MOST_PAID)
        found[milestone.days] = milestone
    return tuple(found[days] for days in sorted(found))
