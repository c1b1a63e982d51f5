"""Bring a database to the schema that this code knows, or say why not.

Everything here is synchronous, because Alembic is, and opens a loop of its own: from a coroutine call it in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

import bot
from bot.clock import SystemClock
from bot.db.config import DatabaseConfig
from bot.db.differences import in_words
from bot.db.engines import open_migrator
from bot.db.models import Base

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


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, for the tree beside the package or, in an installed copy, inside it."""
    package = Path(bot.__file__).parent
    inside = package / "_alembic"
    made = Config()
    made.set_main_option("script_location", str(inside if inside.is_dir() else package.parent / "alembic"))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    return made


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


def head() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(config()).get_current_head()


def knows(revision: str) -> bool:
    """Whether this code has a revision; a newer one's database may have others."""
    return revision in {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}


def _revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


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
    return _change(database, lambda made: command.upgrade(made, revision))


def downgrade(database: DatabaseConfig, revision: str) -> Revisions:
    """Take back everything after `revision` (``base``: everything).

    Raises:
        DatabaseNewerError, MigrationError: as `upgrade`.
    """
    return _change(database, lambda made: command.downgrade(made, revision))


def check(database: DatabaseConfig) -> list[str]:
    """What the tables in the code and in the database disagree about, a line each; empty when they agree."""
    found: list[str] = []

    def compare(connection: Connection) -> None:
        migration = MigrationContext.configure(connection, opts={"compare_server_default": True})
        found.extend(in_words(compare_metadata(migration, Base.metadata)))

    run_on(database, compare)
    return found


def new_revision(database: DatabaseConfig, message: str) -> str:
    """Write a new revision that brings the database at head to the tables in the code; its path.

    Raises:
        MigrationError: the database is not at head.
    """
    paths: list[str] = []

    def generate(connection: Connection) -> None:
        known = ScriptDirectory.from_config(config()).walk_revisions()
        number = f"{len(list(known)) + 1:04d}"
        made = command.revision(config(connection), message, autogenerate=True, rev_id=number)
        paths.extend(script.path for script in (made if isinstance(made, list) else [made]) if script is not None)

    try:
        run_on(database, generate)
    except CommandError as error:
        raise MigrationError(str(error)) from error
    return paths[0]


def _change(database: DatabaseConfig, act: Callable[[Config], None]) -> Revisions:
    found: list[str | None] = []

    def work(connection: Connection) -> None:
        current = _revision_of(connection)
        if current is not None and not knows(current):
            raise DatabaseNewerError(
                f"the database is at revision {current}, which this version does not know: "
                "it was last used by a newer Folkmoot. Install that version, or restore a backup from before it."
            )
        act(config(connection))
        found.append(_revision_of(connection))

    try:
        run_on(database, work)
    except CommandError as error:
        raise MigrationError(str(error)) from error
    return Revisions(current=found[0], head=head())
