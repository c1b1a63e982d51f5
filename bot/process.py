"""The life of the process: open, migrate, log in, run, and stop without losing anything."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager

import discord
import structlog
from filelock import FileLock, Timeout
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from bot import endpoint
from bot.clock import SteeredClock
from bot.compose import App, make_app
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.shard_lock import ShardLock, ShardTakenError
from bot.errors import DatabaseAway, Unavailable
from bot.log import SecretsHidden
from bot.settings import Settings

_log = structlog.stdlib.get_logger(__name__)

PATIENCE = 10.0
"""Seconds that a stop waits for what is being answered."""

_STEP = 3.0
"""Seconds for each further step of stopping."""

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


async def wait_for_database(database: Database, patience: float) -> None:
    """Wait up to `patience` seconds until the database answers.

    Raises:
        StartError: it does not, or it refuses.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    said = False
    while True:
        try:
            await database.ping()
        except DatabaseAway as error:
            if loop.time() + _RETRY > deadline:
                reason = error.__cause__ or error
                where = database.config.safe_url
                raise StartError(f"The database at {where} does not answer: {reason}") from error
            if not said:
                _log.warning("waiting for the database", at=database.config.safe_url, seconds=patience)
                said = True
            await asyncio.sleep(_RETRY)
        except SQLAlchemyError as error:  # it answers, but not us: a wrong password, no such database, no database file
            reason = getattr(error, "orig", None) or error
            raise StartError(f"The database at {database.config.safe_url} can't be used: {reason}") from error
        else:
            return


async def migrate(config: DatabaseConfig) -> None:
    """Apply the migrations that are missing.

    Raises:
        StartError: the database is newer than the code, or a migration failed.
    """
    try:
        before = await asyncio.to_thread(migrations.inspect, config)
        if not before.up_to_date:
            after = await asyncio.to_thread(migrations.upgrade, config)
            _log.info("database migrated", before=before.current or "empty", after=after.current)
    except migrations.MigrationError as error:
        raise StartError(f"The database can't be used: {error}") from error


async def run(
    settings: Settings,
    token: SecretStr,
    *,
    hide: SecretsHidden,
    api_url: str | None = None,
    on_ready: Callable[[App], object] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run the bot until it is told to stop, by a signal or through `stop`.

    Raises:
        StartError: it could not start, or had to stop because it lost its shard lock.
    """
    config = settings.database_config()
    stop = stop or asyncio.Event()
    with database_lock(config):
        if api_url is not None:
            await find_discord(api_url)
        app = make_app(settings, config, hide=hide)
        try:
            await wait_for_database(app.database, settings.database.start_timeout)
            await migrate(config)
            if isinstance(app.clock, SteeredClock):
                await app.database.steer(app.clock)
            async with _shards_held(settings, config, stop) as lost:
                with _signals(stop):
                    await _serve(app, token, stop, on_ready)
                if lost.is_set():
                    raise StartError("The connection that held the shard lock broke, so I stopped to be safe.")
        finally:
            with contextlib.suppress(SQLAlchemyError):  # a file that is no database can't be closed as one
                await app.database.close()


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
async def _shards_held(
    settings: Settings, config: DatabaseConfig, stop: asyncio.Event
) -> AsyncGenerator[asyncio.Event]:
    lost = asyncio.Event()
    if config.is_sqlite:
        yield lost
        return

    def on_lost() -> None:
        lost.set()
        stop.set()

    lock = ShardLock(config, sorted(settings.shard.ids), on_lost)
    try:
        await lock.acquire()
    except ShardTakenError as error:
        raise StartError(f"{str(error).capitalize()}.") from error
    try:
        yield lost
    finally:
        await lock.release()


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)  # a second signal: somebody means it
        _log.info("stopping", signal=signal.Signals(number).name)
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _serve(app: App, token: SecretStr, stop: asyncio.Event, on_ready: Callable[[App], object] | None) -> None:
    connection = asyncio.create_task(app.bot.start(token.get_secret_value()), name="gateway")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    settled = asyncio.create_task(_when_settled(app, on_ready), name="settled")
    for job in app.periodic:
        job.start()
    try:
        await asyncio.wait({connection, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (stopping, settled):
            task.cancel()
        await asyncio.gather(stopping, settled, return_exceptions=True)
        await _stop(app)
    _raise_start_error(await _outcome(connection))


async def _when_settled(app: App, on_ready: Callable[[App], object] | None) -> None:
    await app.bot.settled.wait()
    app.ticker.start()
    if on_ready is not None:
        on_ready(app)


async def _stop(app: App) -> None:
    """Finish what runs, flush, and leave. Each step is bounded, and a step that fails does not keep the next away."""
    late = await app.gate.close(PATIENCE)
    if late:
        _log.warning("some answers were not finished in time", count=late)
    for step in (app.ticker.stop, *(job.stop for job in app.periodic), app.recorder.flush, app.bot.close):
        try:
            async with asyncio.timeout(_STEP):
                await step()
        except (TimeoutError, Unavailable) as error:
            _log.warning("a step of stopping was cut short", step=step.__qualname__, error=repr(error))
        except Exception:  # noqa: BLE001 — the next step still has to come
            _log.exception("a step of stopping failed", step=step.__qualname__)


async def _outcome(connection: asyncio.Task[None]) -> BaseException | None:
    """How the gateway connection ended; None if it was well."""
    done, _ = await asyncio.wait({connection}, timeout=_STEP)
    if not done:
        connection.cancel()
        await asyncio.wait({connection}, timeout=_STEP)
        return None
    return None if connection.cancelled() else connection.exception()


def _raise_start_error(error: BaseException | None) -> None:
    match error:
        case None:
            return
        case discord.LoginFailure():
            raise StartError(
                "Discord refuses the token. In the Developer Portal open your application, choose Bot, press "
                "Reset Token, and put the new one into DISCORD_TOKEN."
            ) from error
        case discord.PrivilegedIntentsRequired():
            raise StartError(
                "Discord refuses the privileged intents. In the Developer Portal open your application, choose Bot, "
                "and under Privileged Gateway Intents switch on Server Members Intent and Message Content Intent."
            ) from error
        case discord.ConnectionClosed(code=code) if code in _CLOSE_CODES:
            raise StartError(_CLOSE_CODES[code]) from error
        case OSError():
            raise StartError(f"Discord can't be reached: {error}") from error
        case _:
            raise error


_CLOSE_CODES = {
    4010: "Discord refuses these shards: SHARD_IDS and SHARD_COUNT don't fit together.",
    4011: "The bot is in too many servers for one shard: raise SHARD_COUNT, or leave it empty.",
}
