"""The place of the process tests' stories: a simulated Discord in the test's loop, and real processes around it."""

import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text

from bot.clock import SystemClock
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.economy_settings import EconomySettings
from bot.sandbox import Actor, Exchange, Sandbox, World
from bot.services import Services
from tests.support.process import PATIENCE, BotProcess

GUILD = 900_000_000_000_000_001
CHANNEL = 900_000_000_000_000_002
BOT = 900_000_000_000_000_009
APPLICATION = 900_000_000_000_000_008
MEMBERS = tuple(range(900_000_000_000_001_000, 900_000_000_000_001_060))
ALICE, BOB = MEMBERS[:2]

AWAY = "My records can't be reached just now"
RESTARTING = "I'm restarting just now and changed nothing"
INCIDENT = "Something went wrong on my side"


def build_world() -> World:
    """One guild with one channel and sixty members, whose ids never change."""
    world = empty_world()
    world.add_guild("Meadow", id=GUILD)
    world.add_channel(GUILD, "general", id=CHANNEL)
    for number, member in enumerate(MEMBERS):
        world.add_member(GUILD, f"member{number}", id=member)
    world.settle(GUILD, datetime.now(UTC) - timedelta(days=60))  # who is new in a server may not pay
    return world


def empty_world() -> World:
    return World(bot_id=BOT, application_id=APPLICATION)


class Stage:
    """A sandbox, a database, and the processes that were started on them."""

    def __init__(self, sandbox: Sandbox, config: DatabaseConfig, folder: Path) -> None:
        self.sandbox = sandbox
        self.config = config
        self.folder = folder
        self.processes: list[BotProcess] = []
        self.secrets = [sandbox.token, str(config.parsed.password or "")]
        self.bears_tracebacks = False
        """Whether this story makes the bot write tracebacks for the operator."""
        self.copies = True
        """Whether bots start as copies of one that has imported everything. A story about the start says no."""

    # Processes ------------------------------------------------------------------------------------------

    async def launch(self, *arguments: str, **settings: object) -> BotProcess:
        """Start `python -m bot` with the stage's settings and these, and wait for nothing."""
        return await self._launch(arguments, settings, copied=False)

    async def _launch(self, arguments: Sequence[str], settings: dict[str, object], *, copied: bool) -> BotProcess:
        usual: dict[str, object] = {
            "DISCORD_TOKEN": self.sandbox.token,
            "DISCORD_API_URL": self.sandbox.api_url,
            "DATABASE_URL": self.config.url,
            "DATA_DIR": self.folder,
            "DEFAULT_FEATURES": "all",
        }
        process = await BotProcess.launch(
            *arguments, folder=self.folder, settings=usual | settings, secrets=self.secrets, copied=copied
        )
        self.processes.append(process)
        return process

    async def start(self, **settings: object) -> BotProcess:
        """Start the bot, and wait until commands reach it: they were synced before it identified."""
        before = self.sandbox.gateway.identifies
        process = await self._launch(["run"], settings, copied=self.copies)
        await process.until(lambda: self.sandbox.gateway.identifies > before, "logging in")
        return process

    async def run(self, *arguments: str, **settings: object) -> tuple[int, BotProcess]:
        """Run a command to its end."""
        process = await self.launch(*arguments, **settings)
        return await process.ended(), process

    async def close(self) -> None:
        """End what still runs, and hold everything that was said against what must never be said."""
        for process in self.processes:
            await process.close()
        leaked = set().union(*(process.leaked for process in self.processes))
        assert not leaked, "a secret was said"
        if not self.bears_tracebacks:
            said = [process.stderr for process in self.processes if "Traceback" in process.stderr]
            assert not said, said[0]
        assert not list(self.sandbox.unimplemented)

    # People ---------------------------------------------------------------------------------------------

    def member(self, user_id: int, guild: int = GUILD) -> Actor:
        return self.sandbox.as_member(guild, user_id)

    async def pay(self, sender: int, recipient: int, amount: int) -> Exchange:
        """`/pay`, not waited for."""
        return await self.member(sender).slash(CHANNEL, "pay", member=recipient, amount=amount)

    async def wallet(self, user_id: int) -> str:
        """What `/balance` says."""
        return (await (await self.member(user_id).slash(CHANNEL, "balance")).finished()).text

    def requests(self, method: str, ending: str) -> list[Any]:
        """The HTTP requests of one kind that bots made."""
        return [one for one in self.sandbox.requests if one.method == method and one.path.endswith(ending)]

    # The database ---------------------------------------------------------------------------------------

    @asynccontextmanager
    async def database(self) -> AsyncGenerator[Database]:
        """The database, opened beside whatever process runs on it."""
        database = Database(self.config, SystemClock(), Random(1))
        try:
            yield database
        finally:
            await database.close()

    @asynccontextmanager
    async def services(self) -> AsyncGenerator[Services]:
        async with self.database() as database:
            yield make_services(database, SystemClock(), Random(1), keep_guilds_for=timedelta(days=90))

    async def endow(self, coins: int, guild: int = GUILD) -> None:
        """Let every member of a guild begin with so many coins."""
        async with self.services() as services:
            await services.guild_settings.change(guild, EconomySettings(starting_balance=coins), base=0, by=None)

    async def query(self, statement: str, **parameters: object) -> Sequence[Any]:
        async with self.database() as database, database.read() as session:
            return (await session.execute(text(statement), parameters)).all()

    async def payments(self) -> dict[str, list[list[tuple[int, int]]]]:
        """The ledger's payments: for each key the transactions under it, each as its (holder, amount) entries."""
        rows = await self.query(
            "SELECT t.key, t.id, e.holder, e.amount FROM ledger_transactions t JOIN ledger_entries e "
            "ON e.guild_id = t.guild_id AND e.transaction_id = t.id "
            "WHERE t.kind = 'payment' ORDER BY t.id, e.seq"
        )
        transactions: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        for key, transaction_id, holder, amount in rows:
            transactions[key, transaction_id].append((holder, amount))
        found: dict[str, list[list[tuple[int, int]]]] = defaultdict(list)
        for (key, _), entries in transactions.items():
            found[key].append(entries)
        return found

    async def assert_sound(self, guild: int = GUILD) -> None:
        """Every transaction sums to zero, every balance is the sum of its entries, and none is below zero."""
        async with self.services() as services:
            audit = await services.economy.audit(guild)
        assert audit.sound, audit
        [(total,)] = await self.query("SELECT COALESCE(SUM(amount), 0) FROM ledger_entries")
        assert total == 0
        assert await self.query("SELECT holder, balance FROM accounts WHERE balance < 0") == []


