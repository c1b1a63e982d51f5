"""Whole numbers of coins, as people write them."""

from __future__ import annotations

import re

from bot.errors import AmountNotUnderstood, AmountTooLarge

MAX_COINS = 2**62
"""The most an account may hold or a movement may carry; twice that still fits a BIGINT."""

_LONGEST = 32
_SEPARATORS = ",.'\u2009\u202f\u00a0 _"
_WHOLE = re.compile(rf"-?(?:\d+|\d{{1,3}}(?P<sep>[{_SEPARATORS}])\d{{3}}(?:(?P=sep)\d{{3}})*)", re.ASCII)
_WITHOUT_SEPARATORS = str.maketrans("", "", _SEPARATORS)


def parse_amount(text: str) -> int:
    """Read a whole number, with or without separators between thousands; its range is for the caller to judge.

    Raises:
        AmountNotUnderstood: not a whole number.
        AmountTooLarge: more digits than any amount can have.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        raise AmountTooLarge(MAX_COINS)
    if _WHOLE.fullmatch(text) is None:
        raise AmountNotUnderstood
    return int(text.translate(_WITHOUT_SEPARATORS))
