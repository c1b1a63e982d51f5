"""Two processes write what the same members gained, at once: nothing is lost or doubled, and neither waits for ever."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.db.engine import Database
from bot.db.models.leveling import MemberLevel, XpPeriod
from bot.db.repositories.leveling import ranks
from bot.db.repositories.leveling.totals import spans_of
from bot.domain.leveling import Batch
from bot.services import Services
from tests.storm.flushing import GUILD, batch_of

ROOT = Path(__file__).parents[2]
SEEDS = (1, 2)
BATCHES, MANY = 25, 500

pytestmark = pytest.mark.parametrize("database_kind", ["postgres"])


class Writer:
    """One of the processes."""

    def __init__(self, process: asyncio.subprocess.Process, seed: int) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.seed = process, seed
        self._in, self._out = process.stdin, process.stdout
        self.asked, self.written = set[int](), set[int]()

    async def ready(self) -> None:
        assert await self._out.readline() == b"ready\n"

    async def write(self, die_after: int | None = None) -> None:
        """Have it write all, or kill it when so many are written."""
        self._in.write(b"go\n")
        while line := (await self._out.readline()).split():
            {b"asked": self.asked, b"written": self.written}[line[0]].add(int(line[1]))
            if len(self.written) == die_after:
                self.process.kill()
                die_after = None
        await self.process.wait()

    def batches(self, numbers: Collection[int]) -> list[Batch]:
        return [batch_of(self.seed, one) for one in sorted(numbers)]


@asynccontextmanager
async def writers(database: Database, batches: int) -> AsyncGenerator[list[Writer]]:
    """Both, ready to begin."""
    found: list[Writer] = []
    try:
        for seed in SEEDS:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.storm.flushing", database.config.url, str(seed), str(batches),
                cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            found.append(Writer(process, seed))
        await asyncio.gather(*(one.ready() for one in found))
        yield found
    finally:
        for one in found:
            if one.process.returncode is None:
                one.process.kill()
            await one.process.wait()


async def assert_exact(database: Database, batches: Collection[Batch]) -> None:
    """Totals, periods and buckets are the sums of these batches, and no two transactions waited in a circle."""
    totals, periods = Counter[int](), Counter[tuple[str, object, int]]()
    for batch in batches:
        for gain in batch.gains:
            totals[gain.user_id] += gain.xp
            for span, begins in spans_of(gain.day):
                periods[span.value, begins, gain.user_id] += gain.xp
    own = XpPeriod
    async with database.read() as session:
        found = await session.execute(select(MemberLevel.user_id, MemberLevel.xp))
        assert {one.user_id: one.xp for one in found} == totals
        rows = await session.execute(select(own.span, own.begins, own.user_id, own.xp))
        assert {(span.value, begins, user_id): xp for span, begins, user_id, xp in rows} == periods
        assert await ranks.miscounted(session, GUILD, 1) == []
        deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert (await session.execute(text(deadlocks))).scalar_one() == 0


async def test_two_processes_that_write_what_the_same_members_gained_lose_nothing(database: Database) -> None:
    async with writers(database, BATCHES) as both:
        await asyncio.gather(*(one.write() for one in both))
        assert [one.process.returncode for one in both] == [0, 0]
        assert all(len(one.written) == BATCHES for one in both)
        await assert_exact(database, [batch for one in both for batch in one.batches(one.written)])


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
async def test_one_of_two_that_is_killed_amid_it_leaves_whole_batches(database: Database, services: Services) -> None:
    """What it was about to write is handed in again under its id, as whoever comes next would."""
    async with writers(database, MANY) as both:
        first, other = both
        await asyncio.gather(first.write(), other.write(die_after=MANY // 2))
        assert len(first.written) == MANY
        assert MANY // 2 <= len(other.written) < MANY
        for batch in other.batches(other.asked - other.written):
            await services.leveling.flush(batch)
        await assert_exact(database, first.batches(first.written) + other.batches(other.asked))
