"""Messages of giveaways that somebody deletes, and channels: it is noted, and the host is told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.domain.features import Feature, FeatureSettings

_log = structlog.stdlib.get_logger(__name__)


class GiveawayWatch(commands.Cog):
    """Listens; says nothing. What it misses while the bot is away, the next edit of the message finds."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._gate = host.gate
        self._message = host.services.giveaway_message
        self._settings = host.services.guild_settings

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """A message was deleted."""
        await self._look(payload.guild_id, payload.channel_id, [payload.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Many were deleted at once."""
        await self._look(payload.guild_id, payload.channel_id, payload.message_ids)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted, with all that stood there."""
        await self._look(channel.guild.id, channel.id, None)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted."""
        await self._look(payload.guild_id, payload.thread_id, None)

    async def _look(self, guild_id: int | None, channel_id: int, message_ids: Collection[int] | None) -> None:
        try:
            if guild_id is not None and self._gate.serves(guild_id) and await self._is_on(guild_id):
                await self._message.deleted(guild_id, channel_id, message_ids)
        except Exception as error:  # noqa: BLE001 — the next edit finds it
            _log.warning("whether a giveaway lost its message was not seen", guild=guild_id, error=repr(error))

    async def _is_on(self, guild_id: int) -> bool:
        return (await self._settings.read(guild_id, FeatureSettings)).value.has(Feature.GIVEAWAYS)
