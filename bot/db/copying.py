"""A whole installation, moved into another database of either kind and proved to be the same there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] — it ships none
from sqlalchemy import Connection, Table, inspect, literal, select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import SystemClock
from bot.db import blobs, migrations, unfinished
from bot.db.aio import AsyncConnection
from bot.db.config import DatabaseConfig
from bot.db.engine import is_away
from bot.db.engines import open_migrator
from bot.db.models import Base
from bot.db.plain_rows import Fingerprint, PlainRow, PlainTable
from bot.db.snapshot import snapshot

_FIRST_ROWS, _MOST_ROWS = 100, 5_000
_BATCH_BYTES = 4_000_000
"""A batch is as many rows as make about this, by those before them: memory is bounded, whatever is in a row."""

_MOST_NAMED = 5
"""Rows that differ and are told one by one, for each table."""

_NOT_TAKEN = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, TypeError, OverflowError)

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


class CopyError(Exception):
    """Nothing, or not everything, was copied; the message says why and what to do, for an operator."""


@dataclass(frozen=True)
class Place:
    """An installation: its database, and the folder with its files."""

    config: DatabaseConfig
    data_dir: Path


@dataclass(frozen=True)
class Copied:
    """What was copied, and found the same on both sides."""

    tables: int
    rows: int
    files: int


async def copy(source: Place, target: Place, *, again: bool, now: datetime, on_progress: Progress) -> Copied:
    """Bring everything from `source` to `target`, where nothing is, and compare.

    Nobody else may use either meanwhile (`startup.held`). Until the end `target` bears a mark with which no bot starts;
    with `again` a target that bears it is emptied first.

    Raises:
        CopyError: the target is not empty, a row was not taken, or the two differ; the mark stays.
        MigrationError: the target can't be brought to the source's revision.
    """
    await asyncio.to_thread(_check_source, source)
    await asyncio.to_thread(_prepare, source, target, again=again, now=now)
    on_progress("tables prepared", 1, 1)
    tables = [PlainTable(table) for table in Base.metadata.sorted_tables]
    async with snapshot(source.config) as connection:
        taken = await _fill(connection, target.config, tables, on_progress)
        differences = await _compare(connection, target.config, tables, taken, on_progress)
    if differences:
        raise CopyError("\n".join(["The copy differs from the source:", *differences]))
    files = await asyncio.to_thread(_copy_files, source, target)
    on_progress("files copied", len(files), len(files))
    await asyncio.to_thread(unfinished.remove, target.config)
    return Copied(len(tables), sum(one.rows for one in taken), len(files))


# Before -------------------------------------------------------------------------------------------------


def _check_source(source: Place) -> None:
    where = source.config.safe_url
    found: list[str | None] = []
    migrations.run_on(source.config, lambda connection: found.append(unfinished.note(connection)))
    if found[0] is not None:
        raise CopyError(f"{where} is itself an unfinished copy {found[0]}.")
    if not migrations.inspect(source.config).up_to_date:
        raise CopyError(f"{where} is not at the newest revision. First: folkmoot db upgrade")


def _prepare(source: Place, target: Place, *, again: bool, now: datetime) -> None:
    """Mark the target, see to it that it is empty, and bring it to the source's revision."""
    config = target.config
    if config.is_sqlite:
        config.sqlite_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def mark(connection: Connection) -> None:
        note = unfinished.note(connection)
        if note is None:
            _check_empty(connection, config)
            _check_no_files(source, target)
        elif not again:
            raise CopyError(f"{config.safe_url} holds an unfinished copy {note}. To start it over: --again")
        unfinished.place(connection, source.config.safe_url, now)
        if note is not None:
            _empty(connection)

    migrations.run_on(config, mark)
    migrations.upgrade(config)


def _check_empty(connection: Connection, config: DatabaseConfig) -> None:
    for name in inspect(connection).get_table_names():
        if name == "alembic_version":
            continue
        table = Base.metadata.tables.get(name)
        if table is None:
            raise CopyError(f"{config.safe_url} has a table {name} that is not Folkmoot's. Name an empty database.")
        if connection.execute(select(literal(1)).select_from(table).limit(1)).first() is not None:
            raise CopyError(f"{config.safe_url} is not empty: there are rows in {name}. Name an empty database.")


def _check_no_files(source: Place, target: Place) -> None:
    if source.data_dir.resolve() == target.data_dir.resolve():
        return
    try:
        blobs.must_be_empty(target.data_dir)
    except blobs.BlobsError as error:
        raise CopyError(str(error)) from error


def _empty(connection: Connection) -> None:
    there = set(inspect(connection).get_table_names())
    tables: list[Table] = [table for table in reversed(Base.metadata.sorted_tables) if table.name in there]
    if connection.dialect.name == "postgresql" and tables:
        quoted = ", ".join(connection.dialect.identifier_preparer.format_table(table) for table in tables)
        connection.execute(text(f"TRUNCATE {quoted}"))
        return
    for table in tables:
        connection.execute(table.delete())


