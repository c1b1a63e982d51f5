"""What came and went is kept by the hour: the report tells what the ledger tells, whatever is kept and whenever."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from bot.compose import make_services
from bot.db.engine import Database
from bot.db.models.core import Guild
from bot.db.models.economy import LedgerEntry, LedgerTransaction
from bot.db.models.flow_hours import FlowHour, FlowMarkRow
from bot.domain.amounts import MAX_COINS
from bot.domain.economy import Kind, Pocket, move, system, wallet
from bot.domain.features import FeatureSettings
from bot.domain.flow_hours import KEPT_FOR
from bot.domain.guilds import ShardRange
from bot.domain.movements import StaffDetails
from bot.domain.report import FLOW_DAYS
from bot.domain.wealth import OVERLAP
from bot.ids import HOUR, first_at, hour_at, hour_began
from bot.services import Services, flow_keeping
from bot.services.ledger import Movement
from bot.services.settings_cache import SettingsCache
from tests.support.clock import ManualClock
from tests.support.writes import transactions

GUILD = 77 << 22
ALL = ShardRange(1, frozenset({0}))
"""The clock of these tests stands at noon."""


@pytest.fixture(autouse=True)
async def known(database: Database) -> None:
    async with database.write() as session:
        await session.execute(insert(Guild), {"id": GUILD, "name": "Here"})
        await session.execute(insert(Guild), {"id": GUILD + 1, "name": "There"})


class Life:
    """Coins that come and go, and what is remembered of it beside the ledger."""

    def __init__(self, services: Services, database: Database, clock: ManualClock) -> None:
        self.services, self.database, self.clock = services, database, clock
        self.moved: list[tuple[datetime, Kind, int]] = []

    async def post(self, session: Any, kind: Kind, amount: int) -> None:
        """So many coins are made, or for good taken if it is negative."""
        sides = (system(Pocket.MINT), wallet(1)) if amount > 0 else (wallet(1), system(Pocket.SHOP))
        movement = Movement(kind, f"k{len(self.moved)}", None, move(*sides, abs(amount)), StaffDetails())
        await self.services.holds._ledger.post(session, GUILD, movement)
        self.moved.append((self.clock.now(), kind, amount))

    async def happen(self, amount: int, kind: Kind | None = None) -> None:
        async with self.database.write() as session:
            await self.post(session, kind or (Kind.GRANT if amount > 0 else Kind.FINE), amount)

    async def keep(self) -> None:
        for guild_id in await self.services.flow_keeping.behind(ALL):
            await self.services.flow_keeping.keep(guild_id)

    def reckoned(self) -> list[Mapping[Kind, tuple[int, int]]]:
        """What the report should tell, for each of its spans."""
        return [self._since(self.clock.now() - timedelta(days=days)) for days in FLOW_DAYS]

    def _since(self, edge: datetime) -> dict[Kind, tuple[int, int]]:
        flows: dict[Kind, tuple[int, int]] = {}
        for at, kind, amount in self.moved:
            if at >= edge:
                made, gone = flows.get(kind, (0, 0))
                flows[kind] = (made + max(amount, 0), gone + max(-amount, 0))
        return flows

    async def told(self) -> list[Mapping[Kind, tuple[int, int]]]:
        report = await self.services.books.report(GUILD)
        return [{flow.kind: (flow.made, flow.gone) for flow in flows.flows} for flows in report.flows]

    async def right(self) -> None:
        """The report is what is remembered, and nothing is found by whoever looks through the books."""
        assert await self.told() == self.reckoned()
        assert await self.broken() == []

    async def mark(self) -> tuple[int, int] | None:
        async with self.database.read() as session:
            row = (await session.execute(select(FlowMarkRow.kept_from, FlowMarkRow.kept_to))).one_or_none()
        return None if row is None else (row[0], row[1])

    async def hours(self) -> list[int]:
        async with self.database.read() as session:
            return list((await session.execute(select(FlowHour.hour).order_by(FlowHour.hour))).scalars())

    async def broken(self) -> list[str]:
        check = next(one for one in self.services.books.promises if "by the hour" in one.promise)
        return [str(one) for one in (await self.services.books.examine(GUILD, check)).findings]


@pytest.fixture
def life(services: Services, database: Database, clock: ManualClock) -> Life:
    return Life(services, database, clock)


@pytest.mark.parametrize("batch", [1, 7, 20_000])
async def test_the_report_is_the_same_whatever_is_kept(
    life: Life, clock: ManualClock, rng: Random, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(flow_keeping, "BATCH", batch)
    await life.happen(10**6)
    for _ in range(60):
        clock.advance(milliseconds=rng.choice([1, 90_000, 3_600_000, 30_000_000, 200_000_000]))
        await life.happen(rng.choice([-1, 1]) * rng.randrange(1, 100))
        if rng.random() < 0.3:
            await life.keep()
            await life.right()
    await life.keep()
    for _ in range(20):
        clock.advance(milliseconds=rng.randrange(86_400_000))
        await life.right()
    assert await life.hours()


async def test_each_movement_leaves_the_week_and_the_month_to_the_millisecond(life: Life, clock: ManualClock) -> None:
    """Also where the hour it lies in is kept: the rest of that hour is told by the ledger."""
    began = clock.now()
    await life.happen(100)
    clock.advance(milliseconds=1)
    await life.happen(7)
    clock.advance(hours=2)
    await life.keep()
    assert len(await life.hours()) == 1
    for days in FLOW_DAYS:
        clock.set(began + timedelta(days=days))
        await life.right()
        clock.advance(milliseconds=1)
        await life.right()
        clock.advance(milliseconds=1)
        await life.right()


async def test_an_hour_is_kept_once_every_transaction_that_got_its_id_in_it_has_ended(
    life: Life, database: Database, clock: ManualClock
) -> None:
    """One that is open across the end of its hour: ids are older than commits."""
    await life.happen(100)
    clock.set(hour_began(hour_at(clock.now()) + 1) - timedelta(seconds=1))
    is_open, may_end = asyncio.Event(), asyncio.Event()

    async def linger() -> None:
        async with database.write() as session:
            await life.post(session, Kind.GRANT, 40)
            is_open.set()
            await may_end.wait()

    late = asyncio.create_task(linger())
    await is_open.wait()
    for seconds in (1, 60, 59):
        clock.advance(seconds=seconds)
        await life.keep()
        assert await life.mark() is None
    assert (await life.told())[0] == {Kind.GRANT: (100, 0)}  # what is not committed is not there
    may_end.set()
    await late
    await life.right()
    clock.advance(seconds=1)
    await life.keep()
    assert await life.hours() == [hour_at(clock.now()) - 1]
    await life.right()


async def test_a_transaction_that_was_open_far_too_long_is_found_and_made_up_for_with_the_next_hour(
    life: Life, database: Database, clock: ManualClock
) -> None:
    """Nothing lets one be open for so long; should it happen all the same, it is not lost for a month."""
    await life.happen(100)
    clock.set(hour_began(hour_at(clock.now()) + 1) - timedelta(seconds=1))
    at = clock.now()
    clock.advance(minutes=4)
    await life.keep()
    await _slip_in(database, at, 40)
    assert (await life.told())[0] == {Kind.GRANT: (100, 0)}
    assert await life.broken() == ["the hour from 2026-03-02 12:00 UTC"]
    clock.advance(minutes=5)
    await life.happen(3)
    clock.advance(hours=1)
    await life.keep()
    life.moved.append((at, Kind.GRANT, 40))
    await life.right()


async def _slip_in(database: Database, at: datetime, amount: int) -> None:
    """A movement whose id was made at a moment, committed now."""
    tx = {"guild_id": GUILD, "id": first_at(at), "kind": Kind.GRANT, "key": "late", "details": {}, "at": at}
    sides = [(0, Pocket.MINT, -amount), (1, Pocket.WALLET, amount)]
    async with database.write() as session:
        await session.execute(insert(LedgerTransaction), tx)
        for seq, (holder, pocket, coins) in enumerate(sides):
            entry = {"guild_id": GUILD, "transaction_id": first_at(at), "seq": seq, "holder": holder, "pocket": pocket}
            await session.execute(insert(LedgerEntry), {**entry, "amount": coins})


async def test_a_clock_that_was_set_back_makes_movements_in_hours_that_were_kept(
    life: Life, database: Database, clock: ManualClock, rng: Random
) -> None:
    await life.happen(100)
    clock.advance(hours=5)
    await life.happen(10)
    clock.advance(hours=2)
    await life.keep()
    again = Life(_another(database, clock, rng), database, clock)  # a new process, whose ids begin anew
    again.moved = life.moved
    clock.advance(hours=-6)
    await again.happen(7)
    assert (await again.told())[0] == {Kind.GRANT: (117, 0)}  # already before anybody has looked
    await again.keep()
    clock.advance(hours=8)
    await again.right()
    await again.keep()
    await again.right()


async def test_a_clock_that_ran_a_year_ahead_is_made_up_for(
    life: Life, database: Database, clock: ManualClock, rng: Random
) -> None:
    await life.happen(100)
    clock.advance(hours=3)
    await life.keep()
    before, right = await life.mark(), clock.now()
    clock.advance(days=365)
    ahead = Life(_another(database, clock, rng), database, clock)
    ahead.moved = life.moved
    await ahead.happen(5)
    clock.advance(hours=3)
    await ahead.keep()
    assert await life.hours() != []
    clock.set(right)
    life = Life(_another(database, clock, rng), database, clock)
    life.moved = ahead.moved
    assert (await life.told())[0] == {Kind.GRANT: (105, 0)}  # what comes from the future is not lost either
    await life.keep()
    assert await life.mark() == before
    assert await life.broken() == []
    await life.happen(1)
    clock.advance(hours=3)
    await life.keep()
    assert (await life.told())[0] == {Kind.GRANT: (106, 0)}
    assert await life.broken() == []


def _another(database: Database, clock: ManualClock, rng: Random) -> Services:
    everything, cache = FeatureSettings.of({"all"}), SettingsCache(trusted=True)
    return make_services(database, clock, rng, keep_guilds_for=timedelta(days=90), features=everything, cache=cache)


async def test_a_database_of_before_is_filled_batch_by_batch_and_the_report_is_right_meanwhile(
    life: Life, services: Services, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours in range(0, 40, 2):
        await life.happen(100 + hours)
        clock.advance(hours=2)
    monkeypatch.setattr(flow_keeping, "BATCH", 3)
    marks: list[Any] = []
    done = False
    while not done:
        assert GUILD in await services.flow_keeping.behind(ALL)
        with transactions(database) as begun:
            done = await services.flow_keeping.keep(GUILD, fills=lambda: False)
        assert len(begun) <= 1
        await life.right()
        marks.append(await life.mark())
        if not await services.flow_keeping.behind(ALL):
            break
    assert marks == sorted(marks)
    assert len(set(marks)) >= 6


async def test_whoever_is_to_stop_stops_between_two_batches(
    life: Life, services: Services, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await life.happen(1)
        clock.advance(hours=1)
    monkeypatch.setattr(flow_keeping, "BATCH", 1)
    assert not await services.flow_keeping.keep(GUILD, goes_on=lambda: False)
    assert await life.mark() is None
    asked = iter([True, True, False])
    assert not await services.flow_keeping.keep(GUILD, goes_on=lambda: next(asked))
    assert len(await life.hours()) == 2


async def test_many_who_keep_the_same_guild_at_once_do_it_once(
    life: Life, database: Database, clock: ManualClock, rng: Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(20):
        await life.happen(3)
        clock.advance(hours=1)
    clock.advance(minutes=5)
    monkeypatch.setattr(flow_keeping, "BATCH", 2)
    others = [life.services, *(_another(database, clock, rng) for _ in range(3))]
    await asyncio.gather(*(one.flow_keeping.keep(GUILD) for one in others))
    await life.keep()
    assert len(await life.hours()) == 20
    await life.right()


async def test_whoever_was_overtaken_writes_nothing(
    life: Life, services: Services, database: Database, clock: ManualClock, rng: Random
) -> None:
    await life.happen(3)
    clock.advance(hours=2)
    await life.keep()
    await life.happen(5)
    clock.advance(hours=2)
    slow = services.flow_keeping
    step = await database.query(lambda session: slow._add_up(session, GUILD))
    assert step is not None
    await life.happen(4)
    clock.advance(hours=2)
    await _another(database, clock, rng).flow_keeping.keep(GUILD)
    reached = await life.mark()
    assert not await slow._write(GUILD, step)
    assert await life.mark() == reached
    await life.right()


async def test_where_nothing_happened_nothing_is_written(
    life: Life, services: Services, database: Database, clock: ManualClock
) -> None:
    await life.happen(3)
    clock.advance(hours=2)
    await life.keep()
    with transactions(database) as begun:
        for _ in range(50):
            clock.advance(hours=7)
            assert await services.flow_keeping.behind(ALL) == []
            assert await services.flow_keeping.keep(GUILD)
    assert begun == []
    await life.right()


async def test_only_what_a_report_needs_is_kept(life: Life, clock: ManualClock) -> None:
    for _ in range(80):
        await life.happen(1)
        clock.advance(hours=12)
        await life.keep()
    hours, now = await life.hours(), hour_at(clock.now())
    assert hours[0] >= now - KEPT_FOR // timedelta(hours=1) - 12
    assert len(hours) in {62, 63}
    await life.right()


async def test_after_a_rest_of_months_it_begins_anew(life: Life, clock: ManualClock) -> None:
    await life.happen(100)
    clock.advance(hours=3)
    await life.keep()
    clock.advance(days=100)
    await life.happen(5)
    clock.advance(hours=3)
    await life.keep()
    assert await life.hours() == [hour_at(clock.now()) - 3]
    await life.right()


async def test_hours_beyond_64_bits_are_added_up(life: Life, clock: ManualClock) -> None:
    for _ in range(5):
        await life.happen(MAX_COINS)
        await life.happen(-MAX_COINS)
    clock.advance(hours=3)
    await life.keep()
    assert await life.hours()
    assert (await life.told())[0] == {Kind.GRANT: (5 * MAX_COINS, 0), Kind.FINE: (0, 5 * MAX_COINS)}
    await life.right()


@pytest.mark.parametrize(
    "plant",
    [
        update(FlowHour).values(low=FlowHour.low + 1),
        update(FlowHour).values(high=FlowHour.high + 1),
        update(FlowHour).values(made=text("NOT made")),
        update(FlowHour).values(kind=Kind.SALE),
        delete(FlowHour),
        update(FlowHour).values(hour=FlowHour.hour - 1),
    ],
    ids=["low", "high", "side", "kind", "gone", "hour"],
)
async def test_an_hour_that_is_off_is_found(life: Life, database: Database, clock: ManualClock, plant: Any) -> None:
    await life.happen(100)
    clock.advance(hours=3)
    await life.keep()
    assert await life.broken() == []
    async with database.write() as session:
        await session.execute(plant)
    assert "the hour from 2026-03-02 12:00 UTC" in await life.broken()


async def test_what_is_put_aside_is_neither_made_nor_gone(life: Life, database: Database, clock: ManualClock) -> None:
    await life.happen(100)
    async with database.write() as session:
        sides = move(wallet(1), system(Pocket.ESCROW), 30)
        movement = Movement(Kind.FINE, "aside", None, sides, StaffDetails())
        await life.services.holds._ledger.post(session, GUILD, movement)
    clock.advance(hours=3)
    await life.keep()
    await life.right()
    assert (await life.told())[0] == {Kind.GRANT: (100, 0)}


async def test_hours_are_those_of_ids(clock: ManualClock) -> None:
    noon = clock.now()
    assert hour_began(hour_at(noon)) == noon
    assert hour_at(noon + timedelta(minutes=59, seconds=59)) == hour_at(noon)
    assert first_at(noon) == hour_at(noon) * HOUR
    assert first_at(noon - timedelta(milliseconds=1)) // HOUR == hour_at(noon) - 1
    assert hour_at(datetime(2015, 1, 1, tzinfo=UTC)) == 0
    assert timedelta(hours=1) > OVERLAP
