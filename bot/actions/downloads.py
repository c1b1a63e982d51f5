"""Reading files that people bring with a command, a form or a message: from Discord alone, and never more than agreed.

What somebody's client says of a file is not to be relied on, and the address comes from outside with it. So it is read
from Discord's own hosts, goes where it points and nowhere further, and ends at a limit whatever it claims to be.
"""

from __future__ import annotations

import asyncio

import aiohttp
import structlog
import yarl

from bot import endpoint
from bot.domain.proof import MOST_BYTES
from bot.errors import DiscordAway

_log = structlog.stdlib.get_logger(__name__)

_PATIENCE = 30.0
"""Seconds that a file may take to come from Discord."""

_OK = 200
_PLAIN = {"Accept-Encoding": "identity"}
"""Packed it could be larger than its bytes tell."""


async def downloaded(url: str, *, most_bytes: int = MOST_BYTES, patience: float = _PATIENCE) -> bytes:
    """The bytes of a file at the address that Discord gave it, within so many seconds. Asks Discord itself, uncounted.

    Raises:
        DiscordAway: Discord does not hand it out, it is not Discord whom one would ask, or it is larger.
    """
    try:
        async with asyncio.timeout(patience):
            return await _read(_address(url), most_bytes)
    except (ValueError, aiohttp.ClientError, OSError, TimeoutError) as error:
        _log.warning("a file could not be read from Discord", error=repr(error))
        raise DiscordAway from None


def _address(url: str) -> yarl.URL:
    try:
        address = yarl.URL(url)
        origin = str(address.origin())
    except ValueError:
        raise ValueError("no address") from None
    if origin not in endpoint.file_origins() or address.user is not None or address.password is not None:
        raise ValueError("not one of Discord's hosts")
    return address


async def _read(address: yarl.URL, most_bytes: int) -> bytes:
    async with (
        aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.get(address, allow_redirects=False, headers=_PLAIN) as response,
    ):
        if response.status != _OK:
            raise ValueError(f"HTTP {response.status}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise ValueError("packed")
        found = bytearray()
        async for part in response.content.iter_any():
            found += part
            if len(found) > most_bytes:
                raise ValueError(f"more than {most_bytes} bytes")
        return bytes(found)
