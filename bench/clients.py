"""The three clients under test, each with a sandbox of its own: ours, the bare one, and the raw reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.support import Child, child
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.hears import intents

MARKERS = {"ours": "balance", "bare": "pong", "reader": "pong"}
"""The command that each of them answers."""

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
async def start(kind: str, *, guilds: int, members: int, active: int = 200, newcomers: int = 0) -> AsyncIterator[Pair]:
    """Start a sandbox and a client, and wait until the client has every guild and answers commands."""
    sizes = ("--guilds", str(guilds), "--members", str(members), "--active", str(active))
    sizes += ("--newcomers", str(newcomers))
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(child(f"the sandbox of {kind}", "bench.stage", *sizes))
        where = await stage.hear()
        found = [f"--api-url={where['api_url']}", f"--token={where['token']}", f"--intents={intents().value}"]
        if kind == "ours":
            folder = stack.enter_context(TemporaryDirectory(prefix="folkmoot-bench-"))
            environment = _environment(where["api_url"], where["token"], Path(folder))
            # As at every start but the first of a version, which loads Alembic besides.
            await asyncio.to_thread(migrations.upgrade, DatabaseConfig(url=environment["DATABASE_URL"]))
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
