"""Channels of tickets that are deleted by hand, or made twice, as the gateway tells of them."""

from __future__ import annotations

from typing import Any

import discord
import structlog
from discord.ext import commands

from bot import first_look
from bot.actions.host import ServiceHost
from bot.actions.ticket_places import TicketPlaces
from bot.domain.ticket_opening import marked
from bot.errors import Unavailable

_log = structlog.stdlib.get_logger(__name__)


class TicketPlacesCog(commands.Cog):
    """Watches; says nothing. What it misses while the database is away is found in the next hour."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._gate = host.gate
        services = host.services
        self._places = TicketPlaces(bot, services.ticket_opening, services.ticket_closing.gone, bot.shard_range)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Every server has arrived: what was deleted while the bot was away is missing."""
        try:
            await self._places.look()
        except Unavailable:
            _log.warning("the channels of tickets were not looked at")

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted."""
        if isinstance(channel, discord.TextChannel):
            await self._deleted(channel.guild.id, channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted. One that is archived is not."""
        await self._deleted(payload.guild_id, payload.thread_id)

    async def _deleted(self, guild_id: int, channel_id: int) -> None:
        if not self._gate.serves(guild_id):
            return
        try:
            await self._places.deleted(guild_id, channel_id)
        except Unavailable:
            _log.warning("a deleted channel was not looked up", guild=guild_id, channel=channel_id)

    def _is_tickets(self, channel: discord.abc.GuildChannel) -> bool:
        return isinstance(channel, discord.TextChannel) and marked(channel.topic) is not None

    @commands.Cog.listener()
    @first_look.after(_is_tickets)
    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was made that says it is a ticket's."""
        if isinstance(channel, discord.TextChannel) and self._gate.serves(channel.guild.id):
            try:
                await self._places.made(channel)
            except Unavailable:
                _log.warning("a new channel was not looked up", guild=channel.guild.id, channel=channel.id)
