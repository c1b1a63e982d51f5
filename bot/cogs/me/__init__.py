"""/me: what everybody sets for themselves, on a panel as that of /config. /userinfo: who somebody is."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.people import Somebody
from bot.actions.pictures import drawn
from bot.actions.profile import face, look_at
from bot.actions.settings_controls import open_section
from bot.cogs.me import pages
from bot.domain.preferences import Preferences
from bot.pictures.specs import Picture
from bot.ui.answers import reply, settled

PERMISSIONS = discord.Permissions(attach_files=True)
"""What this feature needs in a guild: for cards. Without it there are the words alone."""

Interaction = discord.Interaction[Any]


class MeCog(commands.Cog):
    """One's own wishes, and each other's faces."""

    @app_commands.command(
        name="me",
        description="Choose your language, time zone and card, and what I note about you.",
        extras={"examples": ["/me"], "secret": True},
    )
    async def me(self, interaction: Interaction) -> None:
        """Show the panel."""
        await open_section(interaction, Preferences.section)

    @app_commands.command(
        name="userinfo",
        description="See who somebody is: since when they are here, their roles, and more.",
        extras={"examples": ["/userinfo", "/userinfo member:@Bob"]},
    )
    @app_commands.describe(member="Who, also if they left; yourself if you leave it out.")
    @app_commands.guild_only()
    async def userinfo(
        self, interaction: Interaction, member: app_commands.Transform[int, Somebody] | None = None
    ) -> None:
        """Show somebody."""
        await show(interaction, interaction.user if member is None else member)


@app_commands.guild_only()
async def user_info(interaction: Interaction, person: discord.Member | discord.User) -> None:
    """Show whoever was clicked on."""
    await show(interaction, person)


async def show(interaction: Interaction, who: int | discord.Member | discord.User) -> None:
    """Answer with somebody, for whoever asks alone."""
    shown = await settled(interaction, look_at(interaction, who), ephemeral=True)

    async def picture() -> Picture | None:
        return await drawn(interaction, pages.card(shown, await face(shown.person)))

    made = await settled(interaction, picture(), ephemeral=True)
    await reply(interaction, embed=pages.userinfo(shown), picture=made, ephemeral=True)


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    await bot.add_cog(MeCog())
    bot.tree.add_command(app_commands.ContextMenu(name="User info", callback=user_info))
