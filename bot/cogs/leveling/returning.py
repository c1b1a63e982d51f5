"""Members who come, or come back: they have the roles of the level that they left with."""

from __future__ import annotations

from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.actions.host import ServiceHost

_log = structlog.stdlib.get_logger(__name__)


class ReturningCog(commands.Cog):
    """Listens; says nothing. Whoever keeps roles waits for those who have to accept the server's rules first."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._gate = bot.gate
        self._rewards = host.services.rewards

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came, perhaps back."""
        if member.bot or not self._gate.serves(member.guild.id):
            return
        try:
            await self._rewards.joined(member.guild.id, member.id)
        except Exception as error:  # noqa: BLE001 — /xp sync finds it
            _log.warning("roles of levels wait", guild=member.guild.id, error=repr(error))
