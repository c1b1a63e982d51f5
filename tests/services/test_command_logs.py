"""The command log: written in batches, counted once, forgotten in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.repositories import guilds
from bot.db.repositories.command_logs import NewUse
from bot.domain.incidents import Incident
from bot.domain.uses import Ending, Use, UseKind, UseOutcome
from bot.errors import DatabaseAway
from bot.ids import IdMaker
from bot.jobs.retention import Retention
from bot.services import Services
from bot.services import command_logs as module
from bot.services.command_logs import BATCH, CommandLogBuffer
from tests.support.clock import ManualClock

GUILD, OTHER = 5 << 22, 6 << 22


def use(clock: ManualClock, name: str = "pay", guild: int = GUILD, **more: Any) -> Use:
    made = Use(clock.now(), UseKind.COMMAND, name, guild, 7, 8, {"amount": 5}, Ending(), 0.25)
    return replace(made, **more)


@pytest.fixture
def ids(clock: ManualClock) -> IdMaker:
    return IdMaker(clock, Random(9))


@pytest.fixture
async def other(services: Services, database_config: DatabaseConfig, clock: ManualClock) -> AsyncGenerator[Services]:
    """A second process on the same database."""
    second = Database(database_config, clock, Random(2))
    yield make_services(second, clock, Random(3), keep_guilds_for=timedelta(days=1))
    await second.close()


async def test_what_was_written_is_read_back_and_counted_by_day_and_outcome(
    services: Services, clock: ManualClock, ids: IdMaker
) -> None:
    refused = use(clock, ending=Ending(UseOutcome.REFUSED, "InsufficientFunds"))
    uses = [use(clock), use(clock, seconds=0.5), refused, use(clock, "daily"), use(clock, guild=OTHER)]
    await services.command_logs.record([NewUse(ids.new(), one) for one in uses])
    assert await services.command_logs.latest(GUILD) == uses[3::-1]
    counts = await services.command_logs.counts(GUILD, clock.now().date())
    assert [(one.command, one.outcome, one.count, one.total_ms) for one in counts] == [
        ("daily", UseOutcome.DONE, 1, 250),
        ("pay", UseOutcome.DONE, 2, 750),
        ("pay", UseOutcome.REFUSED, 1, 250),
    ]


async def test_a_batch_that_is_written_again_is_not_counted_again(
    services: Services, clock: ManualClock, ids: IdMaker
) -> None:
    batch = [NewUse(ids.new(), use(clock)) for _ in range(3)]
    await services.command_logs.record(batch[:2])
    await services.command_logs.record(batch)
    [count] = await services.command_logs.counts(GUILD, clock.now().date())
    assert count.count == len(await services.command_logs.latest(GUILD)) == 3


async def test_two_processes_count_together(
    services: Services, other: Services, clock: ManualClock, ids: IdMaker
) -> None:
    names = ["balance", "daily", "pay"]

    async def one(process: Services, number: int) -> None:
        order = names if number % 2 else names[::-1]
        await process.command_logs.record([NewUse(ids.new(), use(clock, name)) for name in order])

    await asyncio.gather(*(one(process, number) for number in range(10) for process in (services, other)))
    counts = await services.command_logs.counts(GUILD, clock.now().date())
    assert {one.command: one.count for one in counts} == dict.fromkeys(names, 20)


async def test_old_uses_are_forgotten_and_their_counts_stay(
    services: Services, other: Services, clock: ManualClock, ids: IdMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PRUNED_AT_ONCE", 2)
    began = clock.now()
    await services.command_logs.record([NewUse(ids.new(), use(clock)) for _ in range(5)])
    incident = Incident(1, "KeyError", "", "", "pay", GUILD, 7, {})
    await services.incidents.record(incident)
    days = {"keep_uses_for": timedelta(days=30), "keep_incidents_for": timedelta(days=90)}
    retention = Retention(clock, services.command_logs, services.incidents, **days)
    beside = Retention(clock, other.command_logs, other.incidents, **days)
    clock.advance(days=29)
    await services.command_logs.record([NewUse(ids.new(), use(clock, "daily"))])
    assert await retention.prune() == 0
    clock.advance(days=2)
    assert sum(await asyncio.gather(retention.prune(), beside.prune())) == 5
    assert [one.name for one in await services.command_logs.latest(GUILD)] == ["daily"]
    assert [one.count for one in await services.command_logs.counts(GUILD, began.date())] == [5, 1]
    assert await services.incidents.find(1) == incident
    clock.advance(days=60)
    assert await retention.prune() == 2
    assert await services.incidents.find(1) is None
    assert await retention.prune() == 0


async def test_a_guild_that_is_erased_takes_its_log_and_counts_along(
    database: Database, services: Services, clock: ManualClock, ids: IdMaker
) -> None:
    await services.command_logs.record([NewUse(ids.new(), use(clock, guild=one)) for one in (GUILD, OTHER)])
    await database.transact(lambda session: guilds.erase(session, GUILD))
    assert await services.command_logs.latest(GUILD) == []
    assert await services.command_logs.counts(GUILD, clock.now().date()) == []
    assert len(await services.command_logs.latest(OTHER)) == 1


class Shelf:
    """Where batches go; away when told so."""

    def __init__(self) -> None:
        self.away = False
        self.batches: list[list[str]] = []

    async def record(self, uses: Any) -> None:
        if self.away:
            raise DatabaseAway
        self.batches.append([new.use.name for new in uses])


async def test_the_buffer_writes_in_batches_in_order(clock: ManualClock, ids: IdMaker) -> None:
    shelf: Any = Shelf()
    buffer = CommandLogBuffer(shelf, ids)
    for number in range(BATCH + 1):
        buffer.note(use(clock, str(number)))
    assert await buffer.flush()
    assert [len(batch) for batch in shelf.batches] == [BATCH, 1]
    assert [name for batch in shelf.batches for name in batch] == [str(number) for number in range(BATCH + 1)]


async def test_a_buffer_that_is_full_drops_the_oldest_and_says_how_many(
    clock: ManualClock, ids: IdMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    shelf: Any = Shelf()
    shelf.away = True
    buffer = CommandLogBuffer(shelf, ids)
    for name in "abcd":
        buffer.note(use(clock, name))
    assert not await buffer.flush()
    assert (buffer.waiting, buffer.dropped) == (3, 1)
    shelf.away = False
    assert await buffer.flush()
    assert shelf.batches == [["b", "c", "d"]]


async def test_a_batch_that_comes_back_to_a_full_buffer_loses_its_oldest(
    clock: ManualClock, ids: IdMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    shelf: Any = Shelf()
    buffer = CommandLogBuffer(shelf, ids)

    async def away_and_busy(_uses: Any) -> None:
        for name in "de":
            buffer.note(use(clock, name))
        raise DatabaseAway

    monkeypatch.setattr(shelf, "record", away_and_busy)
    for name in "abc":
        buffer.note(use(clock, name))
    assert not await buffer.flush()
    assert (buffer.waiting, buffer.dropped) == (3, 2)
    monkeypatch.undo()
    assert await buffer.flush()
    assert shelf.batches == [["c", "d", "e"]]
