"""What the gateway tells of acts in Discord's own interface."""

from __future__ import annotations

from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.actions.watch import Watch

_log = structlog.stdlib.get_logger(__name__)


class WatchingCog(commands.Cog):
    """Listens; says nothing. What could not be written down is read in the audit log soon after."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._gate = bot.gate
        self._agreement = host.services.agreement
        self._watch = Watch(bot, host.services)

    @commands.Cog.listener()
    async def on_audit_log_entry_create(self, entry: discord.AuditLogEntry) -> None:
        """Somebody did something that Discord keeps a record of."""
        await self._see(entry.guild, self._watch.heard(entry))

    @commands.Cog.listener()
    async def on_member_ban(self, guild: discord.Guild, user: discord.User | discord.Member) -> None:
        """Somebody was banned."""
        await self._see(guild, self._watch.saw(guild, user.id, banned=True))

    @commands.Cog.listener()
    async def on_member_unban(self, guild: discord.Guild, user: discord.User) -> None:
        """Somebody was unbanned."""
        await self._see(guild, self._watch.saw(guild, user.id, banned=False))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A guild arrived at start or after an outage: some of what happened meanwhile was not told."""
        self._agreement.ask(guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was added: what stands there already is nobody's news."""
        self._agreement.ask(guild.id)

    async def _see(self, guild: discord.Guild, seeing: Any) -> None:
        if not self._gate.serves(guild.id):
            seeing.close()
            return
        try:
            await seeing
        except Exception as error:  # noqa: BLE001 — the next survey finds it
            _log.warning("an act by hand waits to be written down", guild=guild.id, error=repr(error))
            self._agreement.ask(guild.id)
