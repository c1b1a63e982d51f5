"""Rounds in which many members do something once, ours and the bare driver's in turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from bench.overheard import Sides, Take
from bench.support import Options, Row, Sample, in_turn, ratio, say

MEMBERS, TASKS, BLOCK = 2_000, 32, 250
AT_LEAST = 0.4


async def measure(what: str, name: str, members: range, sides: Sides, options: Options) -> Row:
    """How many do it a second on both sides, each round a day later. Within a round the sides take turns by blocks."""
    rates: dict[str, list[float]] = {side: [] for side in sides.takes}
    for number in range(options.rounds + 1):  # the first warms up
        await sides.tidy()
        took = dict.fromkeys(sides.takes, 0.0)
        for block in range(len(members) // BLOCK):
            for side in in_turn(number + block, tuple(sides.takes)):
                part = members[block * BLOCK : (block + 1) * BLOCK]
                took[side] += await one_round(sides.takes[side], part, number + 2)
        if number:
            for side, seconds in took.items():
                rates[side].append(len(members) / seconds)
            say(f"  {name}, round {number}: ours {rates['ours'][-1]:,.0f}/s, raw {rates['raw'][-1]:,.0f}/s")
    driver = "bare aiosqlite" if name == "SQLite" else "bare asyncpg"
    mine, theirs = Sample.of(rates["ours"]), Sample.of(rates["raw"])
    return ratio(f"{what} a second, {name}", "/s", mine, theirs, driver, target=AT_LEAST, digits=0, note=sides.note)


async def one_round(take: Take, members: Iterable[int], day: int) -> float:
    """The seconds that 32 tasks take to have all of them do it."""
    waiting = iter(members)

    async def work() -> None:
        for member in waiting:
            await take(member, day)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(TASKS)))
    return time.perf_counter() - began
