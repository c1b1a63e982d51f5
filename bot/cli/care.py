"""Commands that look and tell: one incident, and whether all is well."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.support import FAILED, EnvFile, fail, importing, printable, reading

if TYPE_CHECKING:
    from bot.db.engine import Database
    from bot.domain.incidents import Incident
    from bot.domain.uses import Use
    from bot.log import SecretsHidden

Offline = Annotated[bool, typer.Option("--offline", help="Do not ask Discord.")]
Server = Annotated[int, typer.Argument(help="The server's id.")]
Number = Annotated[int, typer.Argument(help="The giveaway's number, such as 7.")]
Folder = Annotated[Path, typer.Argument(help="Where the file is to be; here if you leave it out.")]
Code = Annotated[str, typer.Argument(help="The code that the member was told, such as 1BNNECX-0W8K5P.")]


def incident(code: Code, env_file: EnvFile = Path(".env")) -> None:
    """Show what happened under an incident code: when, what, where, and the stack. Works beside the bot."""
    from bot.domain.incidents import id_of

    try:
        incident_id = id_of(code)
    except ValueError:
        fail(f"{printable(code)!r} is not an incident code; they look like 1BNNECX-0W8K5P.")
    found, use = reading(env_file, lambda database: _look_up(database, incident_id))
    if found is None:
        fail(
            f"There is no incident {printable(code)} in this database. Is it the code of another bot? "
            "An incident that happened while the database was away is in the log alone."
        )
    typer.echo(described(found, use))


async def _look_up(database: Database, incident_id: int) -> tuple[Incident | None, Use | None]:
    from bot.services.command_logs import CommandLogService
    from bot.services.incidents import IncidentsService

    found = await IncidentsService(database).find(incident_id)
    return found, None if found is None else await CommandLogService(database).by_incident(incident_id)


def described(found: Incident, use: Use | None = None) -> str:
    """An incident for an operator's terminal, with what the command log has of it."""
    from bot.domain.incidents import code_of
    from bot.ids import made_at

    context = "  ".join(f"{name}={value}" for name, value in found.context.items())
    where = [
        found.command and f"command {found.command}",
        found.guild_id and f"server {found.guild_id}",
        found.user_id and f"user {found.user_id}",
        context,
    ]
    lines = [
        f"Incident {code_of(found.id)}",
        f"  when   {made_at(found.id):%Y-%m-%d %H:%M:%S.%f} UTC",
        f"  what   {found.exception}: {found.message}",
        f"  where  {', '.join(part for part in where if part) or 'nobody knows'}",
        *([f"  used   {_used(use)}"] if use else []),
        "",
        found.stack.rstrip(),
    ]
    return printable("\n".join(lines))


def _used(use: Use) -> str:
    """What was used, with what, and for how long it ran."""
    given = json.dumps(dict(use.parameters), ensure_ascii=False) if use.parameters else "nothing"
    return f"{use.kind} {use.name} with {given}, {use.seconds * 1000:.0f} ms until it was answered"


def proof(server: Server, giveaway: Number, folder: Folder = Path(), env_file: EnvFile = Path(".env")) -> None:
    """Write the proof of a giveaway that is drawn into a file, whatever its size. Works beside the bot."""
    from bot.errors import GiveawayNotDrawn, GiveawayNotFound
    from bot.services.giveaway_proofs import GiveawayProofs

    try:
        proven = reading(env_file, lambda database: GiveawayProofs(database).prove(server, giveaway))
    except GiveawayNotFound:
        fail(f"There is no giveaway {giveaway} in the server {server}.")
    except GiveawayNotDrawn:
        fail(f"Giveaway {giveaway} is not drawn yet, and until then nobody is told its seed.")
    path = folder / proven.name
    try:
        with path.open("xb") as file:
            file.write(proven.file)
    except FileExistsError:
        fail(f"{path} is there already; nothing is written over.")
    except OSError as error:
        fail(f"{path} can't be written: {error.strerror}.")
    typer.echo(f"{path}: {len(proven.proof.entrants):,} entrants, {len(proven.file):,} bytes.")
    typer.echo("The winners are not right." if proven.misfits else "The winners are right.")


def doctor(env_file: EnvFile = Path(".env"), *, offline: Offline = False) -> None:
    """Look whether everything is as it should be, and say what to do where it is not. Works beside the bot."""
    levels = asyncio.run(_examine(env_file, offline=offline))
    failed, warned = levels.count("fail"), levels.count("warn")
    typer.echo(f"{failed} to mend, {warned} to look at.")
    if failed:
        raise typer.Exit(FAILED)


async def _examine(env_file: Path, *, offline: bool) -> list[str]:
    with importing():
        from bot.doctor import examine

    hide, levels = _hidden(env_file), list[str]()
    async for finding in examine(env_file, offline=offline):
        typer.echo(printable(hide(str(finding))))
        levels.append(str(finding.level))
    return levels


def _hidden(env_file: Path) -> SecretsHidden:
    """What no line may show; settings that can't be used are named without their values."""
    from bot.log import SecretsHidden
    from bot.settings import SettingsError, load

    try:
        return SecretsHidden(load(env_file).known_secrets())
    except SettingsError:
        return SecretsHidden([])
