"""What is to be drawn: plain values, in the words and the language of whoever will look at it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MAX_POINTS = 400
"""Points of a chart: more could not be told apart."""

MAX_FIELDS = 4
MAX_LINES = 3

ACCENT = 0x5B8DEF
"""The colour of whoever chose none."""


class Theme(StrEnum):
    """The ground that a chart is drawn on. Either can be read in Discord's light and dark appearance."""

    DARK = "dark"
    LIGHT = "light"


class Backdrop(StrEnum):
    """The gradient behind a card."""

    SLATE = "slate"
    DUSK = "dusk"
    SEA = "sea"
    FOREST = "forest"
    EMBER = "ember"


class ChartKind(StrEnum):
    """How values are shown."""

    LINE = "line"
    BAR = "bar"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Point:
    """A value, and what it belongs to: a day, a name, a range."""

    label: str
    value: float


@dataclass(frozen=True)
class Chart:
    """Values beside each other. `accent` is 0xRRGGBB, `separator` stands between thousands.

    Raises:
        ValueError: more than `MAX_POINTS` points, or a value that is no finite number.
    """

    kind: ChartKind
    title: str
    points: tuple[Point, ...]
    subtitle: str = ""
    accent: int = ACCENT
    theme: Theme = Theme.DARK
    separator: str = ","

    def __post_init__(self) -> None:
        if len(self.points) > MAX_POINTS:
            raise ValueError(f"a chart has at most {MAX_POINTS} points")
        if not all(math.isfinite(point.value) for point in self.points):
            raise ValueError("a chart shows finite numbers")


@dataclass(frozen=True)
class Field:
    """A value with its name above it."""

    label: str
    value: str


@dataclass(frozen=True)
class Progress:
    """A bar that is filled for `share` (0 to 1; beyond is cut), with words at its two ends."""

    share: float
    label: str = ""
    goal: str = ""


@dataclass(frozen=True)
class Card:
    """A card about somebody. The first `MAX_FIELDS` fields and `MAX_LINES` lines are drawn.

    `avatar` is a PNG, JPEG, WebP or GIF as Discord serves it. Without one that can be read there are initials.
    """

    name: str
    subtitle: str = ""
    avatar: bytes | None = field(default=None, repr=False)
    accent: int = ACCENT
    backdrop: Backdrop = Backdrop.SLATE
    fields: tuple[Field, ...] = ()
    lines: tuple[str, ...] = ()
    progress: Progress | None = None


Spec = Card | Chart
"""Whatever can be drawn."""


@dataclass(frozen=True)
class Picture:
    """A drawn picture, and what it shows in words, for those who don't see it."""

    png: bytes = field(repr=False)
    alt: str


def histogram(values: Sequence[float], *, title: str, bins: int = 12, subtitle: str = "", **look: object) -> Chart:
    """How often values occur, in up to `bins` ranges of one width; each bar is named by where its range begins.

    Raises:
        ValueError: a value that is no finite number.
    """
    if not all(math.isfinite(value) for value in values):
        raise ValueError("a histogram counts finite numbers")
    if not values:
        return Chart(ChartKind.HISTOGRAM, title, (), subtitle)
    low, high = min(values), max(values)
    width = nice_step((high - low) / max(bins, 1)) if high > low else 1.0
    start = math.floor(low / width)
    counts = [0] * (math.floor(high / width) - start + 1)
    for value in values:
        counts[math.floor(value / width) - start] += 1
    points = tuple(Point(f"{(start + place) * width:,.10g}", count) for place, count in enumerate(counts))
    return Chart(ChartKind.HISTOGRAM, title, points, subtitle, **look)  # type: ignore[arg-type]  # handed on as they are


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `least` (above zero)."""
    power = 10.0 ** math.floor(math.log10(least))
    return next((factor * power for factor in (1, 2, 2.5, 5) if factor * power >= least * (1 - 1e-9)), 10 * power)
