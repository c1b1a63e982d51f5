"""Events a second: a flood of messages against the whole bot and against a bare client."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bench import clients
from bench.support import Options, Row, Sample, difference, in_turn, processor_seconds, ratio, say

COUNT = 30_000
"""Messages in a round."""

WARM_UP = 2_000
AT_LEAST = 0.8
SIDES = ("ours", "bare", "reader")


async def run(options: Options) -> list[Row]:
    """Messages a second through our whole bot (SQLite, recorder, gate, everything) and through a bare AutoShardedBot.

    The same intents, cache flags and message cache; 200 members of 20 guilds write in turn; each client is a process
    with a sandbox process of its own, and only one pair works at a time. A round is timed by the sandbox, from the
    first message handed to the gateway until the answer to a command sent right behind the last one: events are taken
    in order, so all messages were parsed and dispatched by then. The bare client's single `on_message` does nothing.
    A reader that only undoes the compression shows what the sandbox itself can send. Processor time a message is
    given too, for it moves less than the clock does on a machine that others use.
    """
    rates: dict[str, list[float]] = {side: [] for side in SIDES}
    costs: dict[str, list[float]] = {side: [] for side in SIDES}
    async with AsyncExitStack() as stack:
        pairs = {side: await stack.enter_async_context(clients.start(side, guilds=20, members=20)) for side in SIDES}
        for pair in pairs.values():
            await pair.stage.ask("flood", count=WARM_UP, marker=pair.marker)
        for number in range(options.rounds):
            for side in in_turn(number, SIDES):
                pair = pairs[side]
                before = processor_seconds(pair.client.pid)
                took = await pair.stage.ask("flood", count=COUNT, marker=pair.marker)
                costs[side].append((processor_seconds(pair.client.pid) - before) / COUNT * 1e6)
                rates[side].append(COUNT / took["seconds"])
            say(f"  events, round {number + 1}: " + ", ".join(f"{side} {rates[side][-1]:,.0f}/s" for side in SIDES))
    return _rows(rates, costs)


def _rows(rates: dict[str, list[float]], costs: dict[str, list[float]]) -> list[Row]:
    rate = {side: Sample.of(values) for side, values in rates.items()}
    cost = {side: Sample.of(values) for side, values in costs.items()}
    limit = f"the sandbox can send {rate['reader'].show(0)}/s"
    bare = "a bare AutoShardedBot"
    return [
        ratio("messages a second", "/s", rate["ours"], rate["bare"], bare, target=AT_LEAST, digits=0, note=limit),
        difference("processor time a message", "µs", cost["ours"], cost["bare"], bare, digits=0),
    ]
