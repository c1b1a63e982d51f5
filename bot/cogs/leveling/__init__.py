"""Levels: earn XP by talking, look where you stand, and what staff decides about it."""

from __future__ import annotations

import discord

from bot.app import FolkmootBot
from bot.cogs.leveling.ranks import RankCog

PERMISSIONS = discord.Permissions(send_messages=True, embed_links=True, attach_files=True, manage_roles=True)
"""What the bot needs in a server for this."""


async def setup(bot: FolkmootBot) -> None:
    """Load the cogs; each part of leveling has its own."""
    for cog in (RankCog(),):
        await bot.add_cog(cog)
