"""Large databases of both kinds, filled once, measured, and thrown away."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from bench.drivers import plain_dsn
from bench.support import ROOT, say
from bot.clock import SystemClock
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from tests.support.postgres import start_server

Fill = Callable[[DatabaseConfig], Awaitable[None]]
"""Fills an empty database at the newest revision."""


@asynccontextmanager
async def sqlite(fill: Fill) -> AsyncIterator[DatabaseConfig]:
    """A file beside the results, for the disk of the machine is what is measured too."""
    (ROOT / "bench" / "results").mkdir(exist_ok=True)
    with TemporaryDirectory(dir=ROOT / "bench" / "results", prefix="sqlite-") as folder:
        config = DatabaseConfig(f"sqlite+aiosqlite:///{Path(folder) / 'many'}.db")
        await _fill(config, fill)
        yield config


@asynccontextmanager
async def postgres(fill: Fill) -> AsyncIterator[DatabaseConfig]:
    """A server of its own, vacuumed as it would be in time."""
    server = await asyncio.to_thread(start_server)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, server.stop)
        await asyncio.to_thread(server.create_database, "folkmoot_bench_many")
        config = DatabaseConfig(server.url("folkmoot_bench_many"))
        await _fill(config, fill)
        connection = await asyncpg.connect(plain_dsn(config))
        await connection.execute("VACUUM ANALYZE")
        await connection.close()
        yield config


async def execute(config: DatabaseConfig, statements: Iterable[str]) -> None:
    """Run statements that take their time, as they stand there, in one transaction."""
    patient = replace(config, statement_timeout=3_600.0, synchronous_full=False)
    database = Database(patient, SystemClock(), random.SystemRandom())
    try:
        async with database.write() as session:
            for one in statements:
                await session.exec_driver_sql(one)
    finally:
        await database.close()


async def _fill(config: DatabaseConfig, fill: Fill) -> None:
    await asyncio.to_thread(migrations.upgrade, config)
    began = time.perf_counter()
    await fill(config)
    say(f"  filled in {time.perf_counter() - began:.0f} s")
