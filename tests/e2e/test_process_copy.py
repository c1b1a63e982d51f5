"""An operator moves from one kind of database to the other, is interrupted, and begins again."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import insert

from bot.clock import SystemClock
from bot.db import migrations, unfinished
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.core import AppState
from tests.e2e.stage import ALICE, BOB, Stage, is_paid
from tests.support.filling import MOMENT
from tests.support.postgres import PostgresServer

ROWS = 10_000


@pytest.fixture
def other(stage: Stage, request: pytest.FixtureRequest) -> Iterator[DatabaseConfig]:
    """A place of the other kind."""
    if not stage.config.is_sqlite:
        yield DatabaseConfig(url=f"sqlite+aiosqlite:///{stage.folder / 'elsewhere' / 'moot.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"moved_{uuid.uuid4().hex[:12]}"
    server.create_database(name)
    yield DatabaseConfig(url=server.url(name))
    server.drop_database(name)


async def filled(stage: Stage) -> None:
    """Rows enough to be interrupted among."""
    async with stage.database() as database, database.write() as session:
        rows = [{"application_id": 1, "name": f"row {number}", "value": "x" * 50} for number in range(ROWS)]
        await session.execute(insert(AppState), rows)


async def begun(config: DatabaseConfig) -> bool:
    """Whether rows have arrived."""
    if config.is_sqlite and not config.sqlite_path.exists():
        return False
    database = Database(DatabaseConfig(url=config.url, read_only=True), SystemClock(), Random(1))
    try:
        async with database.read() as session:
            return (await session.exec_driver_sql("SELECT 1 FROM app_state LIMIT 1")).first() is not None
    except Exception:  # noqa: BLE001 — no tables yet
        return False
    finally:
        await database.close()


async def test_a_copy_that_is_killed_is_refused_and_the_second_try_goes_through(
    stage: Stage, other: DatabaseConfig
) -> None:
    await stage.endow(100)
    bot = await stage.start()
    exchange = await stage.pay(ALICE, BOB, 10)
    await exchange.finished()
    assert is_paid(exchange)
    await bot.stop()
    await filled(stage)

    process = await stage.launch("db", "copy", FOLKMOOT_COPY_TO=other.url)
    while not await begun(other):
        assert process.alive, process.stderr
    process.kill()
    assert await process.ended() == -9

    code, process = await stage.run("run", DATABASE_URL=other.url)
    assert (code, len(process.sentences)) == (1, 1)
    assert "holds an unfinished copy of" in process.sentences[0]

    code, process = await stage.run("db", "copy", "--to", other.url, "--again")
    assert code == 0, process.stderr
    assert "both sides are the same" in process.stdout
    bot = await stage.start(DATABASE_URL=other.url)
    assert "90 coins" in await stage.wallet(ALICE)
    await bot.stop()


async def test_beside_a_bot_nothing_is_copied(stage: Stage, other: DatabaseConfig) -> None:
    bot = await stage.start()
    code, process = await stage.run("db", "copy", "--to", other.url)
    assert (code, len(process.sentences)) == (1, 1)
    assert "stop" in process.sentences[0]
    await bot.stop()


async def test_the_doctor_sees_a_copy_that_was_not_finished(stage: Stage) -> None:
    await asyncio.to_thread(migrations.run_on, stage.config, lambda it: unfinished.place(it, "another", MOMENT))
    code, process = await stage.run("doctor", "--offline")
    assert code == 1
    assert "fail  copy         the database holds an unfinished copy of another, begun 2026-03-02" in process.stdout


async def test_an_address_that_makes_no_sense_is_refused_before_anything_is_opened(stage: Stage) -> None:
    for to, code, words in (
        ("mysql://ann:hunter22@db/moot", 2, "--to: expected an address"),
        ("", 2, "--to: expected the address of a database"),
        (stage.config.url, 1, "names the database that is copied"),
    ):
        stage.secrets.append("hunter22")
        ended, process = await stage.run("db", "copy", "--to", to)
        assert (ended, len(process.sentences)) == (code, 1), process.stderr
        assert words in process.sentences[0]
