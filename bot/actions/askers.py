"""Whether whoever asked for a batch could still do by hand what it does: it may outlast what they may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import discord

from bot.domain.general import GeneralSettings
from bot.errors import DiscordAway
from bot.services.guild_settings import GuildSettingsService

_REMEMBERED = timedelta(seconds=30)
"""How long it is believed what the asker may do: looking for each target would be a request for each."""


class Askers:
    """Asks Discord whether somebody manages a server, or is an admin there. One for each feature that has batches."""

    def __init__(self, client: discord.Client, settings: GuildSettingsService, now: Callable[[], datetime]) -> None:
        self._client = client
        self._settings = settings
        self._now = now
        self._standings: dict[tuple[int, int], tuple[datetime, bool]] = {}
        self._asking = WeakValueDictionary[tuple[int, int], asyncio.Lock]()
        """Held while Discord is asked about somebody, for as long as anybody waits for it."""

    async def may_still(self, guild_id: int, asker_id: int) -> bool:
        """Whether they may.

        Raises:
            DiscordAway: the guild is out of sight.
        """
        now, key = self._now(), (guild_id, asker_id)
        # The targets of a turn come at once, and one look is for all of them; no other server waits for it.
        async with self._asking.setdefault(key, asyncio.Lock()):
            known = self._standings.get(key)
            if known is None or now - known[0] > _REMEMBERED:
                kept = {one: found for one, found in self._standings.items() if now - found[0] <= _REMEMBERED}
                known = (now, await self._stands(guild_id, asker_id))
                self._standings = {**kept, key: known}
        return known[1]

    async def _stands(self, guild_id: int, asker_id: int) -> bool:
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable:
            raise DiscordAway
        try:
            member = await guild.fetch_member(asker_id)
        except discord.NotFound:
            return False
        if member.guild_permissions.manage_guild or guild.owner_id == asker_id:
            return True
        general = (await self._settings.read(guild_id, GeneralSettings)).value
        return not {role.id for role in member.roles}.isdisjoint(general.admin_roles)
