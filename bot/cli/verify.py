"""`folkmoot db verify`: whether the data keeps the promises that the features make about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.cli.progress import Progress
from bot.cli.support import FAILED, EnvFile, reading

if TYPE_CHECKING:
    from bot.db.engine import Database


@dataclass
class Verdict:
    """What a look through the database came to."""

    guilds: int = 0
    grave: int = 0
    minor: int = 0

    def __str__(self) -> str:
        """The last line."""
        word = "Something is wrong" if self.grave else "Everything adds up"
        return f"{word}. Servers: {self.guilds}. Wrong: {self.grave}. Notes: {self.minor}."


def verify(env_file: EnvFile = Path(".env")) -> None:
    """Check that the ledger and all else add up, for every server. Reads only, and works beside the bot."""
    verdict = reading(env_file, look_through)
    typer.echo(str(verdict))
    if verdict.grave:
        raise typer.Exit(FAILED)


async def look_through(database: Database) -> Verdict:
    """Verify everything, telling each finding as it comes."""
    from bot.features import invariants
    from bot.services.verify import VerifyService

    verdict, progress = Verdict(), Progress("servers verified")

    def on_guild(done: int, of: int) -> None:
        verdict.guilds = of
        progress(done, of)

    async for found in VerifyService(database, invariants()).findings(on_guild):
        progress.clear()
        if found.grave:
            verdict.grave += 1
        else:
            verdict.minor += 1
        where = "database" if found.guild_id is None else f"server {found.guild_id}"
        word = "wrong" if found.grave else "note"
        typer.echo(f"{word}: {where}, {found.feature}: not true that {found.promise}: {found.detail}")
    progress.clear()
    return verdict
