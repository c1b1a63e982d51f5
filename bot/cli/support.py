"""What the commands share: settings read, log set up, and failures said as sentences."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import unicodedata
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from bot.db.config import DatabaseConfig
    from bot.db.engine import Database
    from bot.log import SecretsHidden
    from bot.settings import Settings

T = TypeVar("T")

BAD_SETTINGS = 2
"""The exit code for settings that can't be used: starting again will not help."""

FAILED = 1
"""The exit code for everything else."""

_PATIENCE = 3600.0
"""Seconds that one statement may take here: an operator can wait, and no member does."""


@contextmanager
def importing() -> Generator[None]:
    """Imports inside the block don't look for garbage. There is none, and looking takes a fifth of the time.

    Nor do they find rich, which structlog loads where it is (typer brings it) to draw tracebacks with. Ours are plain,
    and it would stay in memory for nothing (3 MiB).
    """
    gc.disable()
    unseen = "rich" not in sys.modules
    if unseen:
        sys.modules["rich"] = None  # pyright: ignore[reportArgumentType] — Python's way to say that there is none
    try:
        yield
    finally:
        if unseen:
            del sys.modules["rich"]
        gc.freeze()
        gc.enable()


def fail(message: str, code: int = FAILED) -> NoReturn:
    """Say why on standard error, and end."""
    for line in message.splitlines():
        typer.echo(line, err=True)
    raise typer.Exit(code)


def _is_there(context: typer.Context, option: typer.CallbackParam, path: Path) -> Path:
    """Refuse a file of settings that was named and is not there: without it the bot would run on others."""
    source = context.get_parameter_source(option.name or "")
    named = source is not None and source.name == "COMMANDLINE"
    if named and not path.is_file() and path != Path(os.devnull):
        fail(f"--env-file: found {str(path)!r}, expected a file that is there", BAD_SETTINGS)
    return path


EnvFile = Annotated[
    Path,
    typer.Option("--env-file", help="The file of settings, besides the environment.", callback=_is_there),
]


def prepare(env_file: Path) -> tuple[Settings, SecretsHidden]:
    """Read the settings and set up the log, or end with what is wrong with them."""
    from bot.settings import SettingsError, load

    try:
        settings = load(env_file)
        hide = hiding(settings)
    except SettingsError as error:
        fail(str(error), BAD_SETTINGS)
    # Not a part of reading the settings: the doctor reads them too, and says in its own words what mends this.
    near = next(one for one in (settings.data_dir.absolute(), *settings.data_dir.absolute().parents) if one.exists())
    if not near.is_dir():
        there = "a file" if near == settings.data_dir.absolute() else f"inside the file {near}"
        fail(f"DATA_DIR: found {str(settings.data_dir)!r}, which is {there}, expected a folder", BAD_SETTINGS)
    return settings, hide


def hiding(settings: Settings, *others: Settings) -> SecretsHidden:
    """Set up the log as the first of these settings say, without a secret of any of them.

    Raises:
        SettingsError: the token's file can't be read.
    """
    from bot import log

    hide = log.SecretsHidden([secret for one in (settings, *others) for secret in one.secrets()])
    as_json = settings.log.format == "json" or (settings.log.format == "auto" and not sys.stderr.isatty())
    log.set_up(level=settings.log.level, as_json=as_json, hide=hide)
    return hide


def sentences(config: DatabaseConfig, hide: SecretsHidden, act: Callable[[], T]) -> T:
    """Do something with a database; what goes wrong ends the process with a sentence."""
    with importing():
        from sqlalchemy.exc import SQLAlchemyError

        from bot import startup
        from bot.db.backup import BackupError
        from bot.db.copying import CopyError
        from bot.db.migrations import MigrationError
        from bot.errors import Unavailable

    try:
        return act()
    except (startup.StartError, MigrationError, BackupError, CopyError) as error:
        fail(hide(str(error)))
    except Unavailable as error:
        cause = error.__cause__ or error
        fail(hide(f"The database at {config.safe_url} does not answer: {startup.reason_of(cause)}"))
    except (SQLAlchemyError, OSError) as error:
        fail(hide(f"The database at {config.safe_url} can't be used: {startup.reason_of(error)}"))


def must_exist(config: DatabaseConfig) -> None:
    """End with a sentence if there is no SQLite file yet, which opening it would make."""
    if config.is_sqlite and not config.sqlite_path.exists():
        fail(f"There is no database at {config.sqlite_path} yet.")


def on_database(env_file: Path, act: Callable[[DatabaseConfig, Settings], T], *, writes: bool) -> T:
    """Do something to the database; what writes is refused while the bot runs on it."""
    with importing():
        from bot import startup

    settings, hide = prepare(env_file)
    config = settings.database_config()
    if not writes:
        must_exist(config)
        return sentences(config, hide, lambda: act(config, settings))
    return sentences(config, hide, lambda: asyncio.run(startup.alone(config, lambda: act(config, settings))))


def reading(env_file: Path, act: Callable[[Database], Awaitable[T]]) -> T:
    """Look at the database beside whatever runs on it, without any way of changing it."""
    settings, hide = prepare(env_file)
    config = replace(settings.database_config(), read_only=True, statement_timeout=_PATIENCE)
    must_exist(config)
    return sentences(config, hide, lambda: asyncio.run(read(config, act)))


async def read(config: DatabaseConfig, act: Callable[[Database], Awaitable[T]]) -> T:
    """Do something with a database that is opened for it."""
    from random import SystemRandom

    from bot.clock import SystemClock
    from bot.db.engine import Database

    database = Database(config, SystemClock(), SystemRandom())
    try:
        return await act(database)
    finally:
        await database.close()


def printable(text: str) -> str:
    """A text without what would move the cursor or colour a terminal; some of it was typed by members."""
    return "".join(
        character if character in "\n\t" or unicodedata.category(character)[0] != "C" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
