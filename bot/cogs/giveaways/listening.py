"""Members who gain or lose roles, or begin to boost: their chances follow, where they depend on it."""

from __future__ import annotations

from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.actions.giveaways import person_of
from bot.actions.host import ServiceHost

_log = structlog.stdlib.get_logger(__name__)


class GiveawayListener(commands.Cog):
    """Listens; says nothing. What it misses while the bot is away is looked at again when it comes back."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._gate = host.gate
        self._roles = host.services.giveaway_roles

    @commands.Cog.listener()
    async def on_any_member_update(self, member: discord.Member) -> None:
        """Somebody is not as they were."""
        if not member.bot and await self._heeds(member.guild.id):
            self._roles.met(member.guild.id, person_of(member))

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came, perhaps back to what they had entered, and without the roles they had."""
        await self.on_any_member_update(member)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """A role is gone; nobody is told of each who had it."""
        if await self._heeds(role.guild.id):
            self._roles.look_again(role.guild.id)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """A connection is a new one: what happened since the last was not heard."""
        del shard_id
        self._roles.look_again()

    async def _heeds(self, guild_id: int) -> bool:
        try:
            return self._gate.serves(guild_id) and await self._roles.heeds(guild_id)
        except Exception as error:  # noqa: BLE001 — all entrants are looked at once it is known where they are
            _log.warning("whether chances depend on roles is not known", guild=guild_id, error=repr(error))
            return False
