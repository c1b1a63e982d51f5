"""An installation moves between databases of either kind, whole and proved the same, or is seen to be unfinished."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, insert, inspect, select, text

from bot import startup
from bot.db import copying, migrations, plain_rows, unfinished
from bot.db.config import DatabaseConfig
from bot.db.copying import Copied, CopyError, Place, copy
from bot.db.engine import Database
from bot.db.models import Base
from bot.db.models.core import AppState
from bot.db.plain_rows import Fingerprint, PlainTable
from tests.support.clock import ManualClock
from tests.support.filling import MOMENT, fill
from tests.support.postgres import PostgresServer

Places = Callable[[str], Place]


@pytest.fixture
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    """Empty places of the wanted kind, gone after the test."""
    made: list[str] = []

    def place(kind: str) -> Place:
        folder = tmp_path / uuid.uuid4().hex[:8]
        folder.mkdir()
        if kind == "sqlite":
            return Place(
                DatabaseConfig(url=f"sqlite+aiosqlite:///{folder / 'moot.db'}", synchronous_full=False), folder
            )
        server: PostgresServer = request.getfixturevalue("postgres_server")
        made.append(f"copy_{uuid.uuid4().hex[:12]}")
        server.create_database(made[-1])
        return Place(DatabaseConfig(url=server.url(made[-1])), folder)

    yield place
    for name in made:
        request.getfixturevalue("postgres_server").drop_database(name)


@pytest.fixture
async def source(database: Database, tmp_path: Path) -> Place:
    """An installation with rows in every table, and files."""
    async with database.write() as session:
        await fill(session)
    await asyncio.to_thread(lambda: (tmp_path / "home" / "blobs" / "a").mkdir(parents=True))
    (tmp_path / "home" / "blobs" / "a" / "proof.png").write_bytes(b"\x89PNG" * 1000)
    return Place(database.config, tmp_path / "home")


def quiet(what: str, done: int, of: int) -> None:
    """Nobody watches."""


async def copied(source: Place, target: Place, *, again: bool = False, on_progress: Any = quiet) -> Copied:
    return await copy(source, target, again=again, now=MOMENT, on_progress=on_progress)


async def everything(config: DatabaseConfig) -> dict[str, list[dict[str, Any]]]:
    """All rows as the application sees them, in an order of their own."""
    database = Database(config, ManualClock(), Random(1))
    try:
        async with database.read() as session:
            return {
                table.name: sorted((dict(row._mapping) for row in await session.execute(select(table))), key=repr)
                for table in Base.metadata.sorted_tables
            }
    finally:
        await database.close()


async def on(config: DatabaseConfig, statement: str) -> None:
    def work(connection: Connection) -> None:
        connection.execute(text(statement))

    await asyncio.to_thread(migrations.run_on, config, work)


@pytest.mark.parametrize("other", ["sqlite", "postgres"])
async def test_there_and_back_everything_is_as_it_was(source: Place, places: Places, other: str) -> None:
    before = await everything(source.config)
    assert all(before.values()), "a table without rows proves nothing"
    assert set(before) == set(Base.metadata.tables)
    there, back = places(other), places("sqlite" if source.config.is_sqlite else "postgres")
    done = await copied(source, there)
    assert done == Copied(len(before), sum(map(len, before.values())), 1)
    assert await everything(there.config) == before
    assert (await copied(there, back)).rows == done.rows
    assert await everything(back.config) == before
    assert (back.data_dir / "blobs" / "a" / "proof.png").read_bytes() == b"\x89PNG" * 1000
    for place in (there, back):
        assert await asyncio.to_thread(migrations.check, place.config) == []
        await startup.migrate(place.config, place.data_dir)


async def test_a_null_of_json_and_none_at_all_stay_what_they_are(source: Place, places: Places) -> None:
    await on(source.config, "UPDATE audit_logs SET before = 'null', after = NULL")
    there = places("postgres" if source.config.is_sqlite else "sqlite")
    await copied(source, there)
    kinds = set[tuple[Any, ...]]()

    def look(connection: Connection) -> None:
        asked = "SELECT before IS NULL, CAST(before AS TEXT), after IS NULL FROM audit_logs"
        kinds.update(tuple(row) for row in connection.execute(text(asked)))

    await asyncio.to_thread(migrations.run_on, there.config, look)
    assert kinds == {(False, "null", True)}


@pytest.mark.parametrize("other", ["sqlite", "postgres"])
async def test_wherever_it_dies_the_target_is_refused_until_a_second_try(
    source: Place, places: Places, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_FIRST_ROWS", 3)
    steps: list[str] = []
    await copied(source, places(other), on_progress=lambda what, *_: steps.append(what))
    assert {"tables prepared", "rows copied", "rows compared", "files copied"} == set(steps)
    there = places(other)
    for dies_at in sorted({0, 1, len(steps) // 3, len(steps) // 2, len(steps) - 2, len(steps) - 1}):
        seen: list[str] = []

        def die(what: str, *_: int, seen: list[str] = seen, dies_at: int = dies_at) -> None:
            seen.append(what)
            if len(seen) > dies_at:
                raise RuntimeError("the power is gone")

        with pytest.raises(RuntimeError, match="the power is gone"):
            await copied(source, there, again=True, on_progress=die)
        with pytest.raises(startup.StartError, match=r"holds an unfinished copy of .*--again"):
            await startup.migrate(there.config, there.data_dir)
        with pytest.raises(CopyError, match=r"holds an unfinished copy .*--again"):
            await copied(source, there)
        with pytest.raises(CopyError, match=r"is itself an unfinished copy"):
            await copied(there, places("sqlite"))
    await copied(source, there, again=True)
    assert await everything(there.config) == await everything(source.config)
    await startup.migrate(there.config, there.data_dir)


async def test_a_place_with_anything_in_it_is_left_alone(source: Place, places: Places) -> None:
    there = places("sqlite")
    await asyncio.to_thread(migrations.upgrade, there.config)
    await on(there.config, "INSERT INTO app_state VALUES (1, 'a', 'b', '2026-01-01', '2026-01-01')")
    for again in (False, True):
        with pytest.raises(CopyError, match="not empty: there are rows in app_state"):
            await copied(source, there, again=again)
    assert len((await everything(there.config))["app_state"]) == 1
    await on(there.config, "DELETE FROM app_state")
    (there.data_dir / "blobs").mkdir()
    (there.data_dir / "blobs" / "somebody's").touch()
    with pytest.raises(CopyError, match="Move this away first"):
        await copied(source, there)
    (there.data_dir / "blobs" / "somebody's").unlink()
    await copied(source, there)  # migrated and empty is empty

    strange = places("postgres")
    await on(strange.config, "CREATE TABLE mine (id INTEGER)")
    with pytest.raises(CopyError, match="a table mine that is not Folkmoot's"):
        await copied(source, strange)


async def test_a_source_that_is_not_at_the_newest_revision_is_not_copied(source: Place, places: Places) -> None:
    await asyncio.to_thread(migrations.downgrade, source.config, "0001")
    there = places("sqlite")
    with pytest.raises(CopyError, match="not at the newest revision"):
        await copied(source, there)
    assert not there.config.sqlite_path.exists()


async def test_a_row_that_the_other_kind_does_not_take_is_named(database: Database, places: Places) -> None:
    if not database.is_sqlite:
        return  # PostgreSQL is the stricter of the two
    async with database.write() as session:
        await fill(session)
    await on(database.config, "UPDATE users SET username = 'a name of more than thirty-two letters' WHERE id = 4")
    there = places("postgres")
    with pytest.raises(CopyError, match=r"does not take a row of users \(id 4\): .*too long"):
        await copied(Place(database.config, there.data_dir), there)
    with pytest.raises(unfinished.UnfinishedError):
        await asyncio.to_thread(unfinished.refuse, there.config)


async def test_whatever_differs_is_named(source: Place, places: Places) -> None:
    there = places("sqlite")
    meddled = asyncio.Event()

    def meddle(what: str, done: int, of: int) -> None:
        if what == "rows copied" and done == of and not meddled.is_set():
            meddled.set()
            with closing(sqlite3.connect(there.config.sqlite_path, isolation_level=None)) as connection:
                connection.execute("UPDATE accounts SET balance = 7 WHERE holder = 3")
                connection.execute("DELETE FROM app_state WHERE application_id = 2")
                connection.execute("INSERT INTO error_logs SELECT 99, exception, message, stack, command, guild_id,"
                                   " user_id, context, created_at FROM error_logs WHERE id = 1")  # fmt: skip

    with pytest.raises(CopyError) as caught:
        await copied(source, there, on_progress=meddle)
    lines = str(caught.value).splitlines()
    assert lines[0] == "The copy differs from the source:"
    assert any(line.startswith("accounts: 7 rows with ") for line in lines)
    assert any(line.startswith("app_state: 7 rows with ") and ", 6 rows with " in line for line in lines)
    assert any(
        line.startswith("accounts: guild_id 3, holder 3, pocket ") and "other in the target" in line for line in lines
    )
    assert any(line.startswith("app_state: application_id 2, name ") and "not in the target" in line for line in lines)
    assert "error_logs: id 99 is not in the source" in lines
    assert not any(line.startswith("outbox") for line in lines)
    with pytest.raises(startup.StartError):
        await startup.migrate(there.config, there.data_dir)


async def test_batches_see_every_row_once_in_whatever_order_keys_sort(
    source: Place, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_FIRST_ROWS", 2)
    monkeypatch.setattr(copying, "_MOST_ROWS", 2)
    keys = ["", "a", "A", "Z", "é", "e", "\N{PARTY POPPER}", "ß", "a b", "ab", "a-b", "10", "9"]
    rows = [{"application_id": -(2**63), "name": key, "value": ""} for key in keys]
    database = Database(source.config, ManualClock(), Random(1))
    async with database.write() as session:
        await session.execute(insert(AppState), rows)
    await database.close()
    there = places("postgres" if source.config.is_sqlite else "sqlite")
    await copied(source, there)
    names = {row["name"] for row in (await everything(there.config))["app_state"] if row["application_id"] < 0}
    assert names == set(keys)


def test_every_table_can_be_read_along_its_key_and_none_counts_by_itself(tmp_path: Path) -> None:
    for table in Base.metadata.sorted_tables:
        assert PlainTable(table).columns == [column.name for column in table.columns]
        # A number that the database gives out would go on from 1 after a copy.
        assert table.autoincrement_column is None, table.name
        assert not any(key.column.table is table for key in table.foreign_keys), (
            f"{table.name} is not in parents' order"
        )
    assert "unfinished_copy" not in Base.metadata.tables
    config = DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    migrations.upgrade(config)
    migrations.run_on(config, lambda connection: unfinished.place(connection, "x", MOMENT))
    assert unfinished.MARK.name in migrations_tables(config)
    unfinished.remove(config)
    assert unfinished.MARK.name not in migrations_tables(config)


def migrations_tables(config: DatabaseConfig) -> list[str]:
    found: list[str] = []
    migrations.run_on(config, lambda connection: found.extend(inspect(connection).get_table_names()))
    return found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('{"a": 1, "b": [1.5, "\\u00e9"]}', '{"b":[1.50,"é"],"a":1}', True),
        ("[1e16, -0.0, 1.0]", "[10000000000000000, 0, 1]", True),
        ("{}", "[]", False),
        ("1", '"1"', False),
        ("true", "1", False),
        ("0.1", "0.10000000000000001", False),
        ("1.5", '"number 1.5"', False),
        ('{"a": null}', "{}", False),
        ("[1, 2]", "[2, 1]", False),
    ],
)
def test_documents_are_the_same_when_they_mean_the_same(one: str, other: str, *, same: bool) -> None:
    assert (plain_rows.meaning(one) == plain_rows.meaning(other)) is same


def test_a_fingerprint_knows_nothing_of_order_and_everything_else() -> None:
    def of(*rows: bytes) -> Fingerprint:
        made = Fingerprint()
        for row in rows:
            made.add([row])
        return made

    assert of(b"a", b"b") == of(b"b", b"a")
    assert of(b"a", b"a") != of(b"b", b"b")
    assert of(b"a", b"a") != of(b"a")
    assert of(b"ab") != of(b"a", b"b")
