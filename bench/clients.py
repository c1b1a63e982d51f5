"""The three clients under test, each with a sandbox of its own: ours, the bare one, and the raw reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench.support import Child, child
from bot.clock import SteeredClock
from bot.compose import make_services
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.repositories.tickets import topics as panels
from bot.db.sessions import WriteSession
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import Panel, PanelStyle, Topic, TopicConfig, TopicStyle
from bot.hears import intents

MARKERS = {"ours": "balance", "bare": "pong", "reader": "pong"}
"""The command that each of them answers."""

Prepare = Callable[[DatabaseConfig, Child], Awaitable[None]]
"""Fills a database, knowing the sandbox."""

_MESSAGE_CACHE = 100
"""As `bot.app` has it."""


@dataclass(frozen=True)
class Pair:
    """A client and the sandbox that it alone is connected to."""

    kind: str
    stage: Child
    client: Child

    @property
    def marker(self) -> str:
        """A command that this client answers."""
        return MARKERS[self.kind]


@asynccontextmanager
async def start(
    kind: str,
    *,
    guilds: int,
    members: int,
    active: int = 200,
    newcomers: int = 0,
    crowd: int = 0,
    topics: bool = False,
    prepare: Prepare | None = None,
) -> AsyncIterator[Pair]:
    """Start a sandbox and a client, and wait until the client has every guild and answers commands.

    With a `crowd` so many write, and each of their messages earns XP. With `topics` tickets can be opened everywhere.
    `prepare` is awaited before our bot starts.
    """
    sizes = ("--guilds", str(guilds), "--members", str(members), "--active", str(active))
    sizes += ("--newcomers", str(newcomers), "--crowd", str(crowd))
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(child(f"the sandbox of {kind}", "bench.stage", *sizes))
        where = await stage.hear()
        found = [f"--api-url={where['api_url']}", f"--token={where['token']}", f"--intents={intents().value}"]
        if kind == "ours":
            folder = stack.enter_context(TemporaryDirectory(prefix="folkmoot-bench-"))
            environment = _environment(where["api_url"], where["token"], Path(folder))
            # As at every start but the first of a version, which loads Alembic besides.
            await asyncio.to_thread(migrations.upgrade, DatabaseConfig(url=environment["DATABASE_URL"]))
            if crowd:
                await _let_all_earn(DatabaseConfig(url=environment["DATABASE_URL"]), where["guilds"])
            if topics:
                await _let_all_ask(DatabaseConfig(url=environment["DATABASE_URL"]), where["guilds"])
            if prepare is not None:
                await prepare(DatabaseConfig(url=environment["DATABASE_URL"]), stage)
            running = child("our bot", "bench.ours", environment=environment)
        elif kind == "bare":
            running = child("the bare client", "bench.bare", *found, f"--messages={_MESSAGE_CACHE}")
        else:
            await stage.ask("offer_pong")
            running = child("the raw reader", "bench.reader", *found, f"--gateway-url={where['gateway_url']}")
        client = await stack.enter_async_context(running)
        await client.hear()
        pair = Pair(kind, stage, client)
        await stage.ask("ready", command=pair.marker)
        yield pair


async def _let_all_earn(config: DatabaseConfig, guilds: Sequence[int]) -> None:
    database = Database(config, SteeredClock(), Random(1))
    try:
        services = make_services(database, SteeredClock(), Random(1), keep_guilds_for=timedelta(days=1))
        for guild_id in guilds:
            every = LevelingSettings(cooldown=0, same_text=False)
            await services.guild_settings.change(guild_id, every, base=0, by=None)
    finally:
        await database.close()


async def _let_all_ask(config: DatabaseConfig, guilds: Sequence[int]) -> None:
    database = Database(config, SteeredClock(), Random(1))
    try:
        services = make_services(database, SteeredClock(), Random(1), keep_guilds_for=timedelta(days=1))
        for guild_id in guilds:
            await services.guild_settings.change(guild_id, TicketSettings(most_a_minute=100), base=0, by=None)
            await database.transact(partial(_add_topic, guild_id=guild_id))
    finally:
        await database.close()


async def _add_topic(session: WriteSession, guild_id: int) -> None:
    panel = Panel(guild_id, 1, "Support", "Support", "Choose.", PanelStyle.BUTTONS)
    await panels.add_panel(session, panel)
    await panels.add_topic(session, Topic(guild_id, 2, 1, 1, "Help", None, TopicStyle.PRIMARY, None, TopicConfig()))


def _environment(api_url: str, token: str, folder: Path) -> dict[str, str]:
    """SQLite with synchronous=FULL, which is the default, in a folder of its own."""
    return {
        "DISCORD_API_URL": api_url,
        "DISCORD_TOKEN": token,
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'folkmoot.db'}",
        "DEFAULT_FEATURES": "all",
        "LOG_LEVEL": "warning",
        "PYTHONWARNINGS": "ignore",
    }
