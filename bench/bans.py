"""How long a moderator waits for `/ban`, beside a client that bans and says so, and remembers nothing."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bench import clients
from bench.support import Options, Row, Sample, difference, in_turn, say, times

BLOCK = 20
"""Bans in a block; each side has one a round at either pace, and never fewer than 100 bans at it."""

LEAST = 100
WARM_UP = 20
WITHIN = 2.0
SIDES = ("ours", "bare")
AT_ONCE, AS_FROM_AFAR = 0.0, 0.02
"""Seconds that Discord takes for a request: none at all, and less than it ever takes over the internet."""

_SILENT = {"ours": {"silent": True}, "bare": {}}
"""Neither side writes to the member: a letter would be a request that the bare client does not make."""


async def run(options: Options) -> list[Row]:
    """Milliseconds from the push of INTERACTION_CREATE to the arrival of the answer, as in `latency`.

    The owner of a server bans members, one after the other, in interleaved blocks. Both sides make the same requests:
    they look at the member, whose roles matter, then ban them, then answer. Ours writes the case with its number
    before, and after it what came of it: two transactions on SQLite with synchronous=FULL. What is compared is the
    median of each block with that of the bare block beside it. With a Discord in the same machine that answers at once
    the difference is the whole price of our rules and the disk; how many times as long anybody waits is measured with a
    Discord that takes 20 ms for a request, which is still nearer than the real one.
    """
    size = max(BLOCK, -(-LEAST // options.rounds))
    newcomers = WARM_UP + 2 * options.rounds * size
    medians: dict[tuple[str, float], list[float]] = {}
    async with AsyncExitStack() as stack:
        pairs = {
            side: await stack.enter_async_context(clients.start(side, guilds=20, members=20, newcomers=newcomers))
            for side in SIDES
        }
        for side, pair in pairs.items():
            await pair.stage.ask("ban", count=WARM_UP, options=_SILENT[side], delay=AT_ONCE)
        for number in range(options.rounds):
            for delay in (AT_ONCE, AS_FROM_AFAR):
                for side in in_turn(number, SIDES):
                    took = await pairs[side].stage.ask("ban", count=size, options=_SILENT[side], delay=delay)
                    medians.setdefault((side, delay), []).append(Sample.of(took["seconds"]).median * 1000)
            latest = ", ".join(f"{side} {found[-1]:.1f} ms" for (side, _delay), found in medians.items())
            say(f"  bans, round {number + 1}: {latest}")
    return [_row(medians, delay, f"{options.rounds} blocks of {size}, silent") for delay in (AT_ONCE, AS_FROM_AFAR)]


def _row(medians: dict[tuple[str, float], list[float]], delay: float, note: str) -> Row:
    mine, theirs = (Sample.of(medians[side, delay]) for side in SIDES)
    beside = "a bare client's ban"
    if delay == AT_ONCE:
        return difference("/ban, Discord answers at once", "ms", mine, theirs, beside, digits=2, note=note)
    what = f"/ban, Discord takes {delay * 1000:.0f} ms"
    return times(what, "ms", mine, theirs, beside, target=WITHIN, digits=2, note=note)
