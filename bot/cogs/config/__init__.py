"""/config: what a server's owners set, on a panel that is made from the settings themselves."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.actions.settings_controls import BUTTONS, MENUS, WriteForm, open_section
from bot.cogs.config.controls import SWITCHES, board_remedy, remedy
from bot.domain.features import FeatureSettings
from bot.errors import FeatureOff, NoBoards
from bot.ui.staff import for_staff

PERMISSIONS = discord.Permissions.none()
"""What this feature needs in a guild: its answers need nothing."""


class ConfigCog(commands.Cog):
    """The settings of a server."""

    @for_staff
    @app_commands.command(
        name="config",
        description="See and change what I do in this server.",
        extras={"examples": ["/config", "/config section:Economy"], "slash_only": True},
    )
    @app_commands.describe(section="Where to begin; you can go on to the others from there.")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def config(self, interaction: discord.Interaction[Any], section: str | None = None) -> None:
        """Show a section."""
        await open_section(interaction, section or FeatureSettings.section)


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    host: ServiceHost = bot
    host.router.add(*MENUS, *BUTTONS, *SWITCHES, WriteForm)
    host.reporter.offer(FeatureOff, remedy)
    host.reporter.offer(NoBoards, board_remedy)
    bot.add_dynamic_items(*MENUS, *BUTTONS, *SWITCHES)
    cog = ConfigCog()
    choices = [app_commands.Choice(name=one.title, value=one.section) for one in host.services.guild_settings.on_panels]
    app_commands.choices(section=choices)(cog.config)
    await bot.add_cog(cog)
