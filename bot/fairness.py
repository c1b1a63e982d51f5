"""A gateway socket that leaves the loop to others.

discord.py reads its socket as long as there is something in it, without ever yielding: while messages pour in, no
command gets on. The socket handed to it here yields when it has held the loop for `SLICE`.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
from discord.http import HTTPClient

SLICE = 0.004
"""Seconds of reading after which others get a turn."""

TURNS = 4
"""Turns of the loop given to others at a time: an answer to a command takes several steps."""


class FairSocket:
    """An aiohttp WebSocket whose `receive` yields now and then; everything else is the socket's own."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._since = time.monotonic()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    async def receive(self, timeout: float | None = None) -> aiohttp.WSMessage:  # noqa: ASYNC109 — aiohttp's signature
        """The next message."""
        if time.monotonic() - self._since > SLICE:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            self._since = time.monotonic()
        return await self._socket.receive(timeout)


class FairHTTPClient(HTTPClient):
    """discord.py's HTTP client, opening fair sockets."""

    async def ws_connect(self, url: str, *, compress: int = 0) -> Any:
        """Open a gateway connection."""
        return FairSocket(await super().ws_connect(url, compress=compress))
