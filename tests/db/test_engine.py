"""Sessions: what each promises, and what happens when the database goes away."""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import URL, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.db.config import DatabaseConfig
from bot.db.engine import RETRIES, Database, NestedWriteError, ReadOnlyError
from bot.db.models.core import AppState, Guild
from bot.db.models.tickets import TicketMessage
from bot.db.sessions import WriteSession
from bot.errors import DatabaseAway, OutcomeUnknown
from tests.support.clock import ManualClock


def value(number: int) -> dict[str, Any]:
    return {"application_id": number, "name": "n", "value": "v"}


async def count(database: Database) -> int:
    async with database.read() as session:
        return len((await session.execute(select(AppState.name))).all())


async def test_a_block_that_ends_is_committed_and_one_that_raises_is_not(database: Database) -> None:
    async with database.write() as session:
        await session.execute(insert(AppState), value(1))
    with pytest.raises(ValueError, match="no"):
        async with database.write() as session:
            await session.execute(insert(AppState), value(2))
            raise ValueError("no")
    assert await count(database) == 1


async def test_a_transaction_inside_a_transaction_is_refused_at_once(database: Database) -> None:
    async with database.write():
        assert database.in_transaction
        with pytest.raises(NestedWriteError):
            async with database.write():
                pass
    assert not database.in_transaction


async def test_another_task_may_write_while_one_does(database: Database) -> None:
    async def other() -> bool:
        inside = database.in_transaction
        async with database.write() as session:
            await session.execute(insert(AppState), value(2))
        return inside

    async with database.write() as session:
        await session.execute(insert(AppState), value(1))
        task = asyncio.create_task(other())
        await asyncio.sleep(0.05)
    assert await task is False
    assert await count(database) == 2


async def test_a_cancelled_transaction_leaves_nothing(database: Database) -> None:
    started = asyncio.Event()

    async def slow() -> None:
        async with database.write() as session:
            await session.execute(insert(AppState), value(1))
            started.set()
            await asyncio.sleep(30)

    task = asyncio.create_task(slow())
    await started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await count(database) == 0
    async with database.write() as session:
        await session.execute(insert(AppState), value(2))
    assert await count(database) == 1


async def test_two_who_read_and_then_write_both_count(database: Database) -> None:
    async with database.write() as session:
        await session.execute(insert(AppState), {**value(1), "value": "0"})

    async def increment() -> None:
        async with database.write() as session:
            row = select(AppState.value).where(AppState.application_id == 1).with_for_update()
            seen = int((await session.execute(row)).scalar_one())
            await session.execute(update(AppState).where(AppState.application_id == 1).values(value=str(seen + 1)))

    await asyncio.gather(*(increment() for _ in range(50)))
    async with database.read() as session:
        assert (await session.execute(select(AppState.value))).scalar_one() == "50"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=False)
async def test_a_reader_on_sqlite_can_not_write(database: Database) -> None:
    async with database.read() as session:
        with pytest.raises(DBAPIError, match="readonly"):
            await session.execute(insert(AppState), value(1))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=False)
async def test_sqlite_is_opened_as_it_should_be(database: Database) -> None:
    async with database.write() as session:
        pragmas = {
            name: (await session.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "temp_store")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "temp_store": 2}


