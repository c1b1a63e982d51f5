"""The life of the process: open, migrate, log in, run, and stop without losing anything."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Iterator

import discord
import structlog
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from bot import allocator
from bot.clock import SteeredClock
from bot.compose import App, make_app
from bot.db.engine import Database
from bot.errors import Unavailable
from bot.log import SecretsHidden
from bot.settings import Settings
from bot.startup import StartError, database_lock, find_discord, migrate, shards_held, start_monitor, wait_for_database

_log = structlog.stdlib.get_logger(__name__)

REFUSED_TOKEN = (
    "Discord refuses the token. In the Developer Portal open your application, choose Bot, press Reset Token, "  # noqa: S105 — a sentence
    "and put the new one into DISCORD_TOKEN."
)
"""What to do about a token that does not work."""

PATIENCE = 10.0
"""Seconds that a stop waits for what is being answered."""

_STEP = 3.0
"""Seconds for each further step of stopping."""


async def run(
    settings: Settings,
    token: SecretStr,
    *,
    hide: SecretsHidden,
    api_url: str | None = None,
    on_ready: Callable[[App], object] | None = None,
    stop: asyncio.Event | None = None,
    sync: bool = False,
) -> None:
    """Run the bot until it is told to stop, by a signal or through `stop`.

    With `sync` Discord is told of the commands even if it should know them.

    Raises:
        StartError: it could not start, or had to stop because it lost its shard lock.
    """
    allocator.keep_few_arenas()
    config = settings.database_config()
    stop = stop or asyncio.Event()
    with _signals(stop), database_lock(config):
        if api_url is not None:
            await find_discord(api_url)
        app = make_app(settings, config, hide=hide, sync=sync)
        try:
            await start_monitor(app.monitor)
            await wait_for_database(app.database, settings.database.start_timeout, stop)
            if not stop.is_set():
                await _run_held(app, settings, token, stop, on_ready)
        finally:
            if app.monitor is not None:
                await _step(app.monitor.stop)
            await _close(app.database)


async def _run_held(
    app: App, settings: Settings, token: SecretStr, stop: asyncio.Event, on_ready: Callable[[App], object] | None
) -> None:
    config = app.database.config
    async with shards_held(config, settings.shard.count, settings.shard.ids, stop.set) as lost:
        await migrate(config, settings.data_dir)
        if isinstance(app.clock, SteeredClock):
            await app.database.steer(app.clock)
        await _serve(app, token, stop, on_ready)
        _log.info("stopped")
        if lost.is_set():
            raise StartError("Another process took over this one's shards while the database was away, so I stopped.")


async def _close(database: Database) -> None:
    """Close the database; one that does not answer, or is none, is left as it is."""
    try:
        async with asyncio.timeout(_STEP):
            await database.close()
    except (TimeoutError, OSError, SQLAlchemyError) as error:
        _log.warning("the database was not closed politely", error=repr(error))


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
    app.listener.start()
    for job in app.periodic:
        job.start()
    try:
        await asyncio.wait({connection, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (stopping, settled):
            task.cancel()
        await asyncio.gather(stopping, settled, return_exceptions=True)
        await stop_app(app)
    _raise_start_error(await _outcome(connection))


async def _when_settled(app: App, on_ready: Callable[[App], object] | None) -> None:
    await app.bot.settled.wait()
    app.ticker.start()
    if on_ready is not None:
        on_ready(app)


async def stop_app(app: App) -> None:
    """Finish what runs, flush, and leave. Each step is bounded, and a step that fails does not keep the others away."""
    late = await app.gate.close(PATIENCE)
    if late:
        _log.warning("some answers were not finished in time", count=late)
    await asyncio.gather(_step(app.ticker.stop), *(_step(job.stop) for job in app.periodic))
    await _step(app.ticker.finish)
    flushes = (_step(app.recorder.flush), _step(app.command_log.flush))
    await asyncio.gather(*flushes, _step(app.bot.close), _step(app.listener.stop), _step(app.pictures.close))
    await asyncio.gather(*(_step(job.finish) for job in app.periodic))


async def _step(act: Callable[[], Awaitable[object]]) -> None:
    name = getattr(act, "__qualname__", repr(act))
    try:
        async with asyncio.timeout(_STEP):
            await act()
    except (TimeoutError, Unavailable) as error:
        _log.warning("a step of stopping was cut short", step=name, error=repr(error))
    except Exception:  # noqa: BLE001 — the other steps still have to come
        _log.exception("a step of stopping failed", step=name)


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
            raise StartError(REFUSED_TOKEN) from error
        case discord.PrivilegedIntentsRequired():
            raise StartError(
                "Discord refuses the privileged intents. In the Developer Portal open your application, choose Bot, "
                "and under Privileged Gateway Intents switch on Server Members Intent and Message Content Intent."
            ) from error
        case discord.ConnectionClosed(code=code) if code in _CLOSE_CODES:
            raise StartError(_CLOSE_CODES[code]) from error
        case OSError():
            raise StartError(f"Discord can't be reached: {error}") from error
        case discord.HTTPException():
            raise StartError(f"Discord answers with an error: {error}") from error
        case Unavailable():
            raise StartError("The database went away while the bot was starting.") from error
        case _:
            raise error


_CLOSE_CODES = {
    4010: "Discord refuses these shards: SHARD_IDS and SHARD_COUNT don't fit together.",
    4011: "The bot is in too many servers for one shard: raise SHARD_COUNT, or leave it empty.",
}
