"""Large numbers, as short as the id of a button needs them."""

from __future__ import annotations

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

LARGEST = 2**63 - 1


def shortened(number: int | None) -> str:
    """A number of at most 63 bits in at most 11 letters and digits; empty for none, and for 0."""
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def restored(digits: str) -> int | None:
    """The number that `shortened` was given; None for an empty text. What somebody forged becomes `LARGEST` at most."""
    number = 0
    for digit in digits:
        number = number * len(_DIGITS) + _DIGITS.index(digit)
    return min(number, LARGEST) if digits else None
