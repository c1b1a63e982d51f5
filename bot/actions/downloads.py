"""Reading files that people bring with a command or a form."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import structlog

from bot.errors import DiscordAway

_log = structlog.stdlib.get_logger(__name__)

_PATIENCE = 30.0
"""Seconds that a file may take to come from Discord."""


async def downloaded(client: discord.Client, url: str) -> bytes:
    """The bytes of a file at the address that Discord gave it. Whoever asks looks at its size first.

    Raises:
        DiscordAway: Discord does not hand it out.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            return await client.http.get_from_cdn(url)
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        _log.warning("a file could not be read from Discord", error=repr(error))
        raise DiscordAway from None
