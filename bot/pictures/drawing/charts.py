"""Charts: values beside each other, as a line or as bars, between axes that can be read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from bot.pictures.drawing import shapes
from bot.pictures.drawing.text import Colour, Line, line
from bot.pictures.specs import Chart, ChartKind, Theme, nice_step

WIDTH, HEIGHT = 1200, 640
"""In pixels; twice the size in which Discord shows it."""

_MARGIN, _CORNER, _LABEL = 48, 28, 26
_STEPS = 5
_EXACT = 1_000_000
"""From here on numbers on an axis are shortened."""
_WIDEST_BAR = 140
_DOTS = 12
"""Up to so many points are marked on a line."""


@dataclass(frozen=True)
class _Look:
    ground: Colour
    text: Colour
    soft: Colour
    grid: Colour


_LOOKS = {
    Theme.DARK: _Look((30, 32, 40), (245, 246, 250), (168, 175, 192), (52, 55, 67)),
    Theme.LIGHT: _Look((252, 252, 254), (28, 30, 38), (92, 98, 114), (226, 229, 236)),
}


@dataclass(frozen=True)
class _Plot:
    """The inside of the axes, in pixels, and the values at its lower and upper edge."""

    left: int
    top: int
    right: int
    bottom: int
    low: float
    high: float

    def y(self, value: float) -> float:
        """How far down a value lies."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)


def draw(chart: Chart) -> bytes:
    """A chart as a PNG."""
    look = _LOOKS[chart.theme]
    canvas = Image.new("RGB", (WIDTH, HEIGHT), look.ground)
    room = WIDTH - _MARGIN * 2
    line(chart.title, 40, bold=True, width=room).draw(canvas, (_MARGIN, 82), look.text)
    if chart.subtitle:
        line(chart.subtitle, 28, width=room).draw(canvas, (_MARGIN, 124), look.soft)
    if chart.points:
        _draw_values(canvas, chart, look, top=168 if chart.subtitle else 128)
    return shapes.png(canvas, corner=_CORNER)


def _draw_values(canvas: Image.Image, chart: Chart, look: _Look, *, top: int) -> None:
    values = [point.value for point in chart.points]
    marks = ticks(min(values), max(values), from_zero=chart.kind is not ChartKind.LINE)
    named = [line(written(mark, chart.separator, marks[1] - marks[0]), _LABEL) for mark in marks]
    left = _MARGIN + max(label.width for label in named) + 20
    plot = _Plot(left, top, WIDTH - _MARGIN, HEIGHT - 92, marks[0], marks[-1])
    brush = ImageDraw.Draw(canvas)
    for mark, label in zip(marks, named, strict=True):
        height = round(plot.y(mark))
        brush.line((plot.left, height, plot.right, height), fill=look.grid, width=3 if mark == 0 else 2)
        label.draw_right(canvas, (plot.left - 20, height + 9), look.soft)
    accent = shapes.readable(shapes.rgb(chart.accent), look.ground)
    if chart.kind is ChartKind.LINE:
        places = _draw_line(canvas, plot, values, accent, look)
    else:
        places = _draw_bars(canvas, plot, values, accent, gap=0.3 if chart.kind is ChartKind.BAR else 0.04)
    _draw_names(canvas, plot, [point.label for point in chart.points], places, look)


def _draw_line(canvas: Image.Image, plot: _Plot, values: Sequence[float], accent: Colour, look: _Look) -> list[float]:
    step = (plot.right - plot.left - 40) / max(len(values) - 1, 1)
    places = [plot.left + 20 + step * number for number in range(len(values))]
    if len(values) == 1:
        places = [(plot.left + plot.right) / 2]
    around = 12  # room for the line's own width at the edges
    size = (plot.right - plot.left, plot.bottom - plot.top + around * 2)
    path = [(x - plot.left, plot.y(value) - plot.top + around) for x, value in zip(places, values, strict=True)]
    floor = plot.y(min(max(0.0, plot.low), plot.high)) - plot.top + around
    area = Image.new("L", size, 0)
    ImageDraw.Draw(area).polygon([(path[0][0], floor), *path, (path[-1][0], floor)], fill=46)
    canvas.paste(accent, (plot.left, plot.top - around), area)
    if len(path) > 1:
        canvas.paste(accent, (plot.left, plot.top - around), shapes.stroke(size, path, 5))
    marked = zip(places, values, strict=True) if len(values) <= _DOTS else [(places[-1], values[-1])]
    for x, value in marked:
        last = x == places[-1]
        _dot(canvas, (x, plot.y(value)), 10 if last else 6, accent, look.ground)
    return places


def _dot(canvas: Image.Image, at: tuple[float, float], reach: int, colour: Colour, ground: Colour) -> None:
    left, top = round(at[0]), round(at[1])
    shapes.fill_rounded(
        canvas, (left - reach - 3, top - reach - 3, left + reach + 3, top + reach + 3), reach + 3, ground
    )
    shapes.fill_rounded(canvas, (left - reach, top - reach, left + reach, top + reach), reach, colour)


def _draw_bars(canvas: Image.Image, plot: _Plot, values: Sequence[float], accent: Colour, *, gap: float) -> list[float]:
    step = (plot.right - plot.left) / len(values)
    ground = round(plot.y(0))
    places: list[float] = []
    for number, value in enumerate(values):
        middle = plot.left + step * (number + 0.5)
        half = max(step * (1 - gap), 1)
        half = (half if gap < 0.1 else min(half, _WIDEST_BAR)) / 2  # noqa: PLR2004 — a histogram's bars touch
        left, right = middle - half, middle + half
        tip = round(plot.y(value))
        box = (round(left), min(tip, ground), round(right), max(tip, ground))
        shapes.fill_rounded(canvas, box, min(8, max(abs(tip - ground) // 2, 0)), accent)
        places.append((left + right) / 2)
    return places


def _draw_names(canvas: Image.Image, plot: _Plot, names: Sequence[str], places: Sequence[float], look: _Look) -> None:
    """Name as many points as there is room for, evenly from the last one backwards."""
    widest = (plot.right - plot.left) / 3
    labels = [line(name, _LABEL, width=widest) for name in names]
    between = (places[1] - places[0]) if len(places) > 1 else widest
    every = max(math.ceil((max(label.width for label in labels) + 28) / between), 1)
    shown: list[tuple[Line, float]] = [(labels[at], places[at]) for at in range(len(names) - 1, -1, -every)]
    for label, x in shown:
        left = min(max(x - label.width / 2, _MARGIN / 2), WIDTH - _MARGIN / 2 - label.width)
        label.draw(canvas, (left, plot.bottom + 44), look.soft)


def ticks(low: float, high: float, *, from_zero: bool) -> list[float]:
    """Round numbers, evenly apart, that reach from below the lowest value to above the highest; at least two."""
    if from_zero or (low >= 0 and low <= high / 2) or low == high:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        high = low + 1
    step = nice_step((high - low) / _STEPS)
    if step < 1 and low == int(low) and high == int(high):
        step = 1.0
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def written(number: float, separator: str, step: float) -> str:
    """A number for an axis: with separators, as fine as the steps are; large ones shortened (``1.5M``)."""
    for least, sign in ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M")):
        if abs(number) >= least and max(abs(number), step) >= _EXACT:
            return f"{number / least:,.4g}{sign}".replace(",", separator)
    digits = 0 if step == int(step) else min(max(-math.floor(math.log10(step)) + 1, 0), 6)
    return f"{number:,.{digits}f}".replace(",", separator)
