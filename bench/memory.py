"""What the bot occupies in a thousand guilds, and whether messages make it grow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bench import clients
from bench.support import Memory, Options, Row, Sample, difference, memory, say, slope

GUILDS, MEMBERS = 1_000, 100
WITHIN = 80.0
"""MiB above the bare client."""

MESSAGES, STEPS = 200_000, 20
"""In the short form; the full one has 1,000,000 messages."""

FLAT = 5.0
"""MiB for a million messages that still count as flat: what the allocator moves by itself."""

_REST = 3.0


@dataclass(frozen=True)
class _Side:
    """What one client occupied in one round."""

    rest: Memory
    walk: list[tuple[float, Memory]]
    """Millions of messages, and what it occupied after them."""


async def run(options: Options) -> list[Row]:
    """Resident memory (RSS) of both clients, and what is theirs alone (USS), in 1,000 guilds of 100 members.

    The same intents, cache flags and message cache. Read from the kernel 3 s after both answer commands. Then 200
    members write, and memory is read after every step; what is compared is the slope of the last half of the way, in
    MiB for a million messages. The two floods run side by side, for here the clock does not matter.
    """
    count = 1_000_000 if options.full else MESSAGES
    return _rows([await _round(count) for _ in range(options.rounds)], count)


async def _round(count: int) -> list[_Side]:
    """Both clients anew: ours, and the bare one."""
    async with AsyncExitStack() as stack:
        ours, bare = [
            await stack.enter_async_context(clients.start(side, guilds=GUILDS, members=MEMBERS))
            for side in ("ours", "bare")
        ]
        await asyncio.sleep(_REST)
        rests = memory(ours.client.pid), memory(bare.client.pid)
        say(f"  memory at rest: ours {rests[0].rss:.0f} MiB, bare {rests[1].rss:.0f} MiB")
        walks = await asyncio.gather(_walk(ours, count), _walk(bare, count))
    return [_Side(*found) for found in zip(rests, walks, strict=True)]


async def _walk(pair: clients.Pair, count: int) -> list[tuple[float, Memory]]:
    step = count // STEPS
    found: list[tuple[float, Memory]] = []
    for number in range(1, STEPS + 1):
        await pair.stage.ask("flood", count=step, marker=pair.marker, seconds=600)
        found.append((number * step / 1e6, memory(pair.client.pid)))
        if number % 5 == 0:
            say(f"  memory after {number * step:,} messages: {pair.kind} {found[-1][1].rss:.1f} MiB")
    return found


def _rows(rounds: Sequence[Sequence[_Side]], count: int) -> list[Row]:
    bare = "a bare AutoShardedBot"
    ours, theirs = zip(*rounds, strict=True)

    def compared(what: str, read: Callable[[_Side], float], target: float | None) -> Row:
        mine, beside = (Sample.of([read(side) for side in sides]) for sides in (ours, theirs))
        return difference(what, "MiB", mine, beside, bare, target=target)

    growth = Sample.of([_growth(side.walk) for side in ours])
    flat = Sample.of([0.0] * len(rounds))
    beside = Sample.of([_growth(side.walk) for side in theirs])
    note = f"slope of the last half of {count:,} messages; the bare client's: {beside.show(1)}"
    return [
        compared("RSS at rest, 1,000 x 100", lambda side: side.rest.rss, WITHIN),
        compared("USS at rest, 1,000 x 100", lambda side: side.rest.uss, None),
        compared(f"RSS after {count:,} messages", lambda side: side.walk[-1][1].rss, WITHIN),
        difference("growth by a million messages", "MiB", growth, flat, "flat", target=FLAT, note=note),
    ]


def _growth(walk: list[tuple[float, Memory]]) -> float:
    half = walk[len(walk) // 2 - 1 :]
    return slope([(at, found.rss) for at, found in half])
