"""The ticker: what is due is settled once, whatever happens around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot.compose import make_services
from bot.db.base import Base
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.core import Guild
from bot.domain.guilds import GuildSeen, ShardRange
from bot.jobs.erasure import ErasureSource
from bot.jobs.ticker import BATCH, LONGEST_SLEEP, SHORTEST_SLEEP, Ticker
from bot.services import Services
from bot.services import guilds as guilds_service
from bot.services.guilds import LEASE, Erasure, Sightings
from tests.support.clock import ManualClock
from tests.support.writes import transactions

ALL = ShardRange(1, frozenset({0}))
DAY = timedelta(days=1)


def guild(number: int) -> int:
    return (number + 1) << 22


async def leave(services: Services, clock: ManualClock, *numbers: int) -> None:
    seen = [GuildSeen(guild(number), "g", None, 1, 5, None, clock.now()) for number in numbers]
    await services.guilds.record(Sightings(guilds=seen))
    await services.guilds.reconcile(list, ALL)


async def remaining(database: Database) -> int:
    async with database.read() as session:
        return len((await session.execute(select(Guild.id))).all())


def ticker_of(
    services: Services, clock: ManualClock, shards: ShardRange = ALL, present: frozenset[int] = frozenset()
) -> Ticker:
    source = ErasureSource(services.guilds, lambda: shards, lambda guild_id: guild_id in present, lambda: None)
    return Ticker(clock, [source])


async def erased(ticker: Ticker) -> int:
    """Erase all that are due now; how many were claimed."""
    total = 0
    while claimed := await ticker.tick():
        total += claimed
        await ticker.finish()
    return total


async def test_a_guild_that_was_left_is_erased_when_its_time_comes_and_not_before(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await leave(services, clock, 1)
    await services.earning.daily(guild(1), 5, key="a")
    ticker = ticker_of(services, clock)
    clock.advance(days=90, milliseconds=-1)
    assert await erased(ticker) == 0
    clock.advance(milliseconds=1)
    assert await erased(ticker) == 1
    assert await remaining(database) == 0
    assert (await services.economy.balance(guild(1), 5)).wallet == 0
    assert (await services.economy.statement(guild(1), 5)).lines == ()


async def test_a_guild_that_came_back_keeps_everything(services: Services, clock: ManualClock) -> None:
    await leave(services, clock, 1)
    await services.earning.daily(guild(1), 5, key="a")
    clock.advance(days=89)
    await services.guilds.record(Sightings(guilds=[GuildSeen(guild(1), "g", None, 1, 5, None, clock.now())]))
    clock.advance(days=30)
    assert await erased(ticker_of(services, clock)) == 0
    assert (await services.economy.balance(guild(1), 5)).wallet == 250


async def test_a_guild_that_the_bot_is_in_is_never_erased_whatever_the_row_says(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await leave(services, clock, 1)
    clock.advance(days=91)
    await erased(ticker_of(services, clock, present=frozenset({guild(1)})))
    assert await remaining(database) == 1


async def test_a_guild_that_comes_back_between_claim_and_erasure_keeps_everything(
    services: Services, clock: ManualClock
) -> None:
    await leave(services, clock, 1)
    await services.earning.daily(guild(1), 5, key="a")
    clock.advance(days=91)
    claimed = await services.guilds.claim_erasures(ALL, 10)
    await services.guilds.record(Sightings(guilds=[GuildSeen(guild(1), "g", None, 1, 5, None, clock.now())]))
    assert [await services.guilds.erase(erasure) for erasure in claimed] == [False]
    assert (await services.economy.balance(guild(1), 5)).wallet == 250


async def test_a_crash_between_claim_and_settling_delays_a_row_until_its_lease_is_over(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await leave(services, clock, 1)
    clock.advance(days=91)
    assert len(await services.guilds.claim_erasures(ALL, 10)) == 1  # and then the process is gone
    ticker = ticker_of(services, clock)
    assert await erased(ticker) == 0
    assert await services.guilds.next_erasure(ALL) == clock.now() + LEASE
    clock.advance(seconds=LEASE.total_seconds())
    assert await erased(ticker) == 1
    assert await remaining(database) == 0


async def dying_after(
    database: Database, monkeypatch: pytest.MonkeyPatch, pieces: int, work: Awaitable[object]
) -> None:
    """Let the process go after so many transactions."""
    transact, done = database.transact, list[object]()

    async def dies(unit: Any, **more: Any) -> object:
        if len(done) == pieces:
            raise OSError("the process is gone")
        done.append(unit)
        return await transact(unit, **more)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="gone"):
        patch.setattr(database, "transact", dies)
        await work


async def half_erased(services: Services, database: Database, clock: ManualClock, patch: pytest.MonkeyPatch) -> None:
    """A guild whose erasure was cut off by a crash, with a row in front of the cut and one behind."""
    patch.setattr(guilds_service, "PIECE", 3)
    await leave(services, clock, 1)
    for user_id in range(5, 10):
        await services.earning.daily(guild(1), user_id, key=f"k{user_id}")
    clock.advance(days=91)
    [claimed] = await services.guilds.claim_erasures(ALL, 10)
    await dying_after(database, patch, 3, services.guilds.erase(claimed))


async def left_of(database: Database) -> int:
    async with database.read() as session:
        owned = [table for table in Base.metadata.sorted_tables if "guild_id" in table.c]
        looks = [select(func.count()).select_from(table).where(table.c.guild_id == guild(1)) for table in owned]
        return sum([(await session.execute(look)).scalar_one() for look in looks])


async def test_a_large_guild_is_erased_by_pieces_and_a_crash_between_two_is_gone_on_from(
    database: Database, services: Services, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await half_erased(services, database, clock, monkeypatch)
    assert await left_of(database) > 0
    clock.advance(seconds=LEASE.total_seconds())
    with transactions(database) as ended:
        assert await erased(ticker_of(services, clock)) == 1
    assert len(ended) > 3
    assert (await remaining(database), await left_of(database)) == (0, 0)


async def test_a_guild_that_comes_back_while_it_is_erased_begins_anew_and_whole(
    database: Database, services: Services, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await half_erased(services, database, clock, monkeypatch)
    seen = GuildSeen(guild(1), "g", None, 1, 5, None, clock.now())
    await asyncio.gather(
        services.guilds.record(Sightings(guilds=[seen])), services.guilds.join(seen, None, since=clock.now())
    )
    assert (await remaining(database), await left_of(database)) == (1, 0)
    assert await services.guilds.next_erasure(ALL) is None
    await services.earning.daily(guild(1), 5, key="k5")
    assert (await services.economy.balance(guild(1), 5)).wallet == 250
    assert (await services.economy.audit(guild(1))).sound


async def test_who_lost_the_lease_settles_nothing(services: Services, clock: ManualClock) -> None:
    await leave(services, clock, 1)
    clock.advance(days=91)
    [slow] = await services.guilds.claim_erasures(ALL, 10)
    clock.advance(minutes=2)
    [other] = await services.guilds.claim_erasures(ALL, 10)
    assert await services.guilds.erase(slow) is False
    assert await services.guilds.erase(other) is True


async def test_two_processes_share_what_is_due_and_take_nothing_twice(
    database: Database, services: Services, database_config: DatabaseConfig, clock: ManualClock
) -> None:
    await leave(services, clock, *range(30))
    clock.advance(days=91)
    second = Database(database_config, clock, Random(2))
    others = make_services(second, clock, Random(3), keep_guilds_for=DAY)

    async def drain(which: Services) -> list[Erasure]:
        taken: list[Erasure] = []
        while batch := await which.guilds.claim_erasures(ALL, 3):
            taken += batch
        return taken

    one, two = await asyncio.gather(drain(services), drain(others))
    assert len(one) + len(two) == 30
    assert len({erasure.guild_id for erasure in one + two}) == 30
    await second.close()
    assert await remaining(database) == 30


async def test_two_tickers_that_both_see_a_row_due_settle_it_once(
    database: Database, services: Services, database_config: DatabaseConfig, clock: ManualClock
) -> None:
    await leave(services, clock, 1)
    clock.advance(days=91)
    second = Database(database_config, clock, Random(2))
    sources = [
        ErasureSource(which.guilds, lambda: ALL, lambda _: False, lambda: None)
        for which in (services, make_services(second, clock, Random(3), keep_guilds_for=DAY))
    ]
    both = asyncio.Barrier(2)

    class Together(ErasureSource):
        """Claims only when the other process has seen the row, too."""

        def __init__(self, source: ErasureSource) -> None:
            vars(self).update(vars(source))

        async def claim(self, limit: int) -> Sequence[Erasure]:
            await both.wait()
            return await super().claim(limit)

    tickers = [Ticker(clock, [Together(source)]) for source in sources]
    async with asyncio.timeout(20):
        assert sorted(await asyncio.gather(*(ticker.tick() for ticker in tickers))) == [0, 1]
        await asyncio.gather(*(ticker.finish() for ticker in tickers))
    await second.close()
    assert await remaining(database) == 0


async def test_a_thousand_due_at_once_are_all_settled(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await leave(services, clock, *range(1_000))
    clock.advance(days=91)
    assert await erased(ticker_of(services, clock)) == 1_000
    assert await remaining(database) == 0


async def test_while_a_large_guild_is_erased_everything_else_goes_on(clock: ManualClock) -> None:
    go_on, gone = asyncio.Event(), list[int]()

    class Guilds:
        """As slow as a ledger of millions is long."""

        async def next_erasure(self, _shards: ShardRange) -> datetime | None:
            return None if gone else clock.now()

        async def claim_erasures(self, _shards: ShardRange, limit: int) -> list[Erasure]:  # noqa: ARG002 — as asked
            return [Erasure(guild(1), 7)]

        async def erase(self, erasure: Erasure) -> bool:
            await go_on.wait()
            gone.append(erasure.guild_id)
            return True

    slow = ErasureSource(cast("Any", Guilds()), lambda: ALL, lambda _: False, lambda: None)
    other = Source(clock, {1: clock.now()})
    ticker = Ticker(clock, [slow, other])
    async with asyncio.timeout(20):
        await ticker.tick()
        assert (other.settled, gone) == ([1], [])
        go_on.set()
        await ticker.finish()
    assert gone == [guild(1)]


async def test_each_process_settles_the_guilds_of_its_own_shards(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await leave(services, clock, *range(10))
    clock.advance(days=91)
    assert await erased(ticker_of(services, clock, ShardRange(4, frozenset({1, 2})))) == 6
    async with database.read() as session:
        left = (await session.execute(select(Guild.id))).scalars().all()
    assert {(guild_id >> 22) % 4 for guild_id in left} == {0, 3}
    assert ShardRange(4, frozenset({1, 2})).serves(guild(0))


@dataclass
class Source:
    """A source in memory: due numbers, some of which fail."""

    clock: ManualClock
    due_at: dict[int, datetime]
    fails: set[int] = field(default_factory=set)
    settled: list[int] = field(default_factory=list)
    claims: int = 0
    broken: bool = False
    name: str = "numbers"

    async def next_due(self) -> datetime | None:
        if self.broken:
            raise RuntimeError("no")
        return min(self.due_at.values(), default=None)

    async def claim(self, limit: int) -> Sequence[int]:
        self.claims += 1
        if self.broken:
            raise RuntimeError("no")
        taken = [number for number, at in self.due_at.items() if at <= self.clock.now()][:limit]
        for number in taken:
            del self.due_at[number]
        return taken

    async def settle(self, item: int) -> None:
        if item in self.fails:
            raise RuntimeError("this one")
        self.settled.append(item)


async def test_an_exception_in_one_row_or_one_source_stops_no_other(clock: ManualClock) -> None:
    broken = Source(clock, {}, broken=True, name="broken")
    sound = Source(clock, {number: clock.now() for number in range(5)}, fails={2})
    await Ticker(clock, [broken, sound]).tick()
    assert sorted(sound.settled) == [0, 1, 3, 4]


@pytest.mark.parametrize("wait", [None, timedelta(milliseconds=1), DAY])
async def test_while_nothing_is_due_nothing_is_claimed(clock: ManualClock, wait: timedelta | None) -> None:
    source = Source(clock, {} if wait is None else {1: clock.now() + wait})
    ticker = Ticker(clock, [source])
    assert (await ticker.tick(), source.claims) == (0, 0)
    clock.advance(seconds=0 if wait is None else wait.total_seconds())
    await ticker.tick()
    assert (source.settled, source.claims) == (([], 0) if wait is None else ([1], 1))


async def test_each_source_is_asked_once_a_look_and_again_only_when_something_was_claimed(clock: ManualClock) -> None:
    asked = list[str]()

    class Asked(Source):
        async def next_due(self) -> datetime | None:
            asked.append(self.name)
            return await super().next_due()

    early, late = Asked(clock, {}, name="early"), Asked(clock, {1: clock.now() + DAY}, name="late")
    ticker = Ticker(clock, [early, late])
    await ticker.tick()
    assert (asked, await ticker._until_next(), asked) == (["early", "late"], LONGEST_SLEEP, ["early", "late"])
    asked.clear()
    clock.advance(days=1)
    await ticker.tick()
    await ticker._until_next()
    assert (asked, early.claims, late.claims) == (["early", "late"] * 2, 0, 1)


async def test_what_another_process_made_due_is_found_after_the_longest_sleep_without_being_woken(
    clock: ManualClock,
) -> None:
    source = Source(clock, {1: clock.now() + DAY})
    ticker = Ticker(clock, [source])
    await ticker.tick()
    assert await ticker._until_next() == LONGEST_SLEEP
    source.due_at[2] = clock.now() + timedelta(seconds=3)  # and nobody here knows
    clock.advance(seconds=LONGEST_SLEEP)
    await ticker.tick()
    assert source.settled == [2]


async def test_a_source_that_can_not_be_asked_stops_no_other_and_is_asked_again_ever_more_rarely(
    clock: ManualClock,
) -> None:
    away = Source(clock, {1: clock.now()}, broken=True, name="away")
    sound = Source(clock, {number: clock.now() for number in range(2)})
    ticker, pauses = Ticker(clock, [away, sound]), list[float]()
    for _ in range(12):
        await ticker.tick()
        pauses.append(await ticker._until_next())
    assert (sound.settled, away.claims) == ([0, 1], 0)
    assert pauses == sorted(pauses)
    assert (pauses[0] <= 1, pauses[-1]) == (True, LONGEST_SLEEP)
    away.broken = False
    await ticker.tick()
    assert (away.settled, await ticker._until_next()) == ([1], LONGEST_SLEEP)
    away.due_at[2] = clock.now()
    assert await ticker.tick() == 1


async def test_more_than_a_batch_is_claimed_in_several(clock: ManualClock) -> None:
    source = Source(clock, {number: clock.now() for number in range(2 * BATCH + 1)})
    assert await Ticker(clock, [source]).tick() == 2 * BATCH + 1
    assert source.claims == 3


async def test_a_source_with_a_backlog_leaves_the_others_their_turns(clock: ManualClock) -> None:
    urgent = Source(clock, {}, name="urgent")

    class Backlog(Source):
        async def claim(self, limit: int) -> Sequence[int]:
            if self.claims == 1:  # while this one works off its backlog
                urgent.due_at[1] = clock.now()
            seen.append(list(urgent.settled))
            return await super().claim(limit)

    seen: list[list[int]] = []
    backlog = Backlog(clock, {number: clock.now() for number in range(5 * BATCH)})
    await Ticker(clock, [backlog, urgent]).tick()
    assert len(backlog.settled) == 5 * BATCH
    assert seen[2] == [1], "it did not wait for the end of the backlog"


async def test_a_source_that_can_tell_what_is_due_and_not_claim_it_is_tried_ever_more_rarely(
    clock: ManualClock,
) -> None:
    class Full(Source):
        """As on a full disk: what is read is there, what is written is refused."""

        async def claim(self, limit: int) -> Sequence[int]:
            if self.broken:
                raise OSError("no space left")
            return await super().claim(limit)

        async def next_due(self) -> datetime | None:
            return min(self.due_at.values(), default=None)

    source = Full(clock, {1: clock.now()}, broken=True)
    ticker, pauses = Ticker(clock, [source]), list[float]()
    for _ in range(12):
        await ticker.tick()
        pauses.append(await ticker._until_next())
    assert pauses == sorted(pauses)
    assert (pauses[0] <= 1, pauses[-1]) == (True, LONGEST_SLEEP)
    source.broken = False
    await ticker.tick()
    source.due_at[2] = clock.now()
    assert (source.settled, await ticker._until_next()) == ([1], SHORTEST_SLEEP)


async def test_of_a_row_that_fails_the_log_tells_its_id_and_not_what_it_says(
    clock: ManualClock,
) -> None:
    @dataclass(frozen=True)
    class Row:
        id: int
        words: str

    class Words(Source):
        async def claim(self, limit: int) -> Sequence[Any]:
            return [Row(number, "between us") for number in await super().claim(limit)]

        async def settle(self, item: Any) -> None:
            self.settled.append(item.id)
            raise RuntimeError("this one")

    with capture_logs() as logs:
        await Ticker(clock, [Words(clock, {7: clock.now()})]).tick()
    [line] = logs
    assert (line["row"], "between us" in repr(line)) == (7, False)


async def test_it_tells_how_late_a_source_is_and_what_became_of_its_rows(clock: ManualClock) -> None:
    source = Source(clock, {1: clock.now(), 2: clock.now(), 3: clock.now() + timedelta(seconds=10)}, fails={2})
    ticker = Ticker(clock, [source])
    standing = ticker.standings["numbers"]
    await ticker.tick()
    await ticker._until_next()
    assert (standing.due_rows, standing.settled, standing.failed) == (2, 1, 1)
    assert standing.lag(clock.now()) == 0
    source.broken = True  # from here on nothing is claimed, and nobody can say what is due
    clock.advance(seconds=70)
    await ticker.tick()
    await ticker._until_next()
    assert standing.lag(clock.now()) == 60
    source.broken = False
    await ticker.tick()
    await ticker._until_next()
    assert (standing.due_rows, standing.lag(clock.now())) == (1, 0)


async def _until(source: Source, count: int) -> None:
    async with asyncio.timeout(5):
        while len(source.settled) < count:
            await asyncio.sleep(0.01)


async def test_a_deadline_made_while_it_sleeps_is_met_when_it_is_woken(clock: ManualClock) -> None:
    source = Source(clock, {})
    ticker = Ticker(clock, [source])
    ticker.start()
    await asyncio.sleep(0.02)
    source.due_at[1] = clock.now()
    ticker.wake()
    await _until(source, 1)
    await ticker.stop()


async def test_it_wakes_for_the_nearest_deadline_and_survives_its_own_failures(clock: ManualClock) -> None:
    source = Source(clock, {1: clock.now() + timedelta(seconds=0.1), 2: clock.now() + DAY}, broken=True)
    ticker = Ticker(clock, [source])
    ticker.start()
    await asyncio.sleep(0.02)
    source.broken = False
    ticker.wake()
    await asyncio.sleep(0.02)
    clock.advance(seconds=0.1)
    await _until(source, 1)
    assert source.settled == [1]
    await ticker.stop()


@pytest.mark.parametrize("jump", [timedelta(hours=5), timedelta(hours=-5)])
async def test_a_clock_that_jumps_settles_what_is_due_by_it_and_nothing_else(
    clock: ManualClock, jump: timedelta
) -> None:
    source = Source(clock, {1: clock.now() + timedelta(hours=1)})
    ticker = Ticker(clock, [source])
    await ticker.tick()
    clock.set(clock.now() + jump)
    await ticker.tick()
    assert source.settled == ([1] if jump > timedelta(0) else [])


async def test_stopping_finishes_the_row_that_is_being_settled(clock: ManualClock) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Source):
        async def settle(self, item: int) -> None:
            begun.set()
            await go_on.wait()
            self.settled.append(item)

    source = Slow(clock, {1: clock.now()})
    ticker = Ticker(clock, [source])
    ticker.start()
    await begun.wait()
    stopping = asyncio.create_task(ticker.stop())
    await asyncio.sleep(0.01)
    assert not stopping.done()
    go_on.set()
    await stopping
    assert source.settled == [1]
