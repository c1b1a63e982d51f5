"""The sandbox itself: one loopback server with the REST API, the gateway, the CDN and the controls."""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import web

from .actors import Actor
from .backend import PRIVILEGED, SandboxClock
from .control import add_controls
from .exchange import Exchange, Exchanges
from .faults import Faults
from .gateway import Gateway
from .rest import API_PREFIX, Rest, SeenRequest
from .watch import View
from .world import World

FAKE_TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAwMA.GsandB.this-token-opens-nothing-but-a-sandbox"  # noqa: S105 — it says so
_CLOSE_SECONDS = 0.1
_BODY_LIMIT = 30 * 1024 * 1024


class Sandbox:
    """A simulated Discord on a loopback port, for as long as the `async with` block lasts.

    `portal_intents` names the privileged intents switched on in the developer portal; `heartbeat` is the gateway's
    heartbeat interval in seconds; `shards` and `max_concurrency` are what `/gateway/bot` recommends. Port 0 takes
    any free one.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        token: str = FAKE_TOKEN,
        portal_intents: frozenset[str] = PRIVILEGED,
        heartbeat: float = 41.25,
        shards: int = 1,
        max_concurrency: int = 1,
        requests_kept: int = 2_000,
    ) -> None:
        self.world = world or World()
        self.token = token
        self.faults = Faults()
        self.stopping = asyncio.Event()
        backend = self.world.backend
        self.exchanges = Exchanges(backend)
        backend.portal_intents = portal_intents
        self.gateway = Gateway(backend, token=token, approved=portal_intents, heartbeat=heartbeat)
        self.rest = Rest(
            backend,
            token=token,
            faults=self.faults,
            content_access="message_content" in portal_intents,
            touched=self.exchanges.touched,
            kept=requests_kept,
        )
        self.rest.shards = shards
        self.rest.max_concurrency = max_concurrency
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_get("/cdn/{path:.+}", self.rest.handle_cdn)
        add_controls(app, self)
        app.router.add_route("*", API_PREFIX + "/{tail:.*}", self.rest.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_SECONDS)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        self.rest.gateway_url = self.gateway.url = self.gateway_url
        self.world.backend.cdn.base = self.cdn_url

    async def close(self) -> None:
        """Cut every connection and give the port back."""
        self.stopping.set()
        self.gateway.close()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    # Addresses ------------------------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        """The server's root, `http://127.0.0.1:PORT`."""
        return f"http://{self._host}:{self._port}"

    @property
    def api_url(self) -> str:
        """What stands for `https://discord.com/api`; the version follows it."""
        return f"{self.base_url}/api"

    @property
    def gateway_url(self) -> str:
        """What stands for `wss://gateway.discord.gg`."""
        return f"ws://{self._host}:{self._port}/gateway"

    @property
    def cdn_url(self) -> str:
        """What stands for `https://cdn.discordapp.com`."""
        return f"{self.base_url}/cdn"

    # Looking --------------------------------------------------------------------------------------------

    @property
    def clock(self) -> SandboxClock:
        """The clock of every deadline; `advance` it instead of sleeping."""
        return self.world.clock

    @property
    def requests(self) -> deque[SeenRequest]:
        """The most recent HTTP requests, oldest first."""
        return self.rest.requests

    @property
    def unimplemented(self) -> deque[str]:
        """What bots asked for that this sandbox cannot do; a test should find it empty."""
        return self.rest.unimplemented

    def view(self, user_id: int) -> View:
        """What one user sees. Close it, or use it as a context manager, when done."""
        return View(self.world.backend, user_id)

    def file(self, url: str) -> bytes | None:
        """The bytes of a file that was sent, by its address; None if it is no such, or too long ago."""
        found = self.world.backend.cdn.read(unquote(url.removeprefix(self.cdn_url)))
        return None if found is None else found[0]

    # Acting ---------------------------------------------------------------------------------------------

    def as_member(self, guild_id: int, user_id: int, *, locale: str = "en-US") -> Actor:
        """Act as somebody in a guild (who may be about to join it), whose Discord speaks a language."""
        self.world.backend.get_user(user_id)
        return self._actor(guild_id, user_id, locale)

    def as_user(self, user_id: int, *, locale: str = "en-US") -> Actor:
        """Act as somebody in their direct messages with the bot."""
        self.world.backend.get_user(user_id)
        return self._actor(None, user_id, locale)

    def _actor(self, guild_id: int | None, user_id: int, locale: str) -> Actor:
        return Actor(self.world.backend, self.exchanges, self.faults, guild_id=guild_id, user_id=user_id, locale=locale)

    def replay(self, exchange: Exchange) -> None:
        """Deliver the very same INTERACTION_CREATE a second time, as Discord rarely does."""
        exchange.replay()

    async def inject(self, event: str, payload: Mapping[str, Any] | str, *, guild_id: int | None = None) -> int:
        """Push a raw event to the sessions past the backend; see `Gateway.inject`."""
        return await self.gateway.inject(event, payload, guild_id=guild_id)

    async def stopped(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 — says whether, does not raise
        """Wait until somebody asks the sandbox to stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), timeout)
        return self.stopping.is_set()
