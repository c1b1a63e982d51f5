"""/diagnose: whether everything will work in a server, and what mends it if it won't."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.cogs.diagnose.controls import BUTTONS, answer
from bot.ui.diagnosis import EVERYTHING
from bot.ui.staff import for_staff

PERMISSIONS = discord.Permissions.none()
"""What this feature needs in a guild: its answers need nothing."""


class DiagnoseCog(commands.Cog):
    """The examination of a server."""

    @for_staff
    @app_commands.command(
        name="diagnose",
        description="See whether everything will work here, and mend what won't.",
        extras={"examples": ["/diagnose", "/diagnose feature:Economy"], "slash_only": True},
    )
    @app_commands.describe(feature="Look at this one alone.")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def diagnose(self, interaction: discord.Interaction[Any], feature: str | None = None) -> None:
        """Examine the server."""
        await answer(interaction, interaction.guild_id or 0, feature or EVERYTHING)


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    host: ServiceHost = bot
    host.router.add(*BUTTONS)
    bot.add_dynamic_items(*BUTTONS)
    cog = DiagnoseCog()
    choices = [app_commands.Choice(name=one.title, value=one.name) for one in host.chapters]
    app_commands.choices(feature=choices)(cog.diagnose)
    await bot.add_cog(cog)
