"""How engines are configured, each choice with its reason. The figures behind them: docs/adr/0004-two-databases.md."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, FromClause, event, make_url
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from bot.clock import Clock
from bot.db.aio import AsyncEngine, create_async_engine
from bot.db.config import DatabaseConfig
from bot.db.discretion import keep_values_out
from bot.db.one_trip import OneTripDbapi

SQLITE_PRAGMAS: dict[str, str] = {
    "journal_mode": "WAL",  # readers never wait for the writer, nor the writer for them
    "busy_timeout": "5000",  # milliseconds; another process (a backup, a person with a shell) may hold the lock
    "foreign_keys": "ON",  # off by default in SQLite, for reasons of its history
    "temp_store": "MEMORY",  # sorting for a leaderboard needs no file
    "journal_size_limit": "67108864",  # bytes; a WAL grown by one large batch shrinks again
}
"""Set on every connection."""

_READER_PRAGMAS: dict[str, str] = {
    "query_only": "ON",  # a reader that writes is a fault
    # Bytes of the file that are read where the system keeps them anyway, without a call for each page. A board of a
    # million members looks into thousands of pages, far more than a connection's own cache of 2 MB holds; with this it
    # takes half the time. It takes up addresses, not memory. The writer has none: what goes astray in a process could
    # reach the file through it.
    "mmap_size": "1073741824",
}

_STATEMENT_CACHE = 500


def open_writer(config: DatabaseConfig, clock: Clock) -> AsyncEngine:
    """The engine for transactions: on SQLite its one connection is the queue of all writers."""
    return _sqlite_writer(config, clock, SQLITE_PRAGMAS) if config.is_sqlite else _postgres(config, config.url, clock)


def open_migrator(config: DatabaseConfig, clock: Clock) -> AsyncEngine:
    """The engine for schema changes: past any pooler, with an hour for a statement, and on SQLite without foreign keys.

    Rebuilding a table, which is how SQLite alters one, would otherwise delete every row that refers to it.
    """
    if config.is_sqlite:
        return _sqlite_writer(config, clock, {**SQLITE_PRAGMAS, "foreign_keys": "OFF"})
    patient = replace(config, statement_timeout=3600.0)
    return _postgres(patient, config.direct_url or config.url, clock)


def open_snapshot(config: DatabaseConfig, clock: Clock) -> AsyncEngine:
    """The engine for a long look at one moment (see `snapshot.py`): past any pooler, and unable to write."""
    patient = replace(config, read_only=True, statement_timeout=3600.0)
    if config.is_sqlite:
        return _sqlite_reader(patient, clock)
    engine = _postgres(patient, config.direct_url or config.url, clock)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def open_reader(config: DatabaseConfig, clock: Clock, writer: AsyncEngine) -> AsyncEngine:
    """The engine for reads: never inside a transaction, so that a read costs one round trip and holds nothing."""
    if config.is_sqlite:
        return _sqlite_reader(config, clock)
    return writer.execution_options(isolation_level="AUTOCOMMIT")


def _sqlite_writer(config: DatabaseConfig, clock: Clock, pragmas: dict[str, str]) -> AsyncEngine:
    engine = create_async_engine(
        config.url,
        module=OneTripDbapi(),
        pool_size=1,  # one writer at a time is SQLite's law; a queue is fairer than its retries
        max_overflow=0,
        pool_timeout=config.statement_timeout,
        query_cache_size=_STATEMENT_CACHE,
        execution_options={"clock": clock},
        hide_parameters=True,
    )
    full = "FULL" if config.synchronous_full else "NORMAL"

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        _own_transactions(connection)
        _set_pragmas(connection, {**pragmas, "synchronous": full})

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock first. A deferred transaction that reads and then writes fails at once with
        # "database is locked" when another wrote in between, and no timeout helps.
        adapted: Any = connection.connection.dbapi_connection
        adapted.begin_with = "BEGIN IMMEDIATE"

    return keep_values_out(_with_hints(engine))


def _sqlite_reader(config: DatabaseConfig, clock: Clock) -> AsyncEngine:
    url = _unwritable(config.sqlite_path) if config.read_only else config.parsed
    pragmas = {**SQLITE_PRAGMAS, **_READER_PRAGMAS}
    if config.read_only:
        del pragmas["journal_mode"]  # kept in the file, and not ours to change
    engine = create_async_engine(
        url,
        module=OneTripDbapi(),
        pool_size=config.reader_connections,
        max_overflow=0,
        pool_timeout=config.pool_wait,
        query_cache_size=_STATEMENT_CACHE,
        isolation_level="AUTOCOMMIT",
        execution_options={"clock": clock},
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        _own_transactions(connection)
        _set_pragmas(connection, pragmas)

    return keep_values_out(_with_hints(engine))


def _unwritable(path: Path) -> URL:
    """The address under which SQLite opens a file that must be there, and never writes to it or cleans up behind it."""
    return URL.create("sqlite+aiosqlite", database=path.resolve().as_uri(), query={"mode": "ro", "uri": "true"})


class _HintingCompiler(SQLiteCompiler):
    """SQLite's, which also writes out what `with_hint` says of a table: SQLAlchemy knows no hints for it."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:  # noqa: ARG002 — the base's
        return text


def _with_hints(engine: AsyncEngine) -> AsyncEngine:
    engine.dialect.statement_compiler = _HintingCompiler
    return engine


def _own_transactions(connection: DBAPIConnection) -> None:
    """Take transaction control from the driver, whose own rules lose money and don't roll back DDL."""
    connection.isolation_level = None


def _set_pragmas(connection: DBAPIConnection, pragmas: dict[str, str]) -> None:
    cursor = connection.cursor()
    try:
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name} = {value}")
    finally:
        cursor.close()


def _postgres(config: DatabaseConfig, url: str, clock: Clock) -> AsyncEngine:
    parsed = make_url(url)
    arguments: dict[str, Any] = {
        # Without both of these a server that stopped answering hangs its callers for ever.
        "timeout": config.connect_timeout,
        "command_timeout": config.statement_timeout,
        "server_settings": {"application_name": "folkmoot"},
    }
    if "sslmode" in parsed.query:  # libpq's word for it, which people know; asyncpg's argument is called ssl
        arguments["ssl"] = parsed.query["sslmode"]
    if config.prepared_statements:
        arguments["server_settings"] |= {
            "statement_timeout": str(int(config.statement_timeout * 1000)),
            "idle_in_transaction_session_timeout": str(int(config.statement_timeout * 2000)),
        }
        if config.read_only:
            arguments["server_settings"] |= {"default_transaction_read_only": "on"}
    else:  # behind pgbouncer, which refuses settings at connecting that it does not know
        arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    engine = create_async_engine(
        parsed.difference_update_query(["sslmode"]),
        pool_size=config.pool_size,
        max_overflow=config.pool_overflow,
        pool_timeout=config.pool_wait,
        pool_recycle=int(config.idle_timeout),  # firewalls forget idle connections without telling
        pool_pre_ping=False,  # costs a round trip each time and proves nothing about the next statement
        query_cache_size=_STATEMENT_CACHE,
        isolation_level="READ COMMITTED",  # rows are locked in key order; stricter levels cost twice and retry
        execution_options={"clock": clock},
        hide_parameters=True,
        connect_args=arguments,
    )
    return keep_values_out(engine)
