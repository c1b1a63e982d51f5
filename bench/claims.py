"""Claims a second: `services.earning.daily` beside the raw driver with the same statements, on both databases."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiosqlite
import asyncpg
from sqlalchemy import event

from bench.drivers import plain_dsn
from bench.recipe import GUILD
from bench.support import ROOT, BenchError, Options, Row, Sample, in_turn, ratio, say
from bot.compose import make_services
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.engines import SQLITE_PRAGMAS
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.services import Services
from bot.services.settings_cache import SettingsCache
from tests.support.postgres import start_server

MEMBERS, TASKS, BLOCK = 2_000, 32, 250
AT_LEAST = 0.4
_FIRST = 900_300_000_000_000_000
_BEGAN = datetime(2026, 1, 5, 12, tzinfo=UTC)
_AS_TEXT = "%Y-%m-%d %H:%M:%S.%f"

_ids = count(10**15)

Take = Callable[[int, int], Awaitable[None]]
"""A member's claim on a day, counted from the first."""


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


@dataclass
class Claim:
    """A claim on its way through the statements."""

    member: int
    day: int
    id: int = field(default_factory=lambda: next(_ids))
    balance: int = 0


Step = tuple[str, list[list[Callable[[Claim], Any]]], bool]
"""A statement, what goes into its places in each set of values, and whether there are several sets."""


async def run(options: Options) -> list[Row]:
    """2,000 members claim their coins of a day, 32 at once; each round is the next day. As `transfers` otherwise.

    The bare driver is given the very statements of one claim, overheard, with its values and times moved on.
    """
    rows: list[Row] = []
    for name, place in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        async with place() as (ours, raw, tidy, note):
            rows.append(await _measure(name, {"ours": ours.take, "raw": raw}, tidy, note, options))
            audit = await ours.services.economy.audit(GUILD)
            if not audit.sound:
                raise BenchError(f"the ledger does not add up after the benchmark: {audit}")
    return rows


async def _measure(
    name: str, sides: dict[str, Take], tidy: Callable[[], Awaitable[None]], note: str, options: Options
) -> Row:
    rates: dict[str, list[float]] = {side: [] for side in sides}
    members = list(range(_FIRST, _FIRST + MEMBERS))
    for number in range(options.rounds + 1):  # the first warms up
        await tidy()
        took = dict.fromkeys(sides, 0.0)
        for block in range(MEMBERS // BLOCK):
            for side in in_turn(number + block, tuple(sides)):
                part = members[block * BLOCK : (block + 1) * BLOCK]
                took[side] += await _round(sides[side], part, number + 2)
        if number:
            for side, seconds in took.items():
                rates[side].append(MEMBERS / seconds)
            say(f"  {name}, round {number}: ours {rates['ours'][-1]:,.0f}/s, raw {rates['raw'][-1]:,.0f}/s")
    driver = "bare aiosqlite" if name == "SQLite" else "bare asyncpg"
    mine, theirs = Sample.of(rates["ours"]), Sample.of(rates["raw"])
    return ratio(f"claims a second, {name}", "/s", mine, theirs, driver, target=AT_LEAST, digits=0, note=note)


async def _round(take: Take, members: Iterable[int], day: int) -> float:
    waiting = iter(members)

    async def work() -> None:
        for member in waiting:
            await take(member, day)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(TASKS)))
    return time.perf_counter() - began


# What is said to the database ---------------------------------------------------------------------------


