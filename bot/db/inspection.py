"""What a database says of itself to somebody who only looks: one short connection, nothing written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] — it ships none
from sqlalchemy import make_url

from bot.db.config import DatabaseConfig
from bot.db.migrations import MAY_CHANGE

_PATIENCE = 5.0
_LOCK_CLASS = 0x464F_4C4B
"""The upper half of Folkmoot's advisory locks (`shard_lock.py`, `migrations.py`)."""

_MIGRATION = 0x4D4F_4F54
_LOCKS = """
    SELECT locks.objid::bigint AS part, activity.pid, coalesce(host(activity.client_addr), 'this machine') AS host
    FROM pg_locks locks LEFT JOIN pg_stat_activity activity USING (pid)
    WHERE locks.locktype = 'advisory' AND locks.granted AND locks.classid = $1::bigint::oid AND locks.objsubid = 1
        AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY locks.objid, activity.pid
"""
_SAFETY = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True)
class SqliteFacts:
    """An SQLite file."""

    version: tuple[int, ...]
    revision: str | None


@dataclass(frozen=True)
class HeldLock:
    """An advisory lock of Folkmoot's that somebody holds."""

    what: str
    pid: int | None
    host: str | None


@dataclass(frozen=True)
class PostgresFacts:
    """A PostgreSQL database."""

    version: str
    major: int
    encoding: str
    revision: str | None
    ahead: timedelta
    """How far its clock is ahead of this machine's."""
    unsafe: tuple[str, ...]
    """Settings without which a commit may be lost, and which are off."""
    may_migrate: bool
    """Whether this role may change tables."""
    identity: tuple[str, datetime]
    """The same for two addresses of the same database."""
    locks: tuple[HeldLock, ...]


def sqlite_version() -> tuple[int, ...]:
    """The version of the library that this Python uses."""
    return sqlite3.sqlite_version_info


def look_at_sqlite(config: DatabaseConfig) -> SqliteFacts:
    """Look at a file that is there.

    Raises:
        OSError: it can't be read, or is no database.
    """
    address = f"{config.sqlite_path.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as connection:
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
    except sqlite3.Error as error:
        raise OSError(str(error)) from error
    return SqliteFacts(sqlite_version(), None if row is None else str(row[0]))


async def look_at_postgres(url: str, timeout: float) -> PostgresFacts:  # noqa: ASYNC109 — handed to the driver
    """Look at a database; each step may take `timeout` seconds.

    Raises:
        OSError, TimeoutError, asyncpg.PostgresError: it can't be reached, or refuses.
    """
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] — untyped
    connection: Any = await connect(address, timeout=timeout, command_timeout=timeout, statement_cache_size=0)
    try:
        return await _ask(connection)
    finally:
        await connection.close(timeout=timeout)


async def _ask(connection: Any) -> PostgresFacts:
    asked = datetime.now(UTC)
    theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
    answered = datetime.now(UTC)
    settings = {name: await connection.fetchval("SELECT current_setting($1)", name) for name in _SAFETY}
    known = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    number = int(await connection.fetchval("SHOW server_version_num"))
    return PostgresFacts(
        version=str(await connection.fetchval("SHOW server_version")),
        major=number // 10_000,
        encoding=str(await connection.fetchval("SHOW server_encoding")),
        revision=await connection.fetchval("SELECT version_num FROM alembic_version") if known else None,
        ahead=theirs - (asked + (answered - asked) / 2),
        unsafe=tuple(name for name, value in settings.items() if value == "off"),
        may_migrate=bool(await connection.fetchval(MAY_CHANGE)),
        identity=(
            str(await connection.fetchval("SELECT current_database()")),
            await connection.fetchval("SELECT pg_postmaster_start_time()"),
        ),
        locks=tuple(_held(row) for row in await connection.fetch(_LOCKS, _LOCK_CLASS)),
    )


def _held(row: Any) -> HeldLock:
    part = int(row["part"])
    what = {0: "the installation", _MIGRATION: "a migration"}.get(part, f"shard {part - 1}")
    return HeldLock(what, row["pid"], row["host"])
