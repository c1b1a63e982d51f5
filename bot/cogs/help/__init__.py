"""/help and /about: what can be done here, and who does it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.actions.manual import open_manual
from bot.cogs.help import pages
from bot.cogs.help.controls import ChapterMenu, overview_view
from bot.domain.manual import search
from bot.ui.answers import reply, settled

PERMISSIONS = discord.Permissions.none()
"""What this feature needs in a guild: its answers need nothing."""

_MOST = 25

Interaction = discord.Interaction[Any]


class HelpCog(commands.Cog):
    """The manual."""

    def __init__(self, host: ServiceHost) -> None:
        self._host = host

    @app_commands.command(
        name="help",
        description="Find out what I can do for you here.",
        extras={"examples": ["/help", "/help command:pay"]},
    )
    @app_commands.describe(command="The command you want to know more about.")
    async def manual(self, interaction: Interaction, command: str | None = None) -> None:
        """Show the whole manual, or the page of one command."""
        manual = await settled(interaction, open_manual(interaction), ephemeral=True)
        found = search(manual.entries, command, 1) if command else ()
        if found:
            await reply(interaction, embed=pages.entry(manual, found[0]), view=overview_view(manual), ephemeral=True)
        else:
            made = pages.overview(manual, missed=command)
            await reply(interaction, embed=made, view=overview_view(manual), ephemeral=True)

    @manual.autocomplete("command")
    async def _commands(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        manual = await open_manual(interaction)
        return [
            app_commands.Choice(name=f"/{entry.name} · {entry.description}"[:100], value=entry.name)
            for entry in search(manual.entries, current, _MOST)
        ]

    @app_commands.command(
        name="about", description="Who I am, how I am doing, and what I know.", extras={"examples": ["/about"]}
    )
    async def about(self, interaction: Interaction) -> None:
        """Show what the operator and the process say of themselves."""
        made = pages.about(self._host.about, pages.Health.of(interaction), self._host.command_ids)
        await reply(interaction, embed=made, view=pages.links(self._host.about), ephemeral=True)


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    host: ServiceHost = bot
    host.router.add(ChapterMenu)
    bot.add_dynamic_items(ChapterMenu)
    await bot.add_cog(HelpCog(host))
