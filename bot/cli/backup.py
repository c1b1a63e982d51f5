"""`folkmoot db backup` and `folkmoot db restore`."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.support import FAILED, EnvFile, on_database, prepare, read, sentences
from bot.cli.verify import look_through

if TYPE_CHECKING:
    from bot.db.backup import Backup
    from bot.db.config import DatabaseConfig
    from bot.settings import Settings

Target = Annotated[Path | None, typer.Argument(help="A folder that is not there yet. Default: in DATA_DIR/backups.")]
Source = Annotated[Path, typer.Argument(help="The folder of a backup.")]


def backup(path: Target = None, env_file: EnvFile = Path(".env")) -> None:
    """Copy the database and its files into a folder, and check the copy. Works beside the bot."""
    from bot.clock import SystemClock
    from bot.db import backup as backups

    began = time.monotonic()

    def act(config: DatabaseConfig, settings: Settings) -> Backup:
        now = SystemClock().now()
        return backups.make(config, settings.data_dir, path or backups.default_folder(settings.data_dir, now), now=now)

    made = on_database(env_file, act, writes=False)
    typer.echo(f"{_amount(made)} in {time.monotonic() - began:.1f} s, checked: {made.folder}")


def restore(path: Source, env_file: EnvFile = Path(".env")) -> None:
    """Put a backup into an empty place, and check it there. Refused while a bot runs, and where something is."""
    from bot.db import backup as backups
    from bot.db import migrations

    restored = on_database(
        env_file, lambda config, settings: backups.restore(config, settings.data_dir, path), writes=True
    )
    manifest = restored.manifest
    typer.echo(f"{_amount(restored)} of {manifest.began_at:%Y-%m-%d %H:%M:%S} UTC, revision {manifest.revision}.")
    if manifest.revision != migrations.head():
        typer.echo("The next start brings it up to date. Then look through it with: folkmoot db verify")
        return
    settings, hide = prepare(env_file)
    config = replace(settings.database_config(), read_only=True, statement_timeout=3600.0)
    verdict = sentences(config, hide, lambda: asyncio.run(read(config, look_through)))
    typer.echo(str(verdict))
    if verdict.grave:
        raise typer.Exit(FAILED)


def _amount(found: Backup) -> str:
    count = len(found.manifest.files)
    return f"{found.manifest.size / 1_000_000:.1f} MB in {count} file{'s' * (count != 1)}"