@asynccontextmanager
async def staged(
    config: DatabaseConfig, folder: Path, world: World | None = None, **options: Any
) -> AsyncIterator[Stage]:
    """A stage for the length of the block; `options` are the sandbox's."""
    async with Sandbox(world or build_world(), requests_kept=50_000, **options) as sandbox:
        stage = Stage(sandbox, config, folder)
        try:
            yield stage
        finally:
            await stage.close()


def said(exchange: Exchange) -> str | None:
    """The words that a member was answered with so far; None for silence or a placeholder."""
    shown = [message for message in (exchange.message, *exchange.followups) if message and not message.loading]
    return shown[-1].text if shown else None


def is_paid(exchange: Exchange) -> bool:
    """Whether a member was told that their payment was made."""
    return " gave **" in (said(exchange) or "")


def key_of(exchange: Exchange) -> str:
    """The idempotency key that a payment has in the ledger."""
    return f"i:{exchange.id}"


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began


__all__ = [
    "ALICE",
    "APPLICATION",
    "AWAY",
    "BOB",
    "BOT",
    "CHANNEL",
    "GUILD",
    "INCIDENT",
    "MEMBERS",
    "PATIENCE",
    "RESTARTING",
    "BotProcess",
    "Stage",
    "Stopwatch",
    "build_world",
    "empty_world",
    "is_paid",
    "key_of",
    "said",
    "staged",
]
