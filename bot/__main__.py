"""The command line: ``folkmoot``, or ``python -m bot``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot import __version__

if TYPE_CHECKING:
    from bot.db.config import DatabaseConfig
    from bot.log import SecretsHidden
    from bot.settings import Settings

_BAD_SETTINGS = 2
_FAILED = 1

app = typer.Typer(
    help="Folkmoot, a self-hosted Discord community bot.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="Look after the database.", no_args_is_help=True)
app.add_typer(db, name="db")

EnvFile = Annotated[Path, typer.Option("--env-file", help="The file of settings, besides the environment.")]


def _fail(message: str, code: int = _FAILED) -> NoReturn:
    for line in message.splitlines():
        typer.echo(line, err=True)
    raise typer.Exit(code)


def _prepare(env_file: Path) -> tuple[Settings, SecretsHidden]:
    from bot import log
    from bot.settings import SettingsError, load

    try:
        settings = load(env_file)
        hide = log.SecretsHidden(settings.secrets())
    except SettingsError as error:
        _fail(str(error), _BAD_SETTINGS)
    as_json = settings.log.format == "json" or (settings.log.format == "auto" and not sys.stderr.isatty())
    log.set_up(level=settings.log.level, as_json=as_json, hide=hide)
    return settings, hide


@app.command()
def run(
    env_file: EnvFile = Path(".env"),
    *,
    sync: Annotated[bool, typer.Option("--sync", help="Tell Discord of the commands even if it should know.")] = False,
) -> None:
    """Run the bot on Discord."""
    from bot import process, startup

    settings, hide = _prepare(env_file)
    token = settings.token()
    if token is None:
        _fail(
            "DISCORD_TOKEN: found nothing, expected the bot's token from the Developer Portal (or try: folkmoot demo)",
            _BAD_SETTINGS,
        )
    try:
        asyncio.run(process.run(settings, token, hide=hide, api_url=settings.discord.api_url, sync=sync))
    except startup.StartError as error:
        _fail(hide(str(error)))


@app.command()
def demo(env_file: EnvFile = Path(".env")) -> None:
    """Try everything without a Discord account, on a small simulated Discord."""
    from bot import demo as stage
    from bot import startup

    settings, _ = _prepare(env_file)
    try:
        asyncio.run(stage.play(settings, on_terminal=sys.stdin.isatty() and sys.stdout.isatty()))
    except startup.StartError as error:
        _fail(str(error))


@app.command()
def invite(env_file: EnvFile = Path(".env")) -> None:
    """Print the link that adds the bot to a server, with exactly the permissions it needs."""
    from bot import startup
    from bot.invite import invite_link

    settings, hide = _prepare(env_file)
    token = settings.token()
    if token is None:
        _fail("DISCORD_TOKEN: found nothing, expected the bot's token from the Developer Portal", _BAD_SETTINGS)
    try:
        typer.echo(asyncio.run(invite_link(token, settings.discord.api_url)))
    except startup.StartError as error:
        _fail(hide(str(error)))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"folkmoot {__version__}")


def _on_database(env_file: Path, act: Callable[[DatabaseConfig], str], *, writes: bool) -> None:
    """Do something to the database; what writes is refused while the bot runs on it."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot import startup
    from bot.db.migrations import MigrationError

    settings, hide = _prepare(env_file)
    config = settings.database_config()
    if config.is_sqlite and not writes and not config.sqlite_path.exists():
        _fail(f"There is no database at {config.sqlite_path} yet.")
    try:
        typer.echo(asyncio.run(startup.alone(config, lambda: act(config))) if writes else act(config))
    except (startup.StartError, MigrationError) as error:
        _fail(hide(str(error)))
    except (SQLAlchemyError, OSError) as error:
        _fail(hide(f"The database at {config.safe_url} can't be used: {startup.reason_of(error)}"))


@db.command()
def upgrade(revision: str = "head", env_file: EnvFile = Path(".env")) -> None:
    """Apply the migrations that are missing."""
    from bot.db import migrations

    _on_database(env_file, lambda config: f"at {migrations.upgrade(config, revision).current}", writes=True)


@db.command()
def downgrade(revision: str, env_file: EnvFile = Path(".env")) -> None:
    """Take migrations back, down to a revision or to `base`. What they had added is lost."""
    from bot.db import migrations

    def act(config: DatabaseConfig) -> str:
        return f"at {migrations.downgrade(config, revision).current or 'base'}"

    _on_database(env_file, act, writes=True)


@db.command()
def current(env_file: EnvFile = Path(".env")) -> None:
    """Print where the database stands."""
    from bot.db import migrations

    def act(config: DatabaseConfig) -> str:
        found = migrations.inspect(config)
        state = "up to date" if found.up_to_date else f"newest is {found.head}"
        return f"{found.current or 'empty'} ({state})"

    _on_database(env_file, act, writes=False)


@db.command()
def check(env_file: EnvFile = Path(".env")) -> None:
    """Compare the tables in the database with those in the code."""
    from bot.db import migrations

    def act(config: DatabaseConfig) -> str:
        found = migrations.check(config)
        if found:
            raise migrations.MigrationError("\n".join(["the tables differ:", *found]))
        return "the tables are as the code wants them"

    _on_database(env_file, act, writes=False)


@db.command()
def revision(message: str, env_file: EnvFile = Path(".env")) -> None:
    """Write a new migration from what the code's tables have and the database does not (for developers)."""
    from bot.db import migrations

    _on_database(env_file, lambda config: migrations.new_revision(config, message), writes=True)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
