"""A flush of 10,000 members' gains: `services.leveling.flush` beside the raw driver with the same statements."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from bench.overheard import Known, Sides, Step, on_postgres, on_sqlite, overhear
from bench.support import Options, Row, Sample, in_turn, ratio, say
from bot.compose import make_services
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.features import FeatureSettings
from bot.domain.leveling import Batch, Gain
from bot.services import Services
from bot.services.settings_cache import SettingsCache
from tests.support.clock import ManualClock

MEMBERS, GUILDS = 10_000, 10
AT_LEAST = 0.5
_FIRST = 900_500_000_000_000_000
_NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
_OVERHEARD = 2
"""The number of the flush that is overheard: the first one makes the rows, and this one finds them."""


@dataclass(frozen=True)
class Ours:
    """Our services."""

    database: Database
    services: Services

    async def take(self, number: int, _day: int) -> None:
        gains = [
            Gain(100 + one % GUILDS, _FIRST + one, 20, 1, 0, _NOW + timedelta(minutes=number), 7, _NOW.date())
            for one in range(MEMBERS)
        ]
        await self.services.leveling.flush(Batch(number, tuple(gains)))


async def run(options: Options) -> list[Row]:
    """10,000 members of 10 guilds gain once each, in one batch: totals, days, weeks, months and buckets.

    The bare driver is given the very statements of one flush, with its parameters as they are: what it takes to put
    them into arrays or a document is ours alone.
    """
    rows: list[Row] = []
    gc.collect()
    gc.freeze()  # as `folkmoot run` does
    for name, place in (("SQLite", on_sqlite), ("PostgreSQL", on_postgres)):
        async with place(_opened, _overhear) as (ours, sides):
            await ours.take(1, 0)
            rows.append(await _measure(name, sides, options))
    return rows


async def _measure(name: str, sides: Sides, options: Options) -> Row:
    rates: dict[str, list[float]] = {side: [] for side in sides.takes}
    for number in range(options.rounds + 1):  # the first warms up
        await sides.tidy()
        for side in in_turn(number, tuple(sides.takes)):
            began = time.perf_counter()
            await sides.takes[side](_OVERHEARD + 1 + number, 0)
            if number:
                rates[side].append(MEMBERS / (time.perf_counter() - began))
    mine, theirs = Sample.of(rates["ours"]), Sample.of(rates["raw"])
    say(f"  flushes, {name}: ours {mine.median:,.0f}/s, raw {theirs.median:,.0f}/s")
    driver = "bare aiosqlite" if name == "SQLite" else "bare asyncpg"
    what = f"members flushed a second, {name}"
    return ratio(what, "/s", mine, theirs, driver, target=AT_LEAST, digits=0, note=sides.note)


@asynccontextmanager
async def _opened(config: DatabaseConfig) -> AsyncIterator[Ours]:
    await asyncio.to_thread(migrations.upgrade, config)
    clock = ManualClock(_NOW)
    database = Database(config, clock, Random(1))
    try:
        services = make_services(
            database, clock, Random(1), keep_guilds_for=timedelta(days=1),
            features=FeatureSettings.of({"all"}), cache=SettingsCache(trusted=True),
        )  # fmt: skip
        yield Ours(database, services)
    finally:
        await database.close()


async def _overhear(ours: Ours) -> list[Step]:
    await ours.take(1, 0)

    async def learn() -> Known:
        return Known(_OVERHEARD, "-", lambda _doing: "-", -1)

    return await overhear(ours.database, lambda: ours.take(_OVERHEARD, 0), learn)
