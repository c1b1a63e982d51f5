"""Payments a second: `services.economy.pay` beside the raw driver with the same statements, on both databases."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from bench.drivers import Pay, plain_dsn, raw_postgres, raw_sqlite
from bench.recipe import GUILD, overhear
from bench.support import ROOT, BenchError, Options, Row, Sample, in_turn, ratio, say
from bot.clock import SystemClock
from bot.compose import make_services
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.economy import Party
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.services import Services
from bot.services.settings_cache import SettingsCache
from tests.support.postgres import start_server

ACCOUNTS = 20
TASKS = 32
PAYMENTS = 2_000
"""In a round."""

BLOCK = 250
"""Payments of one side before the other has its turn."""

WARM_UP = 1_000
AT_LEAST = 0.4
_FIRST = 900_200_000_000_000_000

Tidy = Callable[[], Awaitable[None]]
Order = tuple[int, int, int, str]
"""Sender, recipient, amount, key."""


@dataclass(frozen=True)
class Ours:
    """Our services on a database with all accounts opened and plenty in them."""

    database: Database
    services: Services

    async def pay(self, sender: int, recipient: int, amount: int, key: str) -> None:
        party = Party(recipient, is_bot=False, is_member=True)
        await self.services.economy.pay(GUILD, sender, party, amount, key=key)


async def run(options: Options) -> list[Row]:
    """2,000 payments a round by 32 tasks at once among 20 hot accounts, ours and the bare driver's in turn.

    Ours is `services.economy.pay` with everything behind it. The bare driver (aiosqlite, asyncpg) is given the very
    statements that ours hands to it, overheard (see `recipe.py`), in the same order between the same BEGIN
    [IMMEDIATE] and COMMIT, prepared and kept as the driver does by itself, with the same PRAGMAs or as large a pool,
    on a database file (or database) of its own made by the same migrations. Before each round PostgreSQL is vacuumed
    and analysed, as autovacuum would do, which the tests' server has switched off: a plan made while the tables were
    empty would read all of them, more so on the side whose connections live longer. The bare driver checks nothing,
    retries nothing, and takes one trip for a statement where it can; so this is the whole price of SQLAlchemy and of
    our rules. Within a round the sides take turns by 250 payments, so that both meet the same disk.

    A busy disk flatters the ratio: both sides then wait for the same fsync. The figure to trust is a quiet machine's.
    """
    rows: list[Row] = []
    for name, place in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        async with place() as (ours, raw, tidy, note):
            rows.append(await _measure(name, {"ours": ours.pay, "raw": raw}, tidy, note, options))
            audit = await ours.services.economy.audit(GUILD)
            if not audit.sound:
                raise BenchError(f"the ledger does not add up after the benchmark: {audit}")
    return rows


async def _measure(name: str, pays: dict[str, Pay], tidy: Tidy, note: str, options: Options) -> Row:
    rates: dict[str, list[float]] = {side: [] for side in pays}
    for side, pay in pays.items():
        await _round(pay, _orders(WARM_UP, f"warm-{side}"))
    for number in range(options.rounds):
        await tidy()
        took = dict.fromkeys(pays, 0.0)
        for block in range(PAYMENTS // BLOCK):
            for side in in_turn(number + block, tuple(pays)):
                took[side] += await _round(pays[side], _orders(BLOCK, f"{number}-{block}-{side}"))
        for side, seconds in took.items():
            rates[side].append(PAYMENTS / seconds)
        say(f"  {name}, round {number + 1}: ours {rates['ours'][-1]:,.0f}/s, raw {rates['raw'][-1]:,.0f}/s")
    driver = "bare aiosqlite" if name == "SQLite" else "bare asyncpg"
    mine, theirs = Sample.of(rates["ours"]), Sample.of(rates["raw"])
    return ratio(f"payments a second, {name}", "/s", mine, theirs, driver, target=AT_LEAST, digits=0, note=note)


def _orders(count: int, name: str) -> list[Order]:
    rng = random.Random(name)
    pairs = [rng.sample(range(ACCOUNTS), 2) for _ in range(count)]
    return [
        (_FIRST + sender, _FIRST + recipient, rng.randint(1, 50), f"i:{name}:{number}")
        for number, (sender, recipient) in enumerate(pairs)
    ]


async def _round(pay: Pay, orders: list[Order]) -> float:
    """The seconds that 32 tasks take to work off the orders."""
    waiting = iter(orders)

    async def work() -> None:
        for order in waiting:
            await pay(*order)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(TASKS)))
    return time.perf_counter() - began


# The two places -----------------------------------------------------------------------------------------

Place = tuple[Ours, Pay, Tidy, str]


@asynccontextmanager
async def _opened(config: DatabaseConfig) -> AsyncIterator[Ours]:
    await asyncio.to_thread(migrations.upgrade, config)
    clock, rng = SystemClock(), random.SystemRandom()
    database = Database(config, clock, rng)
    try:
        cache = SettingsCache(trusted=True)  # as in a bot that hears of every change: here nobody else makes any
        everything = FeatureSettings.of({"all"})
        services = make_services(
            database, clock, rng, keep_guilds_for=timedelta(days=1), features=everything, cache=cache
        )
        # A guild that changed its settings, as active ones have, and whose members can afford it.
        await services.guild_settings.change(GUILD, EconomySettings(starting_balance=10**9), base=0, by=None)
        ours = Ours(database, services)
        for number in range(ACCOUNTS):
            await ours.pay(_FIRST + number, _FIRST + (number + 1) % ACCOUNTS, number + 1, f"i:open:{number}")
        yield ours
    finally:
        await database.close()


@asynccontextmanager
async def _sqlite() -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        # On the disk that the project is on: a temporary folder may be memory, where a commit waits for nothing.
        (ROOT / "bench" / "results").mkdir(exist_ok=True)
        folder = stack.enter_context(TemporaryDirectory(dir=ROOT / "bench" / "results", prefix="sqlite-"))
        configs = [DatabaseConfig(f"sqlite+aiosqlite:///{Path(folder) / name}.db") for name in ("ours", "raw")]
        ours = await stack.enter_async_context(_opened(configs[0]))
        async with _opened(configs[1]) as other:
            recipe = await overhear(other.database, other.services, _FIRST, _FIRST + 1)
        raw = await stack.enter_async_context(raw_sqlite(configs[1], recipe))
        note = f"WAL, synchronous=FULL, {_file_system(Path(folder))}; BEGIN IMMEDIATE, {recipe}, COMMIT"
        yield ours, raw, _nothing, note


@asynccontextmanager
async def _postgres() -> AsyncIterator[Place]:
    server = await asyncio.to_thread(start_server, fsync=True)
    try:
        async with AsyncExitStack() as stack:
            configs: list[DatabaseConfig] = []
            for name in ("folkmoot_bench_ours", "folkmoot_bench_raw"):
                await asyncio.to_thread(server.create_database, name)
                configs.append(DatabaseConfig(server.url(name)))
            ours = await stack.enter_async_context(_opened(configs[0]))
            async with _opened(configs[1]) as other:
                recipe = await overhear(other.database, other.services, _FIRST, _FIRST + 1)
            raw = await stack.enter_async_context(raw_postgres(configs[1], recipe))
            note = f"fsync on, from {server.way}, pool {_pool(configs[0])}; BEGIN, {recipe}, COMMIT"
            yield ours, raw, partial(_vacuum, configs), note
    finally:
        await asyncio.to_thread(server.stop)


async def _nothing() -> None:
    """SQLite plans by the keys alone."""


async def _vacuum(configs: Sequence[DatabaseConfig]) -> None:
    for config in configs:
        connection = await asyncpg.connect(plain_dsn(config))
        try:
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()


def _pool(config: DatabaseConfig) -> str:
    return f"{config.pool_size}+{config.pool_overflow}"


def _file_system(path: Path) -> str:
    """The kind of file system a path is on."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    inside = [(where, kind) for where, kind in mounts if path.is_relative_to(where)]
    return max(inside, key=lambda mount: len(mount[0]))[1]
