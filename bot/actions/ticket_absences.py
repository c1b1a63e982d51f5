"""Members with tickets who left, or came back, while nobody listened: found by asking Discord who is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import aiohttp
import discord
import structlog

from bot.domain.guilds import ShardRange
from bot.errors import Unavailable
from bot.services import Services

_log = structlog.stdlib.get_logger(__name__)

ABSENCES_INTERVAL = 60.0
"""Seconds between two looks at whether it is time to compare."""

EVERY = timedelta(hours=1)
AT_ONCE = 100
"""Members in one question: more Discord does not answer."""

_PATIENCE = 30.0
"""Seconds for one question."""


class TicketAbsences:
    """Compares those who have tickets with those who are there: at start, and every hour."""

    def __init__(self, client: discord.Client, services: Services, shards: Callable[[], ShardRange]) -> None:
        self._client = client
        self._services = services
        self._shards = shards
        self._next: datetime | None = None

    async def round(self) -> None:
        """Compare, if it is time for that, and the servers have arrived."""
        now = self._services.ticket_file.moment()
        if not self._client.is_ready() or (self._next is not None and now < self._next):
            return
        await self.compare()
        self._next = now + EVERY

    async def compare(self) -> None:
        """Compare every server with tickets. One that can't be asked now is asked the next time.

        Raises:
            Unavailable: the database is away.
        """
        for guild_id, openers in (await self._services.ticket_leaving.openers(self._shards())).items():
            guild = self._client.get_guild(guild_id)
            if guild is None or guild.unavailable:
                continue
            try:
                await self._compare(guild, openers)
            except Unavailable:
                raise
            except (OSError, aiohttp.ClientError, discord.DiscordException) as error:
                _log.warning("who left can't be seen now", guild=guild_id, error=repr(error))

    async def _compare(self, guild: discord.Guild, openers: Mapping[int, bool]) -> None:
        leaving = self._services.ticket_leaving
        everybody = sorted(openers)
        for start in range(0, len(everybody), AT_ONCE):
            some = everybody[start : start + AT_ONCE]
            async with asyncio.timeout(_PATIENCE):
                found = await guild.query_members(user_ids=some, limit=AT_ONCE, cache=False)
            present = {one.id for one in found}
            for user_id in some:
                if user_id in present and openers[user_id]:
                    await leaving.returned(guild.id, user_id)
                elif user_id not in present and not openers[user_id] and await _has_left(guild, user_id):
                    await leaving.left(guild.id, user_id)


async def _has_left(guild: discord.Guild, user_id: int) -> bool:
    """Whether somebody is not in a server, by Discord's express word: much may hang on it."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await guild.fetch_member(user_id)
    except discord.NotFound:
        return True
    return False
