"""The place the sandbox's stories happen in, and the client that lives there."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
import yarl

with warnings.catch_warnings():
    # discord.py 2.7 imports `audioop`, which Python 3.11 calls deprecated; nothing here uses voice.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord
    import discord.gateway
    import discord.http

from discord import app_commands

from bot.sandbox import Actor, Sandbox, World

GUILD = 900_000_000_000_000_001
CHANNEL = 900_000_000_000_000_002
ALICE = 900_000_000_000_000_003
BOB = 900_000_000_000_000_004
BOT = 900_000_000_000_000_009
WAIT = 5.0


@dataclass
class Meadow:
    """A running sandbox with two people in it."""

    world: World
    sandbox: Sandbox
    alice: Actor
    bob: Actor


class Client(discord.AutoShardedClient):
    """An ordinary client with a command tree; `prepare` adds its commands before they are synced."""

    def __init__(self, prepare: "Prepare", **options: Any) -> None:
        options.setdefault("intents", discord.Intents.all())
        options.setdefault("guild_ready_timeout", 0.05)  # how long to wait for one more guild at the start
        super().__init__(**options)
        self.tree = app_commands.CommandTree(self)
        self.synced: list[app_commands.AppCommand] = []
        self.resumed = asyncio.Event()
        self.heard: list[str] = []
        self._heard_more = asyncio.Event()
        prepare(self)

    async def setup_hook(self) -> None:
        self.synced = await self.tree.sync()

    async def on_shard_resumed(self, _shard_id: int) -> None:
        self.resumed.set()

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            self.heard.append(message.content)
            self._heard_more.set()

    async def until_heard(self, count: int) -> list[str]:
        """Wait until so many messages of others were heard."""
        async with asyncio.timeout(WAIT):
            while len(self.heard) < count:
                self._heard_more.clear()
                await self._heard_more.wait()
        return self.heard

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Real Discord wants five seconds between shards; the sandbox does not."""


Prepare = Callable[[Client], None]


class Connect(Protocol):
    """Logs a client in and waits until it is ready."""

    def __call__(self, prepare: Prepare = ..., **options: Any) -> Awaitable[Client]: ...


def build_world() -> World:
    world = World(bot_id=BOT, application_id=900_000_000_000_000_008)
    world.add_guild("Meadow", id=GUILD)
    world.add_channel(GUILD, "general", id=CHANNEL)
    world.add_member(GUILD, "alice", id=ALICE)
    world.add_member(GUILD, "bob", id=BOB)
    return world


def point_at(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let discord.py find the sandbox where it looks for Discord."""
    monkeypatch.setattr(discord.http.Route, "BASE", sandbox.api_url + "/v10")
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))
    monkeypatch.setattr(discord.Asset, "BASE", sandbox.cdn_url)


@asynccontextmanager
async def connected(client: Client, token: str) -> AsyncIterator[Client]:
    """Run a client for the length of the block; what its start fails with is raised here."""
    async with client:
        await client.login(token)
        running = asyncio.create_task(client.connect())
        ready = asyncio.create_task(client.wait_until_ready())
        try:
            done, _ = await asyncio.wait({running, ready}, timeout=WAIT, return_when=asyncio.FIRST_COMPLETED)
            if running in done:
                running.result()
            assert ready in done, "the client did not get ready"
            yield client
        finally:
            ready.cancel()
            await client.close()
            await asyncio.wait({running, ready}, timeout=WAIT)
            if running.done() and not running.cancelled():
                running.exception()  # seen, if the block did not raise it already


def channel_of(client: discord.Client, channel_id: int = CHANNEL) -> discord.TextChannel:
    """The text channel as the client knows it."""
    channel = client.get_channel(channel_id)
    assert isinstance(channel, discord.TextChannel)
    return channel
