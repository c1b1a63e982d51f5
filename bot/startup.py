"""What has to be true before the bot may run: Discord found, the database reachable, migrated, and held by nobody else.

Whatever is not becomes a `StartError`, a sentence for the operator.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
from collections.abc import AsyncGenerator, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import structlog
from filelock import FileLock, Timeout
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot import endpoint
from bot.clock import SystemClock
from bot.db import backup, migrations, unfinished
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.shard_lock import ShardLock, ShardTakenError
from bot.errors import DatabaseAway

if TYPE_CHECKING:  # the commands on the database come by here too, and have no use for what it brings along
    from bot.monitor.server import MonitorServer

_log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")

_RETRY = 1.0
"""Seconds between two tries to reach the database at start."""


class StartError(Exception):
    """The process can't run; the message says what to do, for the operator."""


@contextlib.contextmanager
def database_lock(config: DatabaseConfig) -> Iterator[None]:
    """Hold the SQLite file for this process alone; nothing to hold on PostgreSQL.

    Raises:
        StartError: another process holds it, or there can be no file in that place.
    """
    if not config.is_sqlite:
        yield
        return
    path = config.sqlite_path
    lock = FileLock(f"{path}.lock", timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise StartError(f"{path} is in use by another Folkmoot process; stop that one first.") from None
    except OSError as error:
        raise StartError(f"{path} can't be used: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def is_running(config: DatabaseConfig) -> bool:
    """Whether a process holds the SQLite file. Asks for a shared lock, for a moment, and makes no file.

    Raises:
        OSError: it may not be asked.
    """
    try:
        descriptor = os.open(f"{config.sqlite_path}.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


async def wait_for_database(database: Database, patience: float, stop: asyncio.Event) -> None:
    """Wait until the database answers, `stop` is set, or `patience` seconds are over.

    Raises:
        StartError: it does not answer, or it refuses.
    """
    where = database.config.safe_url
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    said = False
    while not stop.is_set():
        try:
            await database.ping()
        except DatabaseAway as error:
            if loop.time() + _RETRY > deadline:
                raise StartError(
                    f"The database at {where} does not answer: {reason_of(error.__cause__ or error)}"
                ) from error
            if not said:
                _log.warning(
                    "waiting for the database", at=where, seconds=patience, error=reason_of(error.__cause__ or error)
                )
                said = True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _RETRY)
        except SQLAlchemyError as error:  # it answers, but not us: a wrong password, no such database, no database file
            raise StartError(f"The database at {where} can't be used: {reason_of(error)}") from error
        else:
            return


def reason_of(error: BaseException) -> str:
    """What the database itself said, without what SQLAlchemy adds for developers."""
    return str(getattr(error, "orig", None) or error)


async def migrate(config: DatabaseConfig, data_dir: Path) -> None:
    """Apply the migrations that are missing, after a backup into `data_dir`.

    A role that may read and write rows alone can start the bot, as long as nothing is missing.

    Raises:
        StartError: the database is newer than the code or half of another, a migration failed, the role may not change
            tables, or an SQLite file could not be backed up.
    """
    try:
        await asyncio.to_thread(unfinished.refuse, config)
        before = await asyncio.to_thread(migrations.inspect, config)
        if not before.up_to_date:
            await asyncio.to_thread(_check_rights, config, before)
            await asyncio.to_thread(back_up_first, config, data_dir)
            after = await asyncio.to_thread(migrations.upgrade, config)
            _log.info("database migrated", before=before.current or "empty", after=after.current)
    except unfinished.UnfinishedError as error:
        raise StartError(str(error)) from error
    except (migrations.MigrationError, SQLAlchemyError, OSError) as error:
        raise StartError(f"The database can't be used: {reason_of(error)}") from error


def _check_rights(config: DatabaseConfig, found: migrations.Revisions) -> None:
    """Say who can migrate, before a backup is made for nothing."""
    is_newer = found.current is not None and not migrations.knows(found.current)
    if is_newer or migrations.may_change(config):
        return
    role = make_url(config.direct_url or config.url).username
    where = f"at revision {found.current}" if found.current else "empty"
    raise StartError(
        f"The database is {where}, the newest revision is {found.head}, and the role {role} may not "
        "change tables. Run folkmoot db upgrade once with the owner's DATABASE_URL."
    )


def back_up_first(config: DatabaseConfig, data_dir: Path) -> None:
    """Make a backup before the schema is changed, unless there is nothing to keep.

    On SQLite it must succeed. On PostgreSQL it takes the server's programs, which not every machine has: without them
    there is a warning.

    Raises:
        StartError: no backup, and nothing was changed.
    """
    current = migrations.inspect(config).current
    if current is None or not migrations.knows(current):
        return
    now = SystemClock().now()
    folder = backup.default_folder(data_dir, now, f"-before-leaving-{current}")
    try:
        made = backup.make(config, data_dir, folder, now=now)
    except backup.BackupError as error:
        if config.is_sqlite:
            raise StartError(f"Nothing was migrated, because there is no backup. {error}") from error
        _log.warning("migrating without a backup", reason=str(error))
    else:
        _log.info("backed up before migrating", at=str(made.folder), bytes=made.manifest.size)


async def start_monitor(monitor: MonitorServer | None) -> None:
    """Begin to tell how the process is, if that is wanted.

    Raises:
        StartError: the address can't be used.
    """
    if monitor is None:
        return
    try:
        await monitor.start()
    except OSError as error:
        reason = "another program uses that port" if error.errno == errno.EADDRINUSE else error.strerror or error
        raise StartError(f"METRICS_PORT: {monitor.host}:{monitor.port} can't be listened at: {reason}") from error


async def find_discord(api_url: str) -> None:
    """Send every client of this process to another Discord.

    Raises:
        StartError: nothing there answers as Discord would.
    """
    try:
        endpoint.use(await endpoint.discover(api_url))
    except (OSError, TimeoutError, ValueError) as error:
        raise StartError(f"DISCORD_API_URL: {api_url} does not answer as Discord would: {error}") from error


@asynccontextmanager
async def shards_held(
    config: DatabaseConfig, shard_count: int | None, shard_ids: Collection[int], on_lost: Callable[[], None]
) -> AsyncGenerator[asyncio.Event]:
    """Hold these shards for this process alone (PostgreSQL); none: the whole installation.

    Yields an event that is set, and `on_lost` called, when the lock is lost and the process has to stop.

    Raises:
        StartError: another process runs one of them, or the database refuses.
    """
    lost = asyncio.Event()
    if config.is_sqlite:
        yield lost
        return
    from asyncpg import PostgresError  # noqa: PLC0415 — a bot on SQLite does without the driver and its memory

    def lose() -> None:
        lost.set()
        on_lost()

    lock = ShardLock(config, shard_count, shard_ids, lose)
    try:
        await lock.acquire()
    except ShardTakenError as error:
        raise StartError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    except (OSError, TimeoutError, PostgresError) as error:
        raise StartError(f"The database can't be used directly (DATABASE_DIRECT_URL): {error}") from error
    try:
        yield lost
    finally:
        await lock.release()


@asynccontextmanager
async def held(config: DatabaseConfig) -> AsyncGenerator[None]:
    """Hold the whole database for this process, so that no bot runs on it meanwhile.

    Raises:
        StartError: a bot runs on it.
    """
    with database_lock(config):
        async with shards_held(config, None, (), lambda: None):
            yield


async def alone(config: DatabaseConfig, act: Callable[[], T]) -> T:
    """Do something to the database that no running bot would bear, in a thread, while holding it.

    Raises:
        StartError: a bot runs on it.
    """
    async with held(config):
        return await asyncio.to_thread(act)
