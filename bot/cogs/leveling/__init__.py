"""Levels: earn XP by talking, look where you stand, and what staff decides about it."""

from __future__ import annotations

import discord

from bot.app import FolkmootBot
from bot.cogs.leveling.deletions import XpDeletionsCog
from bot.cogs.leveling.listening import XpListener

PERMISSIONS = discord.Permissions(send_messages=True, embed_links=True, manage_roles=True)
"""What the bot needs in a server for this."""


async def setup(bot: FolkmootBot) -> None:
    """Load the cogs; each part of leveling has its own."""
    await bot.add_cog(XpListener(bot))
    await bot.add_cog(XpDeletionsCog(bot))
