"""Pictures: what one costs to draw, and what the bot's loop notices of a hundred."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from statistics import median
from typing import Any

import structlog

from bench.support import Options, Row, Sample, difference, memory, processor_seconds, say
from bot.pictures.specs import Card, Chart, ChartKind, Field, Point, Progress, Spec
from bot.pictures.studio import Pictures

EACH, AT_ONCE = 25, 100
DRAWING, LAG = 40.0, 20.0
"""Milliseconds: of the processor for one picture, and by which the loop may be late."""

NAMES = (
    "Mira Sørensen",
    "مرحبا بالعالم 🎉",
    "漢字かな名前漢字かな名前漢字",
    "안녕하세요 👩‍🚀",
    "Καλημέρα κόσμε",
    "Привет, мир",
)


def card(number: int) -> Card:
    fields = tuple(Field(label, f"{number * 1_000 + 250:,}") for label in ("Messages", "Minutes", "Coins"))
    progress = Progress(number % 10 / 10, "1,240 XP", "2,000 XP")
    return Card(NAMES[number % len(NAMES)], f"Level {number}", fields=fields, lines=("Since 2024",), progress=progress)


def chart(number: int) -> Chart:
    points = tuple(Point(f"Nov {day}", day * number % 97 * 25) for day in range(30))
    return Chart(ChartKind.LINE, "Your wallet, the last 30 days", points)


def refused(_: int) -> Card:
    return Card(name=0)  # type: ignore[arg-type]  # so that the worker answers without drawing


@dataclass(frozen=True)
class Cost:
    """Milliseconds for one picture."""

    processor: float
    waited: float


async def run(options: Options) -> list[Row]:
    """The worker's processor time for a picture, and the latest waking of a loop that only sleeps.

    Beside it: asking for what the worker refuses, and the same loop while nothing is drawn.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    pictures = Pictures(patience=120)
    costs: dict[str, list[Cost]] = {"card": [], "chart": [], "nothing": []}
    lags: dict[str, list[float]] = {"idle": [], "drawing": []}
    await _all(pictures)  # each font is read once
    for number in range(options.rounds):
        say(f"  cards, round {number + 1}")
        for name, make in (("nothing", refused), ("card", card), ("chart", chart)):
            costs[name].append(await _cost(pictures, make))
        lags["idle"].append(await _latest(asyncio.sleep(2)))
        lags["drawing"].append(await _latest(_all(pictures)))
    resident = memory(pictures.worker or 0).rss
    await pictures.close()
    return _rows(costs, lags, resident)


def _rows(costs: dict[str, list[Cost]], lags: dict[str, list[float]], resident: float) -> list[Row]:
    rows: list[Row] = []
    for name in ("card", "chart"):
        for what, target in (("processor", DRAWING), ("waited", None)):
            mine, none = ([getattr(cost, what) for cost in costs[kind]] for kind in (name, "nothing"))
            title = f"one {name}, {'processor time' if target else 'until it is there'}"
            rows.append(difference(title, "ms", Sample.of(mine), Sample.of(none), "asking alone", target=target))
    late, quiet = Sample.of(lags["drawing"]), Sample.of(lags["idle"])
    note = f"the worker occupied {resident:.0f} MiB"
    lag = f"loop lag, {AT_ONCE} cards at once"
    return [*rows, difference(lag, "ms", late, quiet, "an idle loop", target=LAG, note=note)]


async def _cost(pictures: Pictures, make: Callable[[int], Spec]) -> Cost:
    waited: list[float] = []
    pid = pictures.worker or 0
    before = processor_seconds(pid)
    for number in range(EACH):
        began = time.perf_counter()
        await pictures.draw(make(number))
        waited.append(time.perf_counter() - began)
    return Cost((processor_seconds(pid) - before) / EACH * 1_000, median(waited) * 1_000)


async def _all(pictures: Pictures) -> None:
    drawn = await asyncio.gather(*(pictures.draw(card(number)) for number in range(AT_ONCE)))
    assert None not in drawn


async def _latest(work: Coroutine[Any, Any, object]) -> float:
    """The most milliseconds by which a sleep of one was late while `work` was done."""
    task = asyncio.create_task(work)
    latest = 0.0
    while not task.done():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        latest = max(latest, time.perf_counter() - began - 0.001)
    await task
    return latest * 1_000
