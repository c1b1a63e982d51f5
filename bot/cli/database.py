"""`folkmoot db …`: looking after the database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.backup import backup, restore
from bot.cli.copy import copy
from bot.cli.support import EnvFile, on_database, prepare, sentences
from bot.cli.verify import verify

if TYPE_CHECKING:
    from bot.db.config import DatabaseConfig
    from bot.settings import Settings

app = typer.Typer(help="Look after the database.", no_args_is_help=True)
app.command()(verify)
app.command()(backup)
app.command()(restore)
app.command()(copy)


def _say(env_file: Path, act: Callable[[DatabaseConfig, Settings], str], *, writes: bool) -> None:
    typer.echo(on_database(env_file, act, writes=writes))


def _stands_at(env_file: Path, revision: str) -> bool:
    """Whether the database is at a revision, which a look beside a running bot can tell."""
    from bot.db import migrations

    settings, hide = prepare(env_file)
    config = settings.database_config()
    if config.is_sqlite and not config.sqlite_path.exists():
        return False
    found = sentences(config, hide, lambda: migrations.inspect(config))
    return found.current == (found.head if revision == "head" else revision)


IfNeeded = Annotated[bool, typer.Option("--if-needed", help="With nothing to apply end well, even beside a bot.")]


@app.command()
def upgrade(
    revision: Annotated[str, typer.Argument()] = "head",
    env_file: EnvFile = Path(".env"),
    *,
    if_needed: IfNeeded = False,
) -> None:
    """Apply the migrations that are missing, after a backup."""
    from bot import startup
    from bot.db import migrations

    if if_needed and _stands_at(env_file, revision):
        typer.echo("nothing to apply")
        return

    def act(config: DatabaseConfig, settings: Settings) -> str:
        if not migrations.inspect(config).up_to_date:
            startup.back_up_first(config, settings.data_dir)
        return f"at {migrations.upgrade(config, revision).current}"

    _say(env_file, act, writes=True)


@app.command()
def downgrade(revision: str, env_file: EnvFile = Path(".env")) -> None:
    """Take migrations back, down to a revision or to `base`, after a backup. What they had added is lost."""
    from bot import startup
    from bot.db import migrations

    def act(config: DatabaseConfig, settings: Settings) -> str:
        startup.back_up_first(config, settings.data_dir)
        return f"at {migrations.downgrade(config, revision).current or 'base'}"

    _say(env_file, act, writes=True)


@app.command()
def current(env_file: EnvFile = Path(".env")) -> None:
    """Print where the database stands."""
    from bot.db import migrations

    def act(config: DatabaseConfig, _: Settings) -> str:
        found = migrations.inspect(config)
        state = "up to date" if found.up_to_date else f"newest is {found.head}"
        return f"{found.current or 'empty'} ({state})"

    _say(env_file, act, writes=False)


@app.command()
def check(env_file: EnvFile = Path(".env")) -> None:
    """Compare the tables in the database with those in the code."""
    from bot.db import migrations

    def act(config: DatabaseConfig, _: Settings) -> str:
        found = migrations.check(config)
        if found:
            raise migrations.MigrationError("\n".join(["the tables differ:", *found]))
        return "the tables are as the code wants them"

    _say(env_file, act, writes=False)


@app.command()
def revision(message: str, env_file: EnvFile = Path(".env")) -> None:
    """Write a new migration from what the code's tables have and the database does not (for developers)."""
    from bot.db import migrations

    _say(env_file, lambda config, _: migrations.new_revision(config, message), writes=True)