def _copy_files(source: Place, target: Place) -> list[Path]:
    try:
        return blobs.copy(source.data_dir, target.data_dir)
    except blobs.BlobsError as error:
        raise CopyError(str(error)) from error


# Rows ---------------------------------------------------------------------------------------------------


async def _batches(connection: AsyncConnection, table: PlainTable, seen: Fingerprint) -> AsyncGenerator[list[PlainRow]]:
    """All rows of a table along its key, counted into `seen` before they are handed out."""
    after: PlainRow | None = None
    most = _FIRST_ROWS
    while True:
        statement, parameters = table.batch(after, most)
        rows = [tuple(row) for row in (await connection.execute(statement, parameters)).all()]
        if rows:
            seen.add(map(table.canonical, rows))
            yield rows
        if len(rows) < most:
            return
        after = table.key_of(rows[-1])
        most = max(1, min(2 * most, _MOST_ROWS, _BATCH_BYTES * seen.rows // seen.weight))


async def _count(connection: AsyncConnection, tables: Sequence[PlainTable]) -> int:
    return sum([int((await connection.execute(table.count())).scalar_one()) for table in tables])


async def _fill(
    source: AsyncConnection, target: DatabaseConfig, tables: Sequence[PlainTable], on_progress: Progress
) -> list[Fingerprint]:
    done, of = 0, await _count(source, tables)
    taken: list[Fingerprint] = []
    engine = open_migrator(target, SystemClock())
    try:
        async with engine.connect() as connection:
            for table in tables:
                seen = Fingerprint()
                async for rows in _batches(source, table, seen):
                    await _put(connection, table, rows)
                    done += len(rows)
                    on_progress("rows copied", done, of)
                taken.append(seen)
            await connection.exec_driver_sql("ANALYZE")  # the first queries must not be planned for empty tables
            await connection.commit()
    finally:
        await engine.dispose()
    return taken


async def _put(connection: AsyncConnection, table: PlainTable, rows: Sequence[PlainRow]) -> None:
    try:
        await _insert(connection, table, rows)
    except _NOT_TAKEN as error:
        if is_away(error) or len(rows) == 1:
            raise _refused(table, rows[0], error) from error
        await connection.rollback()
        for row in rows:  # the target is unfinished in any case; this finds the row
            await _put(connection, table, [row])


async def _insert(connection: AsyncConnection, table: PlainTable, rows: Sequence[PlainRow]) -> None:
    encode = table.encoder(connection.dialect)
    if connection.dialect.name == "postgresql":
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.copy_records_to_table(table.name, records=map(encode, rows), columns=table.columns)
        return
    await connection.exec_driver_sql(table.insert(connection.dialect), list(map(encode, rows)))
    await connection.commit()


def _refused(table: PlainTable, row: PlainRow, error: Exception) -> CopyError:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    if is_away(error):
        return CopyError(f"The target went away while {table.name} was copied: {said}")
    where = table.key_in_words(table.key_of(row))
    return CopyError(f"The target does not take a row of {table.name} ({where}): {said}")


# Afterwards ---------------------------------------------------------------------------------------------


async def _compare(
    source: AsyncConnection,
    target: DatabaseConfig,
    tables: Sequence[PlainTable],
    taken: Sequence[Fingerprint],
    on_progress: Progress,
) -> list[str]:
    differences: list[str] = []
    done, of = 0, sum(one.rows for one in taken)
    async with snapshot(target) as connection:
        for table, theirs in zip(tables, taken, strict=True):
            ours = Fingerprint()
            async for rows in _batches(connection, table, ours):
                done += len(rows)
                on_progress("rows compared", done, of)
            if ours != theirs:
                differences.append(
                    f"{table.name}: {theirs.rows} rows with {theirs.digest[:16]} in the source, "
                    f"{ours.rows} rows with {ours.digest[:16]} in the target"
                )
                differences += await _missing(source, connection, table, "in the target")
                differences += await _missing(connection, source, table, "in the source")
    return differences


async def _missing(here: AsyncConnection, there: AsyncConnection, table: PlainTable, where: str) -> list[str]:
    """Rows that are here and not the same there, the first few."""
    found: list[str] = []
    async for rows in _batches(here, table, Fingerprint()):
        for start in range(0, len(rows), _FIRST_ROWS):
            wanted = {table.key_of(row): table.canonical(row) for row in rows[start : start + _FIRST_ROWS]}
            others = (await there.execute(table.same_keys(list(wanted)))).all()
            met = {table.key_of(tuple(row)): table.canonical(tuple(row)) for row in others}
            found += [
                f"{table.name}: {table.key_in_words(key)} is {'other' if key in met else 'not'} {where}"
                for key, row in wanted.items()
                if met.get(key) != row
            ]
            if len(found) >= _MOST_NAMED:
                return found[:_MOST_NAMED]
    return found