async def _overhear(ours: Ours, member: int) -> list[Step]:
    """The statements of a second claim, by a member whose number nobody else has."""
    heard: list[tuple[str, list[Any], bool]] = []

    def listen(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        if not sql.startswith("BEGIN"):
            heard.append((sql, list(values) if many else [values], many))

    await ours.take(member, 0)
    engine = ours.database.writer.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    await ours.take(member, 1)
    event.remove(engine, "before_cursor_execute", listen)
    made = (await ours.services.economy.statement(GUILD, member)).lines[0]
    known = {member: "member", made.transaction_id: "id", f"i:{member}:1": "key", made.balance_after: "balance"}
    return [(sql, [[_slot(value, known) for value in values] for values in sets], many) for sql, sets, many in heard]


def _slot(value: Any, known: dict[Any, str]) -> Callable[[Claim], Any]:  # noqa: PLR0911 — a table
    match known.get(value) if isinstance(value, (int, str)) else None:
        case "member":
            return lambda claim: claim.member
        case "id":
            return lambda claim: claim.id
        case "key":
            return lambda claim: f"i:{claim.member}:{claim.day}"
        case "balance":
            return lambda claim: claim.balance
        case _:
            pass
    if isinstance(value, datetime):
        return lambda claim: value + timedelta(days=claim.day - 1)
    if isinstance(value, str) and value[:3] == "202" and value[10:11] == " ":
        said = datetime.strptime(value, _AS_TEXT)  # noqa: DTZ007 — as SQLite keeps them
        return lambda claim: (said + timedelta(days=claim.day - 1)).strftime(_AS_TEXT)
    return lambda _claim: value


def _told(steps: Sequence[Step]) -> str:
    return ", ".join(" ".join(sql.split()[:3]) + (f" x{len(sets)}" if many else "") for sql, sets, many in steps)


def _take_balance(claim: Claim, sql: str, rows: Sequence[Any]) -> None:
    """Whatever a claim returns must be there; an account's is its balance."""
    words = sql.split()
    if words[0] == "SELECT":
        return
    if not rows:
        raise BenchError(f"nothing changed by {sql}")
    if words[1] == "accounts":
        claim.balance = rows[0][0]


@asynccontextmanager
async def _raw_sqlite(config: DatabaseConfig, steps: Sequence[Step]) -> AsyncIterator[Take]:
    turn = asyncio.Lock()
    async with aiosqlite.connect(config.sqlite_path, isolation_level=None) as connection:
        for name, value in {**SQLITE_PRAGMAS, "synchronous": "FULL"}.items():
            await connection.execute(f"PRAGMA {name} = {value}")

        async def take(member: int, day: int) -> None:
            claim = Claim(member, day)
            async with turn:
                await connection.execute("BEGIN IMMEDIATE")
                for sql, sets, many in steps:
                    values = [[slot(claim) for slot in places] for places in sets]
                    if many:
                        await connection.executemany(sql, values)
                    else:
                        _take_balance(claim, sql, list(await connection.execute_fetchall(sql, values[0])))
                await connection.commit()

        yield take


@asynccontextmanager
async def _raw_postgres(config: DatabaseConfig, steps: Sequence[Step]) -> AsyncIterator[Take]:
    async def as_it_is(connection: Any) -> None:
        """Reset nothing."""

    size = config.pool_size + config.pool_overflow
    async with asyncpg.create_pool(plain_dsn(config), min_size=config.pool_size, max_size=size, reset=as_it_is) as pool:

        async def take(member: int, day: int) -> None:
            claim = Claim(member, day)
            async with pool.acquire() as connection, connection.transaction(isolation="read_committed"):
                for sql, sets, many in steps:
                    values = [[slot(claim) for slot in places] for places in sets]
                    if many:
                        await connection.executemany(sql, values)
                    else:
                        _take_balance(claim, sql, await connection.fetch(sql, *values[0]))

        yield take


# The two places -----------------------------------------------------------------------------------------

Place = tuple[Ours, Take, Callable[[], Awaitable[None]], str]


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
        await _round(ours.take, range(_FIRST, _FIRST + MEMBERS), 1)
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
            steps = await _overhear(other, _FIRST - 1)
        raw = await stack.enter_async_context(_raw_sqlite(configs[1], steps))

        async def nothing() -> None:
            """SQLite plans by the keys alone."""

        yield ours, raw, nothing, f"synchronous=FULL; BEGIN IMMEDIATE, {_told(steps)}, COMMIT"


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
                steps = await _overhear(other, _FIRST - 1)
            raw = await stack.enter_async_context(_raw_postgres(configs[1], steps))

            async def vacuum() -> None:
                for config in configs:
                    connection = await asyncpg.connect(plain_dsn(config))
                    await connection.execute("VACUUM ANALYZE")
                    await connection.close()

            yield ours, raw, vacuum, f"fsync on, from {server.way}; BEGIN, {_told(steps)}, COMMIT"
    finally:
        await asyncio.to_thread(server.stop)
