"""The whole bot in this process, against a simulated Discord on real sockets: start, stop, or let it die."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import aiohttp
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.state import AutoShardedConnectionState
from pydantic import SecretStr

from bot import process
from bot.app import FolkmootBot
from bot.compose import App, make_app
from bot.db.config import DatabaseConfig
from bot.i18n import Tongue, tongue
from bot.log import SecretsHidden
from bot.sandbox import Actor, Exchange, Sandbox, SeenMessage, World
from bot.settings import Settings
from tests.support.clock import ManualClock

GUILD = 1_000 << 22
OTHER_GUILD = 1_001 << 22
GENERAL = (2_000 << 22) + 1
ELSEWHERE = (2_001 << 22) + 1
ALICE, BOB, CAROL = (3_000 << 22), (3_001 << 22), (3_002 << 22)
OUTSIDER = 3_003 << 22
ROBOT = 3_004 << 22

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
"""When everybody of the village came there: long enough before the manual clock begins to be trusted with payments."""

_PATIENCE = 10.0
_READY_PATIENCE = 0.05
_AT_ONCE = 0.001


def village() -> World:
    """Two guilds: one with Alice, Bob, Carol and a robot, and one with an outsider."""
    world = World()
    world.add_guild("Village", id=GUILD)
    world.add_channel(GUILD, "general", id=GENERAL)
    for name, user_id in (("alice", ALICE), ("bob", BOB), ("carol", CAROL)):
        world.add_user(name, id=user_id)
        world.add_member(GUILD, user_id)
    world.add_user("robot", id=ROBOT, bot=True)
    world.add_member(GUILD, ROBOT)
    world.add_guild("Elsewhere", id=OTHER_GUILD)
    world.add_channel(OTHER_GUILD, "general", id=ELSEWHERE)
    world.add_user("outsider", id=OUTSIDER)
    world.add_member(OTHER_GUILD, OUTSIDER)
    for guild in (GUILD, OTHER_GUILD):
        world.settle(guild, LONG_AGO)
    return world


class _Expectant(AutoShardedConnectionState[FolkmootBot]):
    """A connection that knows when no further guild will come, where discord.py waits and sees after each one."""

    @property
    def guild_ready_timeout(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        return _READY_PATIENCE if any(guild.unavailable for guild in self.guilds) else _AT_ONCE


@contextlib.contextmanager
def pointed_at(sandbox: Sandbox) -> Iterator[None]:
    """discord.py's addresses lead to the sandbox meanwhile."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = f"{sandbox.api_url}/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sandbox.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@dataclass
class Stage:
    """A sandbox, and the bot that comes and goes on it. The database and the world outlive the bot."""

    sandbox: Sandbox
    config: DatabaseConfig
    clock: ManualClock
    settings: Settings = field(default_factory=lambda: Settings(default_features=frozenset({"all"})))
    tongue: Callable[[str], Tongue] = tongue
    """What it takes to speak a language."""
    app: App | None = None
    arrange: Callable[[App, aiohttp.TraceConfig], None] | None = None
    """Called with every new app before it starts, to plant a crash."""
    seed: int = 0
    """Of chance: another for each of several bots that run at once."""
    _starts: int = 0
    _gateway: asyncio.Task[None] | None = None

    async def start(self) -> App:
        """Start a bot, and wait until it knows its guilds."""
        trace = aiohttp.TraceConfig()
        self._starts += 1
        self.clock.advance(seconds=1)  # no process starts in the millisecond in which another died
        app = make_app(
            self.settings,
            self.config,
            hide=SecretsHidden([self.sandbox.token]),
            clock=self.clock,
            rng=Random(self.seed + self._starts),
            http_trace=trace,
            ready_patience=_READY_PATIENCE,
            tongue=self.tongue,
            monotonic=lambda: self.clock.now().timestamp(),
        )
        app.bot._connection.__class__ = _Expectant
        if self.arrange is not None:
            self.arrange(app, trace)
        self.app = app
        app.listener.start()
        token = SecretStr(self.sandbox.token)
        self._gateway = asyncio.create_task(app.bot.start(token.get_secret_value()), name="gateway")
        settled = asyncio.create_task(app.bot.settled.wait())
        await asyncio.wait({self._gateway, settled}, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if self._gateway.done():
            await self._gateway
        if not settled.done():
            settled.cancel()
            raise TimeoutError("the bot did not get ready")
        return app

    async def stop(self) -> None:
        """Stop the bot in order, as SIGTERM would."""
        if self.app is None:
            return
        app, self.app = self.app, None
        await process.stop_app(app)
        await self._leave(app)

    async def die(self) -> None:
        """Drop the bot without flushing anything, as `kill -9` would; what it committed stays."""
        if self.app is None:
            return
        app, self.app = self.app, None
        names = (
            "settled-", "CommandTree", "outbox-", "batch-", "live-", "locks-", "purge-", "roles-", "hold-", "sanction-",
            "tickets-", "ticket-record-", "discord.py: on_",
        )  # fmt: skip
        others = {task for task in asyncio.all_tasks() if task.get_name().startswith(names)}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._leave(app)

    async def _leave(self, app: App) -> None:
        await app.listener.stop()
        await app.pictures.close()
        await app.bot.close()
        if self._gateway is not None:
            self._gateway.cancel()
            await asyncio.gather(self._gateway, return_exceptions=True)
            self._gateway = None
        with contextlib.suppress(Exception):  # a database that was crashed may not close politely
            await app.database.close()

    # People ---------------------------------------------------------------------------------------------

    @property
    def alice(self) -> Actor:
        return self.sandbox.as_member(GUILD, ALICE)

    @property
    def bob(self) -> Actor:
        return self.sandbox.as_member(GUILD, BOB)

    @property
    def carol(self) -> Actor:
        return self.sandbox.as_member(GUILD, CAROL)

    async def ask(self, who: Actor, command: str, /, **options: object) -> SeenMessage:
        """Use a command in #general, and see the final answer."""
        exchange: Exchange = await who.slash(GENERAL, command, **options)
        return await exchange.finished()


def words(message: SeenMessage) -> str:
    """Everything that a message says."""
    parts = [message.content, *(str(embed.get("description", "")) for embed in message.embeds)]
    parts += [str(embed.get("title", "")) for embed in message.embeds]
    return "\n".join(part for part in parts if part)


def is_private(message: SeenMessage) -> bool:
    """Whether only one person sees it."""
    return bool(message.ephemeral)
