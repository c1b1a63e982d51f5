"""Thirty-two tasks do everything at random to twenty accounts, and their processes are killed under them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from sqlalchemy import text

from bot.db import postgres
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.economy_settings import EconomySettings, TradeSettings
from bot.errors import UserError
from tests.storm.acts import Answer, Doer, Order, furnish
from tests.storm.aftermath import Aftermath
from tests.storm.blow import Fair, config_of, services_on, unlike
from tests.storm.journal import RATE, Beginning, read
from tests.support.clock import ManualClock
from tests.support.market import GUILD

SECONDS = 8.0
"""Of raging, in `make test`."""

LONG_SECONDS = float(os.environ.get("FOLKMOOT_STORM_SECONDS", "600"))
"""In `make chaos`."""

LONGEST_LIFE = 2.0
PAUSES = (timedelta(seconds=10), timedelta(minutes=2), timedelta(minutes=20), timedelta(hours=3), timedelta(hours=9))
"""How long nobody works, by the story's clock: within the leases of the dead, after them, when holds are over, …"""

DEMANDED = {"pay", "buy", "staff", "unbuy"}
"""What a storm is not over without."""

LOOKS = 10
"""How often the whole database is looked through on the way, besides at the end."""

ROOT = Path(__file__).parents[2]
BEGINS = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Nest:
    """Where the processes come from, one after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def built(cls) -> AsyncGenerator[Nest]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.storm.blow", cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            yield cls(process)
        finally:
            process.stdin.close()  # type: ignore[union-attr]
            await process.wait()

    async def rage(self, beginning: Beginning, seconds: float) -> float:
        """Let a process live for so long after the first thing that it acknowledged; how long it lived in all."""
        assert self._process.stdin is not None
        began = monotonic()
        self._process.stdin.write(beginning.line().encode())
        number = int(await self._said())
        try:
            async with asyncio.timeout(30):
                while not any(line["is"] == "answered" for line in read(Path(beginning.journal))):
                    await asyncio.sleep(0.01)
            await asyncio.sleep(seconds)
        finally:
            os.kill(number, signal.SIGKILL)  # which fails if it had ended by itself
            assert await self._said() == b"gone\n"
        return monotonic() - began

    async def _said(self) -> bytes:
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            return await self._process.stdout.readline()


@dataclass
class Storm:
    """What outlives the processes: the database, Discord, time, and what was said."""

    config: DatabaseConfig
    folder: Path
    rng: Random
    clock: ManualClock = field(default_factory=lambda: ManualClock(BEGINS))
    things: dict[str, int] = field(default_factory=dict[str, int])
    roles: dict[int, set[int]] = field(default_factory=dict[int, set[int]])
    asked: dict[str, Order] = field(default_factory=dict[str, Order])
    answers: dict[str, tuple[Order, Answer]] = field(default_factory=dict[str, tuple[Order, Answer]])
    open: dict[str, Order] = field(default_factory=dict[str, Order])
    """Of what nobody was told the outcome."""
    said: Counter[str] = field(default_factory=Counter[str])
    acts: Counter[str] = field(default_factory=Counter[str])
    lives: int = 0
    raged: float = 0.0

    @asynccontextmanager
    async def market(self) -> AsyncGenerator[Fair]:
        """The shop, opened by the test itself while no process of the storm lives."""
        database = Database(self.config, self.clock, self.rng)
        try:
            yield Fair(database, services_on(database, self.clock, self.rng), GUILD, self.roles)
        finally:
            await database.close()

    async def gather(self) -> None:
        """Before it: what is for sale, and the rules."""
        async with self.market() as market:
            settings = market.services.guild_settings
            rules = EconomySettings(starting_balance=200, wallet_cap=2_000, bank_capacity=1_500)
            await settings.change(GUILD, rules, base=0, by=None)
            await settings.change(GUILD, TradeSettings(tax=5, most_a_day=600, member_for=0), base=0, by=None)
            self.things = await furnish(market)

    async def rage(self, seconds: float) -> None:
        """Process after process, until all of them together have lived so long, and on a slow machine longer."""
        look_after = seconds / LOOKS
        async with Nest.built() as nest:
            while self.raged < seconds or not self.acts.keys() >= DEMANDED:
                beginning = self._beginning()
                lived = await nest.rage(beginning, self.rng.uniform(0, LONGEST_LIFE))
                self.raged += lived
                self.clock.advance(seconds=lived * RATE + self.rng.choice(PAUSES).total_seconds())
                whole = self.raged >= look_after
                look_after += seconds / LOOKS if whole else 0
                await self._look(Path(beginning.journal), whole=whole)

    def _beginning(self) -> Beginning:
        self.lives += 1
        known = self.rng.sample(list(self.answers.values())[-2_000:], min(100, len(self.answers)))
        return Beginning(
            self.config.url, str(self.folder / f"life-{self.lives}.jsonl"), GUILD, self.lives,
            self.clock.now().isoformat(), self.things,
            {str(user): sorted(held) for user, held in self.roles.items()},
            [asdict(one) for one in self.open.values()],
            [{"order": asdict(order), "answer": answer} for order, answer in known],
        )  # fmt: skip

    async def _look(self, journal: Path, *, whole: bool) -> None:
        """Hold what the dead process said against the database."""
        fresh, refused = self._hear(journal)
        async with self.market() as market:
            await _alone(market.database)
            after = Aftermath(market, self.things)
            if whole:
                await _tidied(self.config)
            await after.holds_what_was_said(fresh, refused)
            if whole:
                await after.is_sound()

    def _hear(self, journal: Path) -> tuple[dict[str, tuple[Order, Answer]], set[str]]:
        fresh: dict[str, tuple[Order, Answer]] = {}
        refused: set[str] = set()
        for line in read(journal):
            self.said[line["is"]] += 1
            match line["is"]:
                case "asked":
                    order = Order(**line["order"])
                    self.asked[order.key] = self.open[order.key] = order
                case "answered":
                    order = self.open.pop(line["key"])
                    fresh[order.key] = order, line["answer"]
                    self.acts[order.act] += 1
                case "refused":
                    order = self.open.pop(line["key"])
                    refused |= {order.key}
                    self.said[line["why"]] += 1
                case "roles":
                    self.roles[line["user"]] = set(line["roles"])
                case "fault":
                    raise AssertionError(line["told"])
        self.answers |= fresh
        return fresh, refused

    async def calm(self) -> None:
        """After it: what is open is ended, and then everything is looked at."""
        await _tidied(self.config)
        async with self.market() as market:
            await self._calm(market)

    async def _calm(self, market: Fair) -> None:
        doer = Doer(market, self.things)
        for order in list(self.open.values()):
            with suppress(UserError):
                self.answers[order.key] = order, await doer.do(order)
        for _ in range(8):
            self.clock.advance(minutes=20)
            for _ in range(4):
                await market.keep_roles()
                await market.recover()
                await market.services.inventory.expire(market.shards, 500)
        after = Aftermath(market, self.things)
        await after.is_sound()
        await after.holds_what_was_said(self.answers, ())
        await after.is_all_that_was_asked(self.asked)
        grants = (await market.services.role_grants.list_(GUILD, limit=10_000)).grants
        assert {user for user, held in self.roles.items() if held} == {one.user_id for one in grants}
        repeated = self.rng.sample(list(self.answers.values()), min(200, len(self.answers)))
        for order, answer in repeated:
            if order.act != "wear":
                assert not unlike(await doer.do(order), answer), order
        await after.is_sound()

    @property
    def figures(self) -> str:
        """What happened, for people."""
        outcomes = self.said["answered"] + self.said["refused"]
        return (
            f"{self.raged:.0f} s, {self.lives} kills, {outcomes / self.raged:.0f} outcomes/s: "
            f"{self.said['answered']} acknowledged, {self.said['refused']} refused, "
            f"{self.said['repeated']} repeated, {self.said['away']} unavailable, {self.said['roles']} role changes; "
            f"acknowledged {dict(sorted(self.acts.items()))}"
        )


async def _alone(database: Database) -> None:
    """Wait until the server has noticed that the process is dead."""
    if database.is_sqlite:
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with asyncio.timeout(30), database.read() as session:
        while (await session.execute(others)).scalar_one():
            await asyncio.sleep(0.05)


async def _tidied(config: DatabaseConfig) -> None:
    """Have a PostgreSQL server vacuum and count, as it does by itself everywhere but in tests."""
    if config.is_sqlite:
        return
    connection = await postgres.connect(config.url, timeout=30, command_timeout=120)
    try:
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


async def weather(
    config: DatabaseConfig, folder: Path, seconds: float, seed: int, record_property: Callable[[str, object], None]
) -> None:
    storm = Storm(config_of(config.url), folder, Random(seed))
    await storm.gather()
    await storm.rage(seconds)
    await storm.calm()
    record_property("storm", storm.figures)
    print(storm.figures)  # noqa: T201 — shown with -rP


async def test_no_acknowledged_thing_is_lost_or_doubled_in_a_storm(
    database_config: DatabaseConfig, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    await weather(database_config, tmp_path, SECONDS, 1, record_property)


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
async def test_no_acknowledged_thing_is_lost_or_doubled_in_a_long_storm(
    database_config: DatabaseConfig, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    await weather(database_config, tmp_path, LONG_SECONDS, 2, record_property)
