"""The command line: ``folkmoot``, or ``python -m bot``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.cli import care, database
from bot.cli.health import health
from bot.cli.support import BAD_SETTINGS, EnvFile, fail, importing, prepare

app = typer.Typer(
    help="Folkmoot, a self-hosted Discord community bot.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(database.app, name="db")
app.command()(care.incident)
app.command()(care.doctor)
app.command()(care.proof)
app.command()(health)


@app.command()
def run(
    env_file: EnvFile = Path(".env"),
    *,
    sync: Annotated[bool, typer.Option("--sync", help="Tell Discord of the commands even if it should know.")] = False,
) -> None:
    """Run the bot on Discord."""
    with importing():
        from bot import process, startup

    settings, hide = prepare(env_file)
    token = settings.token()
    if token is None:
        fail(
            "DISCORD_TOKEN: found nothing, expected the bot's token from the Developer Portal (or try: folkmoot demo)",
            BAD_SETTINGS,
        )
    try:
        asyncio.run(process.run(settings, token, hide=hide, api_url=settings.discord.api_url, sync=sync))
    except startup.StartError as error:
        fail(hide(str(error)))


@app.command()
def demo(env_file: EnvFile = Path(".env")) -> None:
    """Try everything without a Discord account, on a small simulated Discord."""
    with importing():
        from bot import demo as stage
        from bot import startup

    settings, _ = prepare(env_file)
    try:
        asyncio.run(stage.play(settings, on_terminal=sys.stdin.isatty() and sys.stdout.isatty()))
    except startup.StartError as error:
        fail(str(error))


@app.command()
def invite(env_file: EnvFile = Path(".env")) -> None:
    """Print the link that adds the bot to a server, with exactly the permissions it needs."""
    from bot import startup
    from bot.invite import invite_link

    settings, hide = prepare(env_file)
    token = settings.token()
    if token is None:
        fail("DISCORD_TOKEN: found nothing, expected the bot's token from the Developer Portal", BAD_SETTINGS)
    try:
        typer.echo(asyncio.run(invite_link(token, settings.discord.api_url)))
    except startup.StartError as error:
        fail(hide(str(error)))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"folkmoot {__version__}")


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
