"""`folkmoot db copy`: an installation moves into another database."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.progress import Progress
from bot.cli.support import BAD_SETTINGS, EnvFile, fail, hiding, must_exist, prepare, sentences

if TYPE_CHECKING:
    from bot.db.copying import Copied, Place
    from bot.settings import Settings

To = Annotated[
    str,
    typer.Option(
        "--to",
        envvar="FOLKMOOT_COPY_TO",
        help="The other database, as in DATABASE_URL. With a password in it, better by the environment.",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="DATA_DIR of the other installation, if it has its own: files go there."),
]
Again = Annotated[bool, typer.Option("--again", help="Start a copy over that was not finished.")]


def copy(to: To, data_dir: DataDir = None, env_file: EnvFile = Path(".env"), *, again: Again = False) -> None:
    """Copy everything into another, empty database, and compare. Refused while a bot runs on either."""
    settings, _ = prepare(env_file)
    other = _other(settings, to, data_dir)
    hide = hiding(settings, other)
    from bot.db.copying import Place

    source = Place(settings.database_config(), settings.data_dir)
    target = Place(other.database_config(), other.data_dir)
    must_exist(source.config)
    if _address(source) == _address(target):
        fail("--to names the database that is copied; name another one.")
    began = time.monotonic()
    done = sentences(target.config, hide, lambda: asyncio.run(_held_copy(source, target, again=again)))
    files = f" and {done.files} file{'s' * (done.files != 1)}" if done.files else ""
    typer.echo(
        f"{done.rows:,} rows of {done.tables} tables{files} copied in {time.monotonic() - began:.1f} s; "
        f"both sides are the same. To move there, set DATABASE_URL{' and DATA_DIR' * (data_dir is not None)}."
    )


async def _held_copy(source: Place, target: Place, *, again: bool) -> Copied:
    from bot import startup
    from bot.clock import SystemClock
    from bot.db import copying

    bars: dict[str, Progress] = {}

    def on_progress(what: str, done: int, of: int) -> None:
        if what not in bars:
            for bar in bars.values():
                bar.clear()
            bars[what] = Progress(what)
        bars[what](done, of)

    try:
        async with startup.held(source.config), startup.held(target.config):
            return await copying.copy(source, target, again=again, now=SystemClock().now(), on_progress=on_progress)
    finally:
        for bar in bars.values():
            bar.clear()


def _other(settings: Settings, to: str, data_dir: Path | None) -> Settings:
    """These settings with another database."""
    from pydantic import ValidationError

    from bot.settings import DatabaseSettings

    try:
        database = DatabaseSettings(**{**settings.database.model_dump(), "url": to, "direct_url": None})
    except ValidationError as error:
        fail(f"--to: {error.errors()[0]['msg'].removeprefix('Value error, ')}", BAD_SETTINGS)
    if database.url is None:
        fail("--to: expected the address of a database", BAD_SETTINGS)
    return settings.model_copy(update={"database": database, "data_dir": data_dir or settings.data_dir})


def _address(place: Place) -> object:
    config = place.config
    parsed = config.parsed
    return config.sqlite_path.resolve() if config.is_sqlite else (parsed.host, parsed.port or 5432, parsed.database)
