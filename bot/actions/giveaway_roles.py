"""Entrants of whom changes may have been missed, looked at again: some at a time, as Discord lets them be asked for."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import structlog

from bot.actions.giveaways import person_of
from bot.services.giveaway_roles import LOOKED_AT_ONCE, GiveawayRoles, Unseen

_log = structlog.stdlib.get_logger(__name__)

_PATIENCE = 30.0
"""Seconds for one question."""


class EntrantWalk:
    """Asks Discord how entrants are now, where chances depend on it."""

    def __init__(self, client: discord.Client, roles: GiveawayRoles) -> None:
        self._client = client
        self._roles = roles

    async def round(self) -> None:
        """Look at the next. Those of a server that can't be seen now are looked at later.

        Raises:
            Unavailable: the database is away.
        """
        unseen = await self._roles.unseen() if self._client.is_ready() else None
        if unseen is None:
            return
        try:
            await self._look(unseen)
        except (OSError, aiohttp.ClientError, discord.DiscordException) as error:
            _log.warning("roles of entrants can't be seen now", guild=unseen.guild_id, error=repr(error))
            self._roles.not_seen(unseen)

    async def _look(self, unseen: Unseen) -> None:
        guild = self._client.get_guild(unseen.guild_id)
        if guild is None:  # not a member of it any more
            return
        if guild.unavailable:
            self._roles.not_seen(unseen)
            return
        async with asyncio.timeout(_PATIENCE):
            found = await guild.query_members(user_ids=list(unseen.user_ids), limit=LOOKED_AT_ONCE, cache=False)
        for member in found:
            self._roles.met(guild.id, person_of(member))
