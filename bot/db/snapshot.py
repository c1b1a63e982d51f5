"""One moment of a database, read for as long as it takes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.clock import SystemClock
from bot.db.aio import AsyncConnection
from bot.db.config import DatabaseConfig
from bot.db.engines import open_snapshot


@asynccontextmanager
async def snapshot(config: DatabaseConfig) -> AsyncGenerator[AsyncConnection]:
    """A connection whose statements all see the database as it was at the first of them, and that can't write."""
    engine = open_snapshot(config, SystemClock())
    try:
        async with engine.connect() as connection:
            if config.is_sqlite:
                # Readers are never in a transaction of SQLAlchemy's; on a log (WAL) this one holds nobody up.
                await connection.exec_driver_sql("BEGIN")
            yield connection
            if config.is_sqlite:
                await connection.exec_driver_sql("ROLLBACK")
    finally:
        await engine.dispose()
