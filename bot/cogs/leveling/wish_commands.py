"""/level rewards and /level notify: what levels bring, and what a member wants to hear of them."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.authority import guild_of
from bot.actions.host import services_of
from bot.cogs.leveling import reward_pages
from bot.ui.answers import reply, settled

Interaction = discord.Interaction[Any]


class WishCommands(commands.Cog):
    """Members' side of what levels bring."""

    @app_commands.command(
        name="rewards",
        description="See what levels bring here, and how far you are.",
        extras={"examples": ["/level rewards"]},
    )
    async def rewards(self, interaction: Interaction) -> None:
        """Show them."""
        work = services_of(interaction).rewards.listed(guild_of(interaction).id, interaction.user.id)
        shown = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=reward_pages.for_members(shown), ephemeral=True)

    @app_commands.command(
        name="notify",
        description="Choose whether you are pinged for a level, and whether leaderboards show your name.",
        extras={"examples": ["/level notify", "/level notify ping:True", "/level notify nameless:True"]},
    )
    @app_commands.describe(
        ping="Whether an announcement of your level notifies you.",
        nameless="Whether leaderboards show you as somebody.",
    )
    async def notify(self, interaction: Interaction, ping: bool | None = None, nameless: bool | None = None) -> None:
        """Change what is said, and show how it is then."""
        wishes, guild_id, me = services_of(interaction).level_wishes, guild_of(interaction).id, interaction.user.id
        changed = ping is not None or nameless is not None
        work = wishes.choose(guild_id, me, ping=ping, nameless=nameless) if changed else wishes.read(guild_id, me)
        shown = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=reward_pages.wish(shown, changed=changed), ephemeral=True, done=changed)
