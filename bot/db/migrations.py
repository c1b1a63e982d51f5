"""Bring a database to the schema that this code knows, or say why not.

Everything here is synchronous, because Alembic is, and opens a loop of its own: from a coroutine call it in a thread.

Alembic itself is loaded by what changes or compares a schema (`alembic_tree.py`). Where a database stands is read
without it, for a start finds the newest revision nearly always, and Alembic would then stay in memory for nothing
(10 MiB).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, text
from sqlalchemy import inspect as inspector

import bot
from bot.clock import SystemClock
from bot.db.config import DatabaseConfig
from bot.db.engines import open_migrator

_LOCK = 0x464F_4C4B_4D4F_4F54
"""The advisory lock under which migrations run on PostgreSQL ("FOLKMOOT")."""

MAY_CHANGE = "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"
"""PostgreSQL: whether this role may make tables where ours are."""


class MigrationError(Exception):
    """The database can't be brought to the wanted revision; the message says why, for an operator."""


class DatabaseNewerError(MigrationError):
    """The database was migrated by a newer version of the code."""


@dataclass(frozen=True)
class Revisions:
    """Where a database stands. None: before the first revision."""

    current: str | None
    head: str | None

    @property
    def up_to_date(self) -> bool:
        """Whether nothing is left to apply."""
        return self.current == self.head


def tree() -> Path:
    """Alembic's folder: beside the package or, in an installed copy, inside it."""
    package = Path(bot.__file__).parent
    inside = package / "_alembic"
    return inside if inside.is_dir() else package.parent / "alembic"


def run_on(database: DatabaseConfig, work: Callable[[Connection], None]) -> None:
    """Do `work` in one transaction on a connection of its own, under the lock for schema changes, and commit.

    On SQLite the transaction itself is that lock; foreign keys are off meanwhile and checked before the commit.

    Raises:
        MigrationError: a foreign key would point nowhere after the work; nothing was changed.
    """
    asyncio.run(_run_on(database, work))


async def _run_on(config: DatabaseConfig, work: Callable[[Connection], None]) -> None:
    engine = open_migrator(config, SystemClock())
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_locked, work)
    finally:
        await engine.dispose()


def _locked(connection: Connection, work: Callable[[Connection], None]) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    work(connection)
    if connection.dialect.name == "sqlite":
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if orphans:
            raise MigrationError(f"{len(orphans)} rows would refer to rows that are not there; nothing was changed")


def _revisions() -> list[str]:
    # A revision's file begins with its name, and the names are numbers that only grow.
    return sorted(path.name.split("_", 1)[0] for path in (tree() / "versions").glob("[0-9]*_*.py"))


def head() -> str | None:
    """The newest revision that this code knows."""
    return max(_revisions(), default=None)


def knows(revision: str) -> bool:
    """Whether this code has a revision; a newer one's database may have others."""
    return revision in _revisions()


def _revision_of(connection: Connection) -> str | None:
    if not inspector(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def inspect(database: DatabaseConfig) -> Revisions:
    """Where a database stands."""
    found: list[str | None] = []
    run_on(database, lambda connection: found.append(_revision_of(connection)))
    return Revisions(current=found[0], head=head())


def may_change(database: DatabaseConfig) -> bool:
    """Whether the role of this address may make tables; nobody restricts that on SQLite."""
    if database.is_sqlite:
        return True
    found: list[bool] = []

    def ask(connection: Connection) -> None:
        found.append(bool(connection.execute(text(MAY_CHANGE)).scalar_one()))

    run_on(database, ask)
    return found[0]


def upgrade(database: DatabaseConfig, revision: str = "head") -> Revisions:
    """Apply what is missing up to `revision`, all of it or none.

    Raises:
        DatabaseNewerError: the database stands at a revision that this code does not know.
        MigrationError: there is no such revision, or the result would be unsound.
    """
    return _change(database, "upgrade", revision)


def downgrade(database: DatabaseConfig, revision: str) -> Revisions:
    """Take back everything after `revision` (``base``: everything).

    Raises:
        DatabaseNewerError, MigrationError: as `upgrade`.
    """
    return _change(database, "downgrade", revision)


def check(database: DatabaseConfig) -> list[str]:
    """What the tables in the code and in the database disagree about, a line each; empty when they agree."""
    from bot.db import alembic_tree  # noqa: PLC0415 — see the module's own words

    found: list[str] = []
    run_on(database, lambda connection: found.extend(alembic_tree.differences(connection)))
    return found


def new_revision(database: DatabaseConfig, message: str) -> str:
    """Write a new revision that brings the database at head to the tables in the code; its path.

    Raises:
        MigrationError: the database is not at head.
    """
    from bot.db import alembic_tree  # noqa: PLC0415 — see the module's own words

    paths: list[str] = []
    number = f"{len(_revisions()) + 1:04d}"
    try:
        run_on(database, lambda connection: paths.append(alembic_tree.write(connection, tree(), message, number)))
    except alembic_tree.CommandError as error:
        raise MigrationError(str(error)) from error
    return paths[0]


def _change(database: DatabaseConfig, way: Literal["upgrade", "downgrade"], to: str) -> Revisions:
    from bot.db import alembic_tree  # noqa: PLC0415 — see the module's own words

    found: list[str | None] = []

    def work(connection: Connection) -> None:
        current = _revision_of(connection)
        if current is not None and not knows(current):
            raise DatabaseNewerError(
                f"the database is at revision {current}, which this version does not know: "
                "it was last used by a newer Folkmoot. Install that version, or restore a backup from before it."
            )
        alembic_tree.go(connection, tree(), way, to)
        found.append(_revision_of(connection))

    try:
        run_on(database, work)
    except alembic_tree.CommandError as error:
        raise MigrationError(str(error)) from error
    return Revisions(current=found[0], head=head())
