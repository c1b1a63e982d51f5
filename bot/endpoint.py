"""Where Discord is. Only here are discord.py's own addresses changed, and before any client exists."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

FILE_ORIGINS = frozenset({"https://cdn.discordapp.com", "https://media.discordapp.net"})
"""Where Discord keeps what people send."""

_VERSION = 10
_USUAL_API = "https://discord.com"
_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True)
class Endpoint:
    """The addresses of a Discord that is not the usual one: a proxy, or the sandbox."""

    api: str
    """Without the version, such as ``http://127.0.0.1:8080/api``."""
    gateway: str


async def discover(api_url: str) -> Endpoint:
    """Ask an API for its gateway, as any client would.

    Raises:
        OSError, TimeoutError: it can't be reached.
        ValueError: it answers something else.
    """
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        try:
            async with session.get(f"{api_url}/v{_VERSION}/gateway") as response:
                answer = await response.json()
                return Endpoint(api=api_url, gateway=str(yarl.URL(answer["url"])))
        except aiohttp.ClientConnectionError as error:
            raise OSError(str(error)) from error
        except (aiohttp.ClientError, ValueError, TypeError, KeyError) as error:
            raise ValueError("no gateway address") from error


def use(endpoint: Endpoint) -> None:
    """Send every client of this process there. With a set shard count discord.py asks nobody for the gateway."""
    Route.BASE = f"{endpoint.api}/v{_VERSION}"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(endpoint.gateway)


def file_origins() -> frozenset[str]:
    """Where files may be read from: where Discord keeps them, or beside an API that is not the usual one."""
    origin = str(yarl.URL(Route.BASE).origin())
    return FILE_ORIGINS if origin == _USUAL_API else FILE_ORIGINS | {origin}
