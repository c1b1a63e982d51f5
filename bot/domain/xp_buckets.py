"""Buckets of XP: a guild keeps how many members each holds, so that a place among a million is a sum and a short count.

A bucket is narrow where XP is small (one XP up to 127) and at most 1/64 as wide as the XP at its start above. It
follows from the XP alone, in whole numbers: every process and both databases say the same.
"""

from __future__ import annotations

from bot.domain.leveling import MAX_XP

STEPS = 64
"""Buckets from one XP to its double."""

EXACT = 2 * STEPS
"""Less XP than this has a bucket of its own."""

_EXACT_BITS = EXACT.bit_length() - 1

HIGHEST_SHIFT = MAX_XP.bit_length() - _EXACT_BITS
"""How many low bits the widest bucket leaves out."""


def bucket(xp: int) -> int:
    """The bucket of so much XP, 0 or more: more XP is never in a lower one. 10^9 XP is bucket 1,591.

    Raises:
        ValueError: the XP is below 0.
    """
    if xp < 0:
        raise ValueError("no bucket for less than no XP")
    shift = max(xp.bit_length() - _EXACT_BITS, 0)
    return shift * STEPS + (xp >> shift)


def begins(number: int) -> int:
    """The least XP of a bucket, 0 or more; it ends where the next one begins.

    Raises:
        ValueError: the number is below 0.
    """
    if number < 0:
        raise ValueError("no bucket below the first")
    shift = max(number // STEPS - 1, 0)
    return (number - shift * STEPS) << shift
