"""Level curves: how much XP a level takes. T(n) is the XP needed in all to reach level n, and T(0) is 0.

A level is found by bisection in a table of whole numbers, never by a root: with binary floats the level at a boundary
is wrong more often than right. The presets' formulas are those of the bots they are named after.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache

from bot.domain.leveling import MAX_XP
from bot.errors import CurveNotRising, CurveTooSteep

HIGHEST = 1_000
"""The most levels that a guild may have."""

MAX_DIGITS = 6
"""Decimal places of a custom curve's coefficient."""


class Preset(StrEnum):
    """A curve by name. The value is stored."""

    MEE6 = "mee6"
    ARCANE_LINEAR = "arcane-linear"
    ARCANE_EXPONENTIAL = "arcane-exponential"
    LURKR = "lurkr"
    AMARI = "amari"
    POLARIS = "polaris"
    LEVELUP = "levelup"
    NADEKO = "nadeko"
    FLAT = "flat"
    CUSTOM = "custom"


def _polaris(n: int) -> int:
    # 100 · round(x / 100), halves up
    return (n**3 + 50 * n**2 + 100 * n + 50) // 100 * 100


_FORMULAS: Mapping[Preset, Callable[[int], int]] = {
    Preset.MEE6: lambda n: 5 * n * (2 * n**2 + 27 * n + 91) // 6,
    Preset.ARCANE_LINEAR: lambda n: 50 * n**2 + 25 * n,
    Preset.ARCANE_EXPONENTIAL: lambda n: n * (10 * n**2 + 135 * n + 305) // 6,
    Preset.LURKR: lambda n: 50 * (n - 1) ** 2 + 100,
    Preset.AMARI: lambda n: 20 * (n - 1) ** 2 + 35,
    Preset.POLARIS: _polaris,
    Preset.LEVELUP: lambda n: 100 * n**2,
    Preset.NADEKO: lambda n: (9 * n**2 + 63 * n) // 2,
    Preset.FLAT: lambda n: 1_000 * n,
}


@dataclass(frozen=True)
class Cubic:
    """c3·n³ + c2·n² + c1·n + c0, each a decimal number; the sum is rounded, halves up."""

    c3: Decimal
    c2: Decimal
    c1: Decimal
    c0: Decimal

    def at(self, n: int) -> int:
        """T(n), for n of 1 or more."""
        exact = ((self.c3 * n + self.c2) * n + self.c1) * n + self.c0
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True)
class Curve:
    """A guild's curve: a preset or a cubic of its own, up to a highest level."""

    preset: Preset = Preset.MEE6
    cubic: Cubic | None = None
    """Of `Preset.CUSTOM` alone."""
    cap: int = HIGHEST
    """The highest level, 1 to `HIGHEST`. Who has more XP stays there."""

    def table(self) -> Table:
        """The curve, worked out.

        Raises:
            CurveUnsound: a level would take no more XP than the one before, or more than anybody can have.
        """
        return _table(self)


@dataclass(frozen=True)
class Progress:
    """How far somebody is within a level."""

    level: int
    into: int
    """XP since the level was reached."""
    step: int | None
    """XP from this level to the next; None at the highest."""
    total: int

    @property
    def missing(self) -> int | None:
        """XP to the next level; None at the highest."""
        return None if self.step is None else self.step - self.into


@dataclass(frozen=True)
class Table:
    """T(0) to T(cap), strictly increasing."""

    totals: tuple[int, ...]

    @property
    def cap(self) -> int:
        """The highest level."""
        return len(self.totals) - 1

    def level(self, xp: int) -> int:
        """The level that so much XP is; 0 or more."""
        return bisect_right(self.totals, max(xp, 0)) - 1

    def differs(self, xp: int, other: int) -> bool:
        """Whether these are different levels; both 0 or more. Sooner known than both levels."""
        above = bisect_right(self.totals, xp)
        return other < self.totals[above - 1] or (above < len(self.totals) and other >= self.totals[above])

    def total(self, level: int) -> int:
        """The XP needed in all for a level, 0 to `cap`."""
        return self.totals[level]

    def progress(self, xp: int) -> Progress:
        """How far so much XP has come."""
        level = self.level(xp)
        step = None if level == self.cap else self.totals[level + 1] - self.totals[level]
        return Progress(level, xp - self.totals[level], step, xp)


@lru_cache(maxsize=256)
def _table(curve: Curve) -> Table:
    at = curve.cubic.at if curve.cubic is not None else _FORMULAS[curve.preset]
    totals = [0]
    for level in range(1, curve.cap + 1):
        needed = at(level)
        if needed <= totals[-1]:
            raise CurveNotRising(level)
        if needed > MAX_XP:
            raise CurveTooSteep(level)
        totals.append(needed)
    return Table(tuple(totals))
