"""A recipe cooked by the bare drivers, each in the quickest way that the driver itself offers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
import asyncpg

from bench.recipe import Recipe, Step
from bench.support import BenchError
from bot.db.config import DatabaseConfig
from bot.db.engines import SQLITE_PRAGMAS

Pay = Callable[[int, int, int, str], Awaitable[None]]
"""Sender, recipient, amount, key."""


@asynccontextmanager
async def raw_sqlite(config: DatabaseConfig, recipe: Recipe) -> AsyncIterator[Pay]:
    """One connection and a queue before it, as ours; a statement and all its rows in one trip to the thread."""
    turn = asyncio.Lock()
    async with aiosqlite.connect(config.sqlite_path, isolation_level=None) as connection:
        for name, value in {**SQLITE_PRAGMAS, "synchronous": "FULL"}.items():
            await connection.execute(f"PRAGMA {name} = {value}")

        async def pay(sender: int, recipient: int, amount: int, key: str) -> None:
            payment = recipe.payment(sender, recipient, amount, key)
            async with turn:
                await connection.execute("BEGIN IMMEDIATE")
                for step in recipe.steps:
                    values = step.values(payment)
                    if step.many:
                        await connection.executemany(step.sql, values)
                        continue
                    rows = list(await connection.execute_fetchall(step.sql, values[0]))
                    if step.updates is not None:
                        payment.balances[payment.locked[step.updates][0]] = _balance(step, rows)
                await connection.commit()

        yield pay


def plain_dsn(config: DatabaseConfig) -> str:
    """The address as asyncpg takes it."""
    return config.parsed.set(drivername="postgresql").render_as_string(hide_password=False)


@asynccontextmanager
async def raw_postgres(config: DatabaseConfig, recipe: Recipe) -> AsyncIterator[Pay]:
    """A pool as large as ours at its largest; without asyncpg's RESET after each use, which ours does not have."""

    async def as_it_is(_connection: Any) -> None:
        """Reset nothing."""

    size = config.pool_size + config.pool_overflow
    async with asyncpg.create_pool(plain_dsn(config), min_size=config.pool_size, max_size=size, reset=as_it_is) as pool:

        async def pay(sender: int, recipient: int, amount: int, key: str) -> None:
            payment = recipe.payment(sender, recipient, amount, key)
            async with pool.acquire() as connection, connection.transaction(isolation="read_committed"):
                for step in recipe.steps:
                    values = step.values(payment)
                    if step.many:
                        await connection.executemany(step.sql, values)
                        continue
                    rows = await connection.fetch(step.sql, *values[0])
                    if step.updates is not None:
                        payment.balances[payment.locked[step.updates][0]] = _balance(step, rows)

        yield pay


def _balance(step: Step, rows: list[Any]) -> int:
    if not rows:
        raise BenchError(f"nothing changed by {step.sql}")
    return rows[0][0]