async def test_times_come_back_as_they_went_in_and_naive_ones_are_refused(
    database: Database, clock: ManualClock
) -> None:
    moment = datetime(2026, 7, 1, 14, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    async with database.write() as session:
        await session.execute(insert(Guild), {"id": 1, "name": "g", "joined_at": moment})
    async with database.read() as session:
        row = (await session.execute(select(Guild.joined_at, Guild.created_at))).one()
    assert row.joined_at == moment
    assert row.joined_at.tzinfo is UTC
    assert row.created_at == clock.now()
    with pytest.raises(Exception, match="naive"):
        async with database.write() as session:
            await session.execute(insert(Guild), {"id": 2, "name": "g", "joined_at": moment.replace(tzinfo=None)})


async def test_updated_at_follows_every_update_by_itself(database: Database, clock: ManualClock) -> None:
    async with database.write() as session:
        await session.execute(insert(AppState), value(1))
    created = clock.now()
    clock.advance(hours=1)
    async with database.write() as session:
        await session.execute(update(AppState).values(value="w"))
    async with database.read() as session:
        row = (await session.execute(select(AppState.created_at, AppState.updated_at))).one()
    assert (row.created_at, row.updated_at) == (created, clock.now())


class Conflict(Exception):
    """Stands for PostgreSQL's deadlock."""

    sqlstate = "40P01"


async def test_a_unit_that_the_database_rolled_back_is_run_again(database: Database) -> None:
    runs = 0

    async def unit(session: WriteSession) -> str:
        nonlocal runs
        runs += 1
        await session.execute(insert(AppState), value(runs))
        if runs < 3:
            raise DBAPIError("insert", {}, Conflict())
        return "done"

    assert await database.transact(unit) == "done"
    assert (runs, await count(database)) == (3, 1)


async def test_a_unit_that_always_conflicts_gives_up(database: Database) -> None:
    runs = 0

    async def unit(_session: WriteSession) -> None:
        nonlocal runs
        runs += 1
        raise DBAPIError("insert", {}, Conflict())

    with pytest.raises(DBAPIError):
        await database.transact(unit)
    assert runs == RETRIES + 1


async def test_only_an_idempotent_unit_is_repeated_after_a_commit_that_was_cut_off(database: Database) -> None:
    dialect: Any = database.writer.sync_engine.dialect
    commit, cut = dialect.do_commit, [True, True]

    def do_commit(connection: Any) -> None:
        commit(connection)
        if cut.pop() if cut else False:
            raise ConnectionResetError

    dialect.do_commit = do_commit
    runs = 0

    async def unit(session: WriteSession) -> None:
        nonlocal runs
        runs += 1
        found = (await session.execute(select(AppState.name))).first()
        if found is None:
            await session.execute(insert(AppState), value(runs))

    with pytest.raises(OutcomeUnknown):
        await database.transact(unit)
    await database.transact(unit, idempotent=True)
    assert (runs, await count(database)) == (3, 1)
    dialect.do_commit = commit


async def test_who_may_have_paid_is_never_told_that_nothing_was_changed(database: Database) -> None:
    """The commit is cut off, and then the database is away: the outcome stays unknown."""
    dialect: Any = database.writer.sync_engine.dialect
    commit = dialect.do_commit

    def cut_off(connection: Any) -> None:
        commit(connection)
        raise ConnectionResetError

    dialect.do_commit = cut_off
    runs = 0

    async def unit(session: WriteSession) -> None:
        nonlocal runs
        runs += 1
        if runs > 1:
            raise DatabaseAway
        await session.execute(insert(AppState), value(runs))

    with pytest.raises(OutcomeUnknown):
        await database.transact(unit, idempotent=True)
    dialect.do_commit = commit
    assert await count(database) == 1


async def test_nobody_waits_for_ever_for_a_database_that_is_not_there(rng: Random) -> None:
    away = Database(
        DatabaseConfig(url="postgresql+asyncpg://u:p@127.0.0.1:9/d", connect_timeout=0.5), ManualClock(), rng
    )
    with pytest.raises(DatabaseAway):
        await away.ping()
    with pytest.raises(DatabaseAway):
        await away.transact(lambda session: session.execute(text("SELECT 1")))
    await away.close()


_WRITTEN = "My sheep is called Dolly"


def _said(**values: object) -> dict[str, Any]:
    now = datetime(2026, 1, 5, tzinfo=UTC)
    row = {"guild_id": 1, "number": 1, "message_id": 1, "author_id": 1, "author_name": "a", "is_staff": False}
    row |= {"is_bot": False, "internal": False, "content": _WRITTEN, "embeds": [], "versions": [], "sent_at": now}
    return row | values


@pytest.mark.parametrize(
    "wrong",
    [
        {"author_name": None},
        {"message_id": 7},
        {"sent_at": _WRITTEN},
        {"embeds": [object()]},
        {"author_id": _WRITTEN},
        {"content": _WRITTEN + "\x00"},
    ],
    ids=["a row", "a key", "a moment", "a document", "a number", "a text"],
)
async def test_what_people_wrote_is_in_no_error(database: Database, wrong: dict[str, object]) -> None:
    async with database.write() as session:
        await session.execute(insert(TicketMessage), _said(message_id=7))
    try:
        async with database.write() as session:
            await session.execute(insert(TicketMessage), _said(**wrong))
    except Exception as error:  # noqa: BLE001 — whatever it is
        told = "".join(traceback.format_exception(error)) + repr(error)
        assert _WRITTEN not in told
        assert "Dolly" not in told
    else:
        assert database.is_sqlite
        assert wrong.keys() <= {"author_id", "content"}, "SQLite takes what PostgreSQL refuses"


async def test_a_password_is_in_no_description() -> None:
    config = DatabaseConfig(url="postgresql+asyncpg://u:topsecret@h/d")
    assert "topsecret" not in repr(config) + config.safe_url


def test_the_sqlite_here_is_said() -> None:
    assert sqlite3.sqlite_version_info >= (3, 35), "RETURNING needs 3.35"


async def test_a_database_opened_to_be_read_is_never_written(
    database: Database, database_config: DatabaseConfig, clock: ManualClock, rng: Random
) -> None:
    only = Database(replace(database_config, read_only=True), clock, rng)
    try:
        async with only.read() as session:
            assert (await session.execute(text("SELECT count(*) FROM guilds"))).scalar_one() == 0
        with pytest.raises(ReadOnlyError):
            async with only.write():
                pass
        with pytest.raises(DBAPIError):
            async with only.read() as session:
                await session.execute(text("DELETE FROM guilds"))
    finally:
        await only.close()


async def test_an_sqlite_file_whose_name_needs_quoting_can_be_read_alone(tmp_path: Path, rng: Random) -> None:
    path = tmp_path / "odd name?#100%.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE guilds (id)")
    config = DatabaseConfig(url=URL.create("sqlite+aiosqlite", database=str(path)).render_as_string(), read_only=True)
    only = Database(config, ManualClock(), rng)
    async with only.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM guilds"))).scalar_one() == 0
    await only.close()
