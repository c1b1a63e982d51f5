"""Events a second: a flood of messages against the whole bot and against a bare client."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bench import clients
from bench.support import Options, Row, Sample, difference, in_turn, processor_seconds, ratio, say

COUNT = 30_000
"""Messages in a round."""

WARM_UP = 2_000
SIDES = ("ours", "bare", "reader")
CROWDS = {200: 0.8, 60_000: 0.6}
"""How many write, and what part of the bare client's rate is to be reached."""


async def run(options: Options) -> list[Row]:
    """Messages a second through our whole bot (SQLite, recorder, gate, everything) and through a bare AutoShardedBot.

    The same intents, cache flags and message cache; members of 20 guilds write in turn, 200 of them or 60,000, and
    every message earns XP, which is written each second. Each client is a process with a sandbox process of its own,
    and only one pair works at a time. A round is timed by the sandbox, from the first message handed to the gateway
    until the answer to a command sent right behind the last one: events are taken in order, so all messages were
    parsed and dispatched by then. The bare client's single `on_message` does nothing. A reader that only undoes the
    compression shows what the sandbox itself can send. Processor time a message is given too, for it moves less than
    the clock does on a machine that others use; the flushes are in it.
    """
    return [row for crowd in CROWDS for row in await _of(crowd, options)]


async def _of(crowd: int, options: Options) -> list[Row]:
    rates: dict[str, list[float]] = {side: [] for side in SIDES}
    costs: dict[str, list[float]] = {side: [] for side in SIDES}
    count = max(COUNT, crowd)
    async with AsyncExitStack() as stack:
        pairs = {
            side: await stack.enter_async_context(clients.start(side, guilds=20, members=20, crowd=crowd))
            for side in SIDES
        }
        for pair in pairs.values():
            await pair.stage.ask("flood", count=max(WARM_UP, crowd), marker=pair.marker)
        for number in range(options.rounds):
            for side in in_turn(number, SIDES):
                pair = pairs[side]
                before = processor_seconds(pair.client.pid)
                took = await pair.stage.ask("flood", count=count, marker=pair.marker)
                costs[side].append((processor_seconds(pair.client.pid) - before) / count * 1e6)
                rates[side].append(count / took["seconds"])
            found = ", ".join(f"{side} {rates[side][-1]:,.0f}/s" for side in SIDES)
            say(f"  events of {crowd:,} members, round {number + 1}: {found}")
    return _rows(crowd, rates, costs)


def _rows(crowd: int, rates: dict[str, list[float]], costs: dict[str, list[float]]) -> list[Row]:
    rate = {side: Sample.of(values) for side, values in rates.items()}
    cost = {side: Sample.of(values) for side, values in costs.items()}
    limit = f"the sandbox can send {rate['reader'].show(0)}/s"
    bare, whose = "a bare AutoShardedBot", f"{crowd:,} members write and earn"
    return [
        ratio(
            f"messages a second, {whose}", "/s", rate["ours"], rate["bare"], bare,
            target=CROWDS[crowd], digits=0, note=limit,
        ),
        difference(f"processor time a message, {whose}", "µs", cost["ours"], cost["bare"], bare, digits=0),
    ]  # fmt: skip
