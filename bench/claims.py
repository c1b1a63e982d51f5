"""Claims a second: `services.earning.daily` beside the raw driver with the same statements, on both databases."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.overheard import Known, Step, on_postgres, on_sqlite, overhear
from bench.recipe import GUILD
from bench.rounds import MEMBERS, measure, one_round
from bench.support import BenchError, Options, Row
from bot.compose import make_services
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.services import Services
from bot.services.settings_cache import SettingsCache

_FIRST = 900_300_000_000_000_000
_BEGAN = datetime(2026, 1, 5, 12, tzinfo=UTC)


@dataclass
class Days:
    """A clock at noon of a day that the benchmark chooses."""

    day: int = 0

    def now(self) -> datetime:
        return _BEGAN + timedelta(days=self.day)


@dataclass(frozen=True)
class Ours:
    """Our services, by a clock of the benchmark's own."""

    database: Database
    services: Services
    clock: Days

    async def take(self, member: int, day: int) -> None:
        self.clock.day = day
        await self.services.earning.daily(GUILD, member, key=f"i:{member}:{day}")


async def run(options: Options) -> list[Row]:
    """2,000 members claim their coins of a day, 32 at once; each round is the next day. As `transfers` otherwise.

    The bare driver is given the very statements of one claim, overheard, with its values and times moved on.
    """
    rows: list[Row] = []
    members = range(_FIRST, _FIRST + MEMBERS)
    for name, place in (("SQLite", on_sqlite), ("PostgreSQL", on_postgres)):
        async with place(_opened, _overhear) as (ours, sides):
            rows.append(await measure("claims", name, members, sides, options))
            audit = await ours.services.economy.audit(GUILD)
            if not audit.sound:
                raise BenchError(f"the ledger does not add up after the benchmark: {audit}")
    return rows


async def _overhear(ours: Ours) -> list[Step]:
    """The statements of a second claim, by a member whose number nobody else has."""
    member = _FIRST - 1
    await ours.take(member, -1)

    async def learn() -> Known:
        made = (await ours.services.economy.statement(GUILD, member)).lines[0]
        return Known(member, f"i:{member}:0", lambda one: f"i:{one.member}:{one.day}", made.balance_after or 0)

    return await overhear(ours.database, lambda: ours.take(member, 0), learn)


@asynccontextmanager
async def _opened(config: DatabaseConfig) -> AsyncIterator[Ours]:
    """Our services, on a database in which everybody has claimed once."""
    await asyncio.to_thread(migrations.upgrade, config)
    clock, rng = Days(), random.SystemRandom()
    database = Database(config, clock, rng)
    try:
        services = make_services(
            database,
            clock,
            rng,
            keep_guilds_for=timedelta(days=1),
            features=FeatureSettings.of({"all"}),
            cache=SettingsCache(trusted=True),
        )
        await services.guild_settings.change(GUILD, EconomySettings(starting_balance=7), base=0, by=None)
        ours = Ours(database, services, clock)
        await one_round(ours.take, range(_FIRST, _FIRST + MEMBERS), 1)
        yield ours
    finally:
        await database.close()
