"""How long a member waits for a ticket, beside a client that makes a channel, writes into it, and remembers nothing."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bench import clients
from bench.support import Options, Row, Sample, difference, in_turn, say, times

BLOCK = 10
"""Tickets in a block; each side has one a round at either pace."""

WARM_UP = 10
WITHIN = 1.5
SIDES = ("ours", "bare")
AT_ONCE, AS_FROM_AFAR = 0.0, 0.05
"""Seconds that Discord takes for a request: none at all, and less than it takes to make a channel."""

_COMMANDS = {"ours": ("ticket open", {"topic": "Help"}), "bare": ("open", {})}


async def run(options: Options) -> list[Row]:
    """Milliseconds from the push of INTERACTION_CREATE to the arrival of the message that opens the ticket.

    Members open tickets one after the other, in interleaved blocks. Both sides make the same three requests: a channel
    that the member and nobody else sees, the first message in it, and the answer. Ours writes the ticket before, and
    after it what came of it and the message that it owes, which the outbox takes and sends: four transactions on SQLite
    with synchronous=FULL. How many times as long anybody waits is measured with a Discord that takes 50 ms for a
    request: the real one takes several times that to make a channel.
    """
    medians: dict[tuple[str, float], list[float]] = {}
    async with AsyncExitStack() as stack:
        pairs = {
            side: await stack.enter_async_context(clients.start(side, guilds=20, members=20, topics=True))
            for side in SIDES
        }

        async def block(side: str, count: int, delay: float) -> Sample:
            command, chosen = _COMMANDS[side]
            took = await pairs[side].stage.ask("open", count=count, command=command, options=chosen, delay=delay)
            return Sample.of(took["seconds"])

        for side in SIDES:
            await block(side, WARM_UP, AT_ONCE)
        for number in range(options.rounds):
            for delay in (AT_ONCE, AS_FROM_AFAR):
                for side in in_turn(number, SIDES):
                    found = await block(side, BLOCK, delay)
                    medians.setdefault((side, delay), []).append(found.median * 1000)
            latest = ", ".join(f"{side} {found[-1]:.1f} ms" for (side, _delay), found in medians.items())
            say(f"  tickets, round {number + 1}: {latest}")
    return [_row(medians, delay, f"{options.rounds} blocks of {BLOCK}") for delay in (AT_ONCE, AS_FROM_AFAR)]


def _row(medians: dict[tuple[str, float], list[float]], delay: float, note: str) -> Row:
    mine, theirs = (Sample.of(medians[side, delay]) for side in SIDES)
    beside = "a bare client's channel and message"
    if delay == AT_ONCE:
        return difference("a ticket, Discord answers at once", "ms", mine, theirs, beside, digits=2, note=note)
    what = f"a ticket, Discord takes {delay * 1000:.0f} ms"
    return times(what, "ms", mine, theirs, beside, target=WITHIN, digits=2, note=note)
