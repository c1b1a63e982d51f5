"""People who come, go, and lose roles: their tickets are shown to those who may see them then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.actions.ticket_staff import staff_of
from bot.domain.features import Feature, FeatureSettings

_log = structlog.stdlib.get_logger(__name__)


class AccessListener(commands.Cog):
    """Listens; says nothing. What it misses while the bot is away, the next change of a ticket or its doctor finds."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._gate = host.gate
        self._access = host.services.ticket_access
        self._settings = host.services.guild_settings
        self._places = host.services.ticket_places

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came, perhaps back to a ticket: a thread has lost them meanwhile."""
        if not member.bot:
            await self._look(member.guild.id, partial(self._access.came_back, member.guild.id, member.id))

    @commands.Cog.listener()
    async def on_any_member_update(self, member: discord.Member) -> None:
        """Somebody may have lost a role, and with it the right to see what they were let into."""
        if member.bot:
            return
        guild_id, person = member.guild.id, staff_of(member)
        manages = person.manages or member.guild.owner_id == member.id
        look = partial(self._access.lost_by, guild_id, member.id, person.role_ids, manages=manages)
        await self._look(guild_id, look)

    @commands.Cog.listener()
    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Somebody left, and with that what they had claimed."""
        await self._look(payload.guild_id, partial(self._access.went, payload.guild_id, payload.user.id))

    async def _look(self, guild_id: int, look: Callable[[], Awaitable[Sequence[int]]]) -> None:
        """Let their tickets be looked at again, where there are tickets at all: open ones go on when they are off."""
        try:
            if self._gate.serves(guild_id) and (await self._is_on(guild_id) or self._places.holds(guild_id)):
                await look()
        except Exception as error:  # noqa: BLE001 — the doctor finds it
            _log.warning("who may see tickets was not looked at", guild=guild_id, error=repr(error))

    async def _is_on(self, guild_id: int) -> bool:
        return (await self._settings.read(guild_id, FeatureSettings)).value.has(Feature.TICKETS)
