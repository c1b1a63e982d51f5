"""/privacy: what I keep about you, as a file, and out of my records."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.host import ServiceHost, services_of
from bot.cogs.privacy import pages
from bot.cogs.privacy.controls import CONTROLS, overview_view
from bot.ui.answers import reply, settled

PERMISSIONS = discord.Permissions.none()
"""What this feature needs in a guild: its answers need nothing."""


class PrivacyCog(commands.Cog):
    """What everybody may ask about themselves."""

    @app_commands.command(
        name="privacy",
        description="See what I keep about you, get it as a file, or have it erased.",
        extras={"examples": ["/privacy"], "slash_only": True},
    )
    async def privacy(self, interaction: discord.Interaction[Any]) -> None:
        """Show how much there is: of this server, or everywhere in a direct message."""
        work = services_of(interaction).privacy.overview(interaction.user.id, interaction.guild_id)
        held = await settled(interaction, work, ephemeral=True)
        everywhere = interaction.guild_id is None
        made = pages.overview(held, everywhere=everywhere)
        await reply(interaction, embed=made, view=overview_view(held, everywhere=everywhere), ephemeral=True)


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    host: ServiceHost = bot
    host.router.add(*CONTROLS)
    bot.add_dynamic_items(*CONTROLS)
    await bot.add_cog(PrivacyCog())
