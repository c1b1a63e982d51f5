"""The turn to make a backup goes to one process of many, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random

from sqlalchemy import text

from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.backups import LEASE, BackupState
from bot.ids import IdMaker
from bot.services.backups import BackupsService
from tests.support.clock import ManualClock
from tests.support.writes import transactions

EVERY = timedelta(hours=6)


def service(database: Database, clock: ManualClock, seed: int = 1) -> BackupsService:
    return BackupsService(database, clock, IdMaker(clock, Random(seed)), every=EVERY)


async def test_of_many_that_ask_at_once_one_gets_the_turn(
    database: Database, database_config: DatabaseConfig, clock: ManualClock
) -> None:
    others = [] if database.is_sqlite else [Database(database_config, clock, Random(n)) for n in range(2)]
    processes = [service(one, clock, seed) for seed, one in enumerate([database, *others, database, database])]
    try:
        for _ in range(3):  # the first time there is no row yet
            tokens = [one for one in await asyncio.gather(*(one.claim() for one in processes)) if one is not None]
            assert len(tokens) == 1
            assert await processes[0].succeeded(tokens[0], began_at=clock.now(), size=5, seconds=1.5)
            assert [await one.claim() for one in processes] == [None] * len(processes)
            clock.advance(hours=6)
    finally:
        for one in others:
            await one.close()
    state = await processes[0].state()
    assert (state.made, state.last_bytes, state.last_at) == (3, 5, clock.now() - EVERY)


async def test_a_process_that_died_loses_its_turn_and_its_word(database: Database, clock: ManualClock) -> None:
    first, second = service(database, clock, 1), service(database, clock, 2)
    dead = await first.claim()
    assert dead is not None
    clock.advance(seconds=LEASE.total_seconds() - 1)
    assert await second.claim() is None
    assert await first.renew(dead)
    clock.advance(seconds=LEASE.total_seconds())
    alive = await second.claim()
    assert alive is not None
    assert not await first.renew(dead)
    assert not await first.succeeded(dead, began_at=clock.now(), size=1, seconds=1)
    assert await first.failed(dead, "late") is None
    await first.give_back(dead)
    assert (await first.state()).token == alive
    await second.give_back(alive)
    assert await first.claim() is not None


async def test_a_look_before_one_is_due_writes_nothing(database: Database, clock: ManualClock) -> None:
    mine = service(database, clock)
    assert await mine.claim() is not None
    with transactions(database) as begun:
        assert await mine.claim() is None
    assert begun == []


async def test_a_row_that_nobody_can_read_is_written_anew(database: Database, clock: ManualClock) -> None:
    mine = service(database, clock)
    token = await mine.claim()
    assert token is not None
    async with database.write() as session:
        await session.execute(text("UPDATE app_state SET value = 'scribble' WHERE name = 'backups'"))
    assert await mine.state() == BackupState()
    assert await mine.claim() is not None
