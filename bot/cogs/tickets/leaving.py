"""Members who leave and come back, as Discord tells it while it is heard."""

from __future__ import annotations

from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.errors import Unavailable

_log = structlog.stdlib.get_logger(__name__)


class LeavingListener(commands.Cog):
    """Has tickets closed, or waited with. What is missed here is found by comparing, at start and every hour."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._gate = host.gate
        self._leaving = host.services.ticket_leaving

    @commands.Cog.listener()
    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Somebody left, was kicked or banned."""
        if not self._gate.serves(payload.guild_id):
            return
        try:
            await self._leaving.left(payload.guild_id, payload.user.id)
        except Unavailable as error:
            _log.warning("that somebody left is noted later", guild=payload.guild_id, error=repr(error))

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came, perhaps back."""
        try:
            await self._leaving.returned(member.guild.id, member.id)
        except Unavailable as error:
            _log.warning("that somebody came back is noted later", guild=member.guild.id, error=repr(error))
