"""Whole numbers of coins, as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.errors import AmountNotUnderstood, AmountTooLarge, ShareNotUnderstood

MAX_COINS = 2**62
"""The most an account may hold or a movement may carry; twice that still fits a BIGINT."""

_LONGEST = 32
_SEPARATORS = ",.'\u2009\u202f\u00a0 _"
_WHOLE = re.compile(rf"-?(?:\d+|\d{{1,3}}(?P<sep>[{_SEPARATORS}])\d{{3}}(?:(?P=sep)\d{{3}})*)", re.ASCII)
_WITHOUT_SEPARATORS = str.maketrans("", "", _SEPARATORS)


_SHORT = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))? ?([km])", re.ASCII | re.IGNORECASE)
"""Three decimals would be thousands to some: "1.500k" is refused."""
_TIMES = {"k": 1_000, "m": 1_000_000}
_PERCENT = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))? ?%", re.ASCII)
_ALL = {"all", "alles", "alle", "everything", "max"}
_HALF = {"half", "halb", "hälfte", "die hälfte"}


def parse_amount(text: str) -> int:
    """Read a whole number, with or without separators between thousands, or in short as ``2k`` or ``1.5m``.

    Its range is for the caller to judge.

    Raises:
        AmountNotUnderstood: not a whole number.
        AmountTooLarge: more digits than any amount can have.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        raise AmountTooLarge(MAX_COINS)
    short = _SHORT.fullmatch(text)
    if short is not None:
        times = _TIMES[short[3].lower()]
        return _hundredths(short) * times // 100
    if _WHOLE.fullmatch(text) is None:
        raise AmountNotUnderstood
    return int(text.translate(_WITHOUT_SEPARATORS))


_WHOLE_SHARE = 100 * 100
"""All of something, in hundredths of a per cent."""


@dataclass(frozen=True)
class Share:
    """How much somebody wants to move: so many coins, or so much of what there is when they are moved."""

    coins: int = 0
    hundredths: int | None = None
    """Of a per cent of what there is, 0 to 10,000; None: it is `coins`, whatever there is."""

    @property
    def is_part(self) -> bool:
        """Whether it depends on how much there is."""
        return self.hundredths is not None

    @property
    def written(self) -> str:
        """What tells this part from others, stored with a movement: ``50.00%``. Empty for so many coins."""
        return "" if self.hundredths is None else f"{self.hundredths // 100}.{self.hundredths % 100:02}%"

    def of(self, whole: int) -> int:
        """How many coins of `whole` that is, rounded down. Its range is for the caller to judge."""
        return self.coins if self.hundredths is None else whole * self.hundredths // _WHOLE_SHARE


ALL = Share(hundredths=_WHOLE_SHARE)
HALF = Share(hundredths=_WHOLE_SHARE // 2)


def read_share(text: str) -> Share:
    """Read an amount that may also be a share: ``all``, ``half`` or ``25%``.

    Raises:
        ShareNotUnderstood, AmountTooLarge: as in `parse_amount`; also more than 100%.
    """
    word = text.strip().lower()
    if word in _ALL:
        return ALL
    if word in _HALF:
        return HALF
    percent = _PERCENT.fullmatch(word)
    if percent is None:
        try:
            return Share(parse_amount(text))
        except AmountNotUnderstood:
            raise ShareNotUnderstood from None
    hundredths = _hundredths(percent)
    if hundredths > _WHOLE_SHARE:
        raise ShareNotUnderstood
    return Share(hundredths=hundredths)


def parse_share(text: str, whole: int) -> int:
    """Read an amount that may also be a share of `whole`, as `read_share` does.

    Raises:
        ShareNotUnderstood, AmountTooLarge: it is none.
    """
    return read_share(text).of(whole)


def _hundredths(match: re.Match[str]) -> int:
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
