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
from bot.compose_caches import listen
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.repositories import guilds
from bot.db.repositories.command_logs import NewUse
from bot.domain.incidents import Incident
from bot.domain.privacy import Erased
from bot.domain.uses import NOBODY, Ending, Use, UseKind, UseOutcome
from bot.errors import DatabaseAway
from bot.ids import IdMaker
from bot.jobs.retention import Retention
from bot.services import Services
from bot.services import command_logs as module
from bot.services.command_logs import BATCH, CommandLogBuffer
from bot.services.privacy import ERASURES_CHANNEL
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
    days = {
        "keep_uses_for": timedelta(days=30), "keep_incidents_for": timedelta(days=90),
        "keep_xp_changes_for": timedelta(days=90),
    }  # fmt: skip
    retention = Retention(clock, services.command_logs, services.incidents, services.xp_staff, **days)
    beside = Retention(clock, other.command_logs, other.incidents, other.xp_staff, **days)
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
    buffer = CommandLogBuffer(shelf, clock, ids)
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
    buffer = CommandLogBuffer(shelf, clock, ids)
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
    buffer = CommandLogBuffer(shelf, clock, ids)

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


async def written(services: Services, guild: int = GUILD) -> list[tuple[str, int]]:
    """What the log says of a guild, oldest first: what was used, and by whom."""
    return [(one.name, one.user_id) for one in reversed(await services.command_logs.latest(guild))]


async def test_who_erases_what_is_from_a_guild_is_named_in_nothing_that_began_there_before(
    services: Services, clock: ManualClock, ids: IdMaker
) -> None:
    buffer = CommandLogBuffer(services.command_logs, clock, ids)
    services.privacy.on_erasing(buffer.forget)
    buffer.note(use(clock, "written"))
    await buffer.flush()
    for one in (use(clock, "waits"), use(clock, "other", user_id=8), use(clock, "elsewhere", guild=OTHER)):
        buffer.note(one)
    press = use(clock, "press", ending=Ending(incident_id=5))
    await services.privacy.erase(7, GUILD)
    buffer.note(press)
    clock.advance(seconds=1)
    buffer.note(use(clock, "later"))
    await buffer.flush()
    assert await written(services) == [("waits", NOBODY), ("other", 8), ("press", NOBODY), ("later", 7)]
    assert await written(services, OTHER) == [("elsewhere", 7)]
    pressed = (await services.command_logs.latest(GUILD))[1]
    assert (pressed.parameters, pressed.channel_id, pressed.ending) == ({}, None, Ending())


async def test_who_erases_everything_is_named_in_nothing_that_began_before_in_any_place(
    services: Services, clock: ManualClock, ids: IdMaker
) -> None:
    buffer = CommandLogBuffer(services.command_logs, clock, ids)
    services.privacy.on_erasing(buffer.forget)
    for place in (0, GUILD, OTHER):
        buffer.note(use(clock, "waits", guild=place))
    press = use(clock, "press", guild=0)
    await services.privacy.erase_elsewhere(7)
    buffer.note(press)
    await buffer.flush()
    assert await written(services, 0) == [("waits", NOBODY), ("press", NOBODY)]
    assert await written(services) == await written(services, OTHER) == [("waits", NOBODY)]


@pytest.mark.parametrize("is_away", [False, True])
async def test_what_is_being_written_while_somebody_is_erased_is_deleted_or_made_nameless(
    services: Services, clock: ManualClock, ids: IdMaker, monkeypatch: pytest.MonkeyPatch, *, is_away: bool
) -> None:
    buffer = CommandLogBuffer(services.command_logs, clock, ids)
    services.privacy.on_erasing(buffer.forget)
    begun, go_on = asyncio.Event(), asyncio.Event()
    record = services.command_logs.record

    async def slow(uses: Any) -> None:
        begun.set()
        await go_on.wait()
        if is_away:
            raise DatabaseAway
        await record(uses)

    monkeypatch.setattr(services.command_logs, "record", slow)
    buffer.note(use(clock, "under way"))
    flush = asyncio.create_task(buffer.flush())
    await begun.wait()
    erase = asyncio.create_task(services.privacy.erase(7, GUILD))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(flush, erase)
    monkeypatch.undo()
    await buffer.flush()
    assert await written(services) == ([("under way", NOBODY)] if is_away else [])


async def test_it_is_not_remembered_for_ever_who_was_erased(clock: ManualClock, ids: IdMaker) -> None:
    shelf: Any = Shelf()
    buffer = CommandLogBuffer(shelf, clock, ids)
    for user_id in range(5):
        await buffer.forget(Erased(user_id, GUILD))
        clock.advance(minutes=10)
    assert {one.user_id for one in buffer._erased} == {3, 4}


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
async def test_another_process_hears_who_was_erased(
    services: Services, other: Services, database_config: DatabaseConfig, clock: ManualClock, ids: IdMaker
) -> None:
    buffer = CommandLogBuffer(other.command_logs, clock, ids)
    heard = asyncio.Event()

    def hear(notice: str) -> None:
        buffer.heard(notice)
        heard.set()

    listener = listen(database_config, hears={ERASURES_CHANNEL: hear})
    buffer.note(use(clock, "waits"))
    buffer.note(use(clock, "waits", guild=OTHER))
    listener.start()
    try:
        async with asyncio.timeout(10):
            while not heard.is_set():  # whoever does not listen yet hears nothing
                await services.privacy.erase(7, GUILD)
                await asyncio.sleep(0.01)
    finally:
        await listener.stop()
    await buffer.flush()
    assert await written(other) == [("waits", NOBODY)]
    assert await written(other, OTHER) == [("waits", 7)]


@pytest.mark.parametrize("notice", ["", "7", "x:5", "7:y", ":", "7:-1"])
def test_a_notice_that_makes_no_sense_concerns_nobody(notice: str) -> None:
    assert Erased.read(notice) is None


@pytest.mark.parametrize("erased", [Erased(7, GUILD), Erased(7, None)])
def test_a_notice_is_read_as_it_was_written(erased: Erased) -> None:
    assert Erased.read(erased.written()) == erased
