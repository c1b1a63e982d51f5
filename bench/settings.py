"""Settings: what reading a guild's section costs that is remembered, which every command and event does first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench.support import BenchError, Options, Row, Sample, difference, in_turn, say
from bot.clock import SystemClock
from bot.compose import make_services
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.coin_range import CoinRange
from bot.domain.economy_settings import EconomySettings
from bot.services.guild_settings import GuildSettingsService

GUILDS = range(1, 1_001)
READS = 100_000
"""In a round."""

MICROSECONDS = 2.0

Read = Callable[[int, type[EconomySettings]], Awaitable[object]]


async def nothing(_guild_id: int, _model: type[EconomySettings]) -> None:
    """What it costs to await anything."""


async def run(options: Options) -> list[Row]:
    """Sections of a thousand guilds, read in turn from memory; beside it a coroutine that does nothing."""
    took: dict[str, list[float]] = {"ours": [], "nothing": []}
    async with _remembered() as settings:
        sides: dict[str, Read] = {"ours": settings.read, "nothing": nothing}
        for number in range(options.rounds):
            say(f"  settings, round {number + 1}")
            for side in in_turn(number, list(sides)):
                took[side].append(await _microseconds(sides[side]))
        await _check(settings)
    mine, beside = Sample.of(took["ours"]), Sample.of(took["nothing"])
    what = "a section that is remembered"
    return [difference(what, "µs", mine, beside, "awaiting nothing", target=MICROSECONDS, digits=2)]


async def _microseconds(read: Read) -> float:
    began = time.perf_counter()
    for _ in range(READS // len(GUILDS)):
        for guild_id in GUILDS:
            await read(guild_id, EconomySettings)
    return (time.perf_counter() - began) / READS * 1_000_000


async def _check(settings: GuildSettingsService) -> None:
    """What was measured were settings, and a change is seen after it."""
    found = await settings.read(GUILDS[0], EconomySettings)
    await settings.change(GUILDS[0], EconomySettings(daily_amount=CoinRange.fixed(77)), base=found.version, by=None)
    amounts = [(await settings.read(guild_id, EconomySettings)).value.daily_amount.low for guild_id in GUILDS[:2]]
    if amounts != [77, 5]:
        raise BenchError(f"read from memory: {amounts}")


@asynccontextmanager
async def _remembered() -> AsyncIterator[GuildSettingsService]:
    """A database in which every guild has chosen something, and all of it in memory."""
    with TemporaryDirectory(prefix="folkmoot-bench-settings-") as folder:
        config = DatabaseConfig(url=f"sqlite+aiosqlite:///{Path(folder) / 'folkmoot.db'}", synchronous_full=False)
        await asyncio.to_thread(migrations.upgrade, config)
        clock, rng = SystemClock(), Random(1)
        database = Database(config, clock, rng)
        settings = make_services(database, clock, rng, keep_guilds_for=timedelta(days=90)).guild_settings
        for guild_id in GUILDS:
            await settings.change(guild_id, EconomySettings(daily_amount=CoinRange.fixed(5)), base=0, by=None)
            await settings.read(guild_id, EconomySettings)
        try:
            yield settings
        finally:
            await database.close()
