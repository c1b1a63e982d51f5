"""Voice that earns XP: hears who comes, goes and is muted, amid the reading of the gateway."""

from __future__ import annotations

from typing import Any

import discord
import structlog
from discord.ext import commands

from bot import first_look
from bot.actions.host import ServiceHost
from bot.errors import Unavailable

_log = structlog.stdlib.get_logger(__name__)


class VoiceListener(commands.Cog):
    """Hands what changes in voice to the rooms, and has them look into guilds that they don't know yet."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._rooms = host.voice
        self._gate = host.gate

    def _look(self, member: discord.Member, _before: discord.VoiceState, after: discord.VoiceState) -> bool:
        """Note a change at once. True where the guild's rules have to be read first: once for each guild."""
        if not self._gate.serves(member.guild.id):
            return False
        self._rooms.moved(member, after)
        return self._rooms.wants(member.guild.id)

    @commands.Cog.listener()
    @first_look.after(_look)
    async def on_voice_state_update(
        self, member: discord.Member, _before: discord.VoiceState, _after: discord.VoiceState
    ) -> None:
        """Begin to follow a guild."""
        await self._begin(member.guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Follow those who are in voice already when the bot comes."""
        if self._gate.serves(guild.id) and self._rooms.wants(guild.id):
            await self._begin(guild)

    @commands.Cog.listener()
    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """Nothing is heard of it any more: pay what was seen."""
        self._rooms.leave(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed: pay what was seen, should it come back."""
        self._rooms.leave(guild)

    async def _begin(self, guild: discord.Guild) -> None:
        try:
            await self._rooms.look(guild)
        except Unavailable:
            _log.warning("voice waits for the rules of a server", guild=guild.id)  # the next minute's look asks again
