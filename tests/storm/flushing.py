"""A process that writes gains of members that another one writes gains of as well.

    python -m tests.storm.flushing URL SEED BATCHES

Prints a line for each batch before it is written, and another one when it is.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from random import Random

from bot.clock import SystemClock
from bot.compose import make_services
from bot.db.engine import Database
from bot.domain.features import FeatureSettings
from bot.domain.leveling import Batch, Gain
from tests.storm.blow import config_of

GUILD = 4_001
MEMBERS = range(1, 301)
AT_ONCE = 200
"""Members in a batch: any two have many in common."""

_FIRST = datetime(2026, 2, 27, 12, tzinfo=UTC)
"""A Friday at the end of a month: the days after it differ in week and month."""


def batch_of(seed: int, number: int) -> Batch:
    """The batch with a number, in no order, of two days."""
    rng = Random(f"{seed}:{number}")
    day = _FIRST + timedelta(days=rng.randrange(4))
    gains = [
        Gain(GUILD, one, rng.randint(15, 900), 1, 0, day, 7, (day + timedelta(days=rng.randrange(2))).date())
        for one in rng.sample(MEMBERS, AT_ONCE)
    ]
    return Batch(seed * 10**9 + number, tuple(gains))


async def _write(url: str, seed: int, batches: int) -> None:
    clock, rng = SystemClock(), Random(seed)
    database = Database(config_of(url), clock, rng)
    features = FeatureSettings.of({"all"})
    services = make_services(database, clock, rng, keep_guilds_for=timedelta(days=1), features=features)
    try:
        await database.ping()
        print("ready", flush=True)  # noqa: T201 — whoever started us waits for it
        sys.stdin.readline()
        for number in range(batches):
            print("asked", number, flush=True)  # noqa: T201 — outlives us
            await services.leveling.flush(batch_of(seed, number))
            print("written", number, flush=True)  # noqa: T201
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(_write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
