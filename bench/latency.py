"""How long a member waits for an answer, beside a client that says "pong" at once."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bench import clients
from bench.support import Options, Row, Sample, difference, say

BLOCK = 60
"""Commands in a block; there are as many blocks as rounds, and never fewer than 300 commands."""

LEAST = 300
BALANCE_WITHIN = 3.0
PAY_WITHIN = 8.0


async def run(options: Options) -> list[Row]:
    """Milliseconds from the push of INTERACTION_CREATE to the arrival of the answer, over real sockets.

    Commands run one after the other, in interleaved blocks: `/pong` of a bare client, `/balance` and `/pay` of our
    whole bot on SQLite with synchronous=FULL. The sandbox, a process of its own, takes both times on its own clock:
    right before the event is serialised, and when the request that carries the answer has been read; so the way
    through both sockets is in every figure, and cancels out in the difference. A deferred answer would count until
    it is replaced. What is compared is the median of each block with that of the pong block beside it.
    """
    blocks: dict[str, list[float]] = {"pong": [], "balance": [], "pay": []}
    size = max(BLOCK, -(-LEAST // options.rounds))
    async with AsyncExitStack() as stack:
        ours, bare = [
            await stack.enter_async_context(clients.start(side, guilds=20, members=20)) for side in ("ours", "bare")
        ]
        await ours.stage.ask("fill", count=10)
        for command in blocks:
            await (bare if command == "pong" else ours).stage.ask("time", command=command, count=30)
        for number in range(options.rounds):
            for command, medians in blocks.items():
                pair = bare if command == "pong" else ours
                took = await pair.stage.ask("time", command=command, count=size)
                medians.append(Sample.of(took["seconds"]).median * 1000)
            latest = ", ".join(f"{command} {medians[-1]:.1f} ms" for command, medians in blocks.items())
            say(f"  latency, round {number + 1}: {latest}")
    pong, balance, pay = (Sample.of(medians) for medians in blocks.values())
    note = f"{options.rounds} blocks of {size}"
    beside = "a bare client's pong"
    return [
        difference("/balance", "ms", balance, pong, beside, target=BALANCE_WITHIN, digits=2, note=note),
        difference("/pay, synchronous=FULL", "ms", pay, pong, beside, target=PAY_WITHIN, digits=2, note=note),
    ]
