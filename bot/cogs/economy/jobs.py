"""/jobs: what /work tells in a server, for its staff to write."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.authority import require_standing
from bot.actions.host import host_of, services_of
from bot.cogs.economy.job_controls import JobForm, ask_whether, employer_of, open_form, open_list
from bot.domain.audit import clipped
from bot.domain.authority import Permission, Staff
from bot.domain.jobs import Job
from bot.errors import JobGone, Unavailable, UserError
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

_MOST_CHOICES, _LONGEST, _DIGITS = 25, 100, 19
_PATIENCE = 1.5
"""Seconds that a search may take: later suggestions are of no use."""


class OwnJob(app_commands.Transformer):
    """The id of a job of the server, chosen from suggestions by its words."""

    async def transform(self, interaction: Interaction, value: str, /) -> int:  # noqa: ARG002 — discord.py's signature
        """Which one; whether it is there is looked at by whoever uses it.

        Raises:
            JobGone: words that were not chosen from the suggestions.
        """
        if not (value.isdecimal() and value.isascii() and len(value) <= _DIGITS):
            raise JobGone
        return int(value)

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """Jobs with these words in them, for those who may change them; none while the database is away or slow."""
        try:
            guild_id = await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)
            find = partial(services_of(interaction).jobs.search, guild_id, value, most=_MOST_CHOICES)
            found: list[Job] = await host_of(interaction).inquiries.ask(("jobs", guild_id, value), find, _PATIENCE)
        except (Unavailable, UserError, TimeoutError):
            return []
        return [Choice(name=clipped(job.text, _LONGEST), value=str(job.id)) for job in found]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class JobsCog(commands.GroupCog, group_name="jobs", group_description="Write what /work tells in this server."):
    """The server's own jobs."""

    @for_staff
    @app_commands.command(
        name="list",
        description="See the jobs of this server, and change or remove one.",
        extras={"examples": ["/jobs list"], "slash_only": True},
    )
    async def list_(self, interaction: Interaction) -> None:
        """Show the newest page."""
        await open_list(interaction)

    @for_staff
    @app_commands.command(
        name="add",
        description="Write a job of your own; as soon as there is one, mine are not told any more.",
        extras={"examples": ["/jobs add"], "slash_only": True},
    )
    async def add(self, interaction: Interaction) -> None:
        """Open the empty form."""
        await employer_of(interaction)
        await interaction.response.send_modal(JobForm())

    @for_staff
    @app_commands.command(
        name="edit",
        description="Change the words or the pay of a job.",
        extras={"examples": ["/jobs edit job:You swept"], "slash_only": True},
    )
    @app_commands.describe(job="Which one; choose from the list.")
    async def edit(self, interaction: Interaction, job: Transform[int, OwnJob]) -> None:
        """Open the form with the job in it."""
        await open_form(interaction, job)

    @for_staff
    @app_commands.command(
        name="remove",
        description="Take a job off the list.",
        extras={"examples": ["/jobs remove job:You swept"], "slash_only": True},
    )
    @app_commands.describe(job="Which one; choose from the list.")
    async def remove(self, interaction: Interaction, job: Transform[int, OwnJob]) -> None:
        """Ask whether it shall go."""
        await ask_whether(interaction, job, in_place=False)
