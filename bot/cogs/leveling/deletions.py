"""Messages that are deleted, where that takes back what they earned."""

from __future__ import annotations

from typing import Any

import discord
from discord.ext import commands

from bot import first_look
from bot.actions.host import ServiceHost
from bot.actions.xp_deletions import XpDeletions
from bot.domain.leveling_settings import LevelingSettings
from bot.errors import Unavailable


class XpDeletionsCog(commands.Cog):
    """Listens; says nothing."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._bot = bot
        self._rules = host.services.xp_rules
        self._settings = host.services.guild_settings
        self.deletions = XpDeletions(host.services.leveling)

    def _may_concern(self, payload: discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent) -> bool:
        rules = None if payload.guild_id is None else self._rules.known(payload.guild_id)
        return payload.guild_id is not None and (rules is None or (rules.is_on and rules.settings.take_back))

    @commands.Cog.listener()
    @first_look.after(_may_concern)
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """One was deleted, by its author or by somebody else."""
        guild = self._bot.get_guild(payload.guild_id)
        if guild is not None and await self._takes_back(guild.id):
            await self.deletions.deleted(guild, {payload.message_id: payload.channel_id})

    @commands.Cog.listener()
    @first_look.after(_may_concern)
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Many were deleted at once."""
        if payload.guild_id is not None and await self._takes_back(payload.guild_id):
            await self.deletions.swept(payload.guild_id, sorted(payload.message_ids))

    async def _takes_back(self, guild_id: int) -> bool:
        try:
            settings = (await self._settings.read(guild_id, LevelingSettings)).value
        except Unavailable:
            return False
        return settings.take_back
