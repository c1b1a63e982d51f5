"""Stocks, as staff writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.amounts import parse_amount
from bot.errors import AmountNotUnderstood, AmountTooLarge, StockNotUnderstood

UNLIMITED = frozenset({"unlimited", "unlimitiert", "unbegrenzt", "∞"})
"""Words for as many as anybody wants."""

_MORE = re.compile(r"([+\u2212-])\s*(.+)", re.DOTALL)


@dataclass(frozen=True)
class Restock:
    """How many are to be left: so many, or so many more or fewer than there are."""

    count: int | None
    """None: as many as anybody wants."""
    is_change: bool = False


def read_restock(text: str) -> Restock:
    """Read ``20``, ``+10``, ``-3`` or ``unlimited``; the bounds are for the caller to judge.

    Raises:
        StockNotUnderstood: it is none of these.
    """
    written = text.strip()
    if written.casefold() in UNLIMITED:
        return Restock(None)
    more = _MORE.fullmatch(written)
    try:
        count = parse_amount(written if more is None else more[2])
    except (AmountNotUnderstood, AmountTooLarge):
        raise StockNotUnderstood from None
    if count < 0:
        raise StockNotUnderstood
    return Restock(count) if more is None else Restock(count if more[1] == "+" else -count, is_change=True)
