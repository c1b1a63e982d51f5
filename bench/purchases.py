"""Purchases a second: `services.purchases.buy` beside the raw driver with the same statements, on both databases."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from bench.overheard import Known, Step, on_postgres, on_sqlite, overhear
from bench.recipe import GUILD
from bench.rounds import MEMBERS, measure, one_round
from bench.support import BenchError, Options, Row
from bot.clock import SystemClock
from bot.compose import make_services
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.domain.purchases import Asked, Buyer
from bot.domain.role_grants import GuildFacts
from bot.domain.roles import Reach
from bot.domain.shop import Item, ItemDraft
from bot.features import invariants
from bot.services import Services
from bot.services.settings_cache import SettingsCache
from bot.services.shop import By
from bot.services.verify import VerifyService

THINGS, PRICE = 20, 31
_FIRST = 900_400_000_000_000_000
_FACTS = GuildFacts({}, Reach(1, may_manage=False))


@dataclass(frozen=True)
class Ours:
    """Our services on a database in which everybody has plenty, and a shop."""

    database: Database
    services: Services
    things: Sequence[Item]

    async def take(self, member: int, day: int) -> None:
        asked = Asked(self.things[member % THINGS].id, 1, PRICE)
        await self.services.purchases.buy(GUILD, Buyer(member, frozenset(), _FACTS), asked, key=f"i:{member}:{day}")


async def run(options: Options) -> list[Row]:
    """2,000 members buy a copy of one of 20 things, 32 at once; as `transfers` otherwise.

    The bare driver is given the very statements of a purchase, overheard, with the values of each member's.
    """
    rows: list[Row] = []
    members = range(_FIRST, _FIRST + MEMBERS)
    for name, place in (("SQLite", on_sqlite), ("PostgreSQL", on_postgres)):
        async with place(_opened, _overhear) as (ours, sides):
            rows.append(await measure("purchases", name, members, sides, options))
            found = await VerifyService(ours.database, invariants()).guild(GUILD)
            if wrong := [one for one in found if one.grave]:
                raise BenchError(f"something does not add up after the benchmark: {wrong}")
    return rows


async def _overhear(ours: Ours) -> list[Step]:
    """The statements of a second purchase, by a member whose number nobody else has."""
    member = _FIRST - THINGS
    await ours.take(member, -1)
    things = {ours.things[0].id: lambda one: ours.things[one.member % THINGS].id}

    async def learn() -> Known:
        made = (await ours.services.economy.statement(GUILD, member)).lines[0]
        return Known(member, f"i:{member}:0", lambda one: f"i:{one.member}:{one.day}", made.balance_after or 0, things)

    return await overhear(ours.database, lambda: ours.take(member, 0), learn)


@asynccontextmanager
async def _opened(config: DatabaseConfig) -> AsyncIterator[Ours]:
    """Our services, on a database in which everybody has bought once."""
    await asyncio.to_thread(migrations.upgrade, config)
    clock, rng = SystemClock(), random.SystemRandom()
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
        await services.guild_settings.change(GUILD, EconomySettings(starting_balance=10**9), base=0, by=None)
        drafts = [ItemDraft(name=f"Thing {number}", price=PRICE, stock=10**6) for number in range(THINGS)]
        things = [await services.shop.create(GUILD, draft, By(1)) for draft in drafts]
        ours = Ours(database, services, things)
        await one_round(ours.take, range(_FIRST, _FIRST + MEMBERS), 1)
        yield ours
    finally:
        await database.close()
