"""What our services say to the database when they do something, overheard once and said again by the bare drivers.

A service does it once with values that nothing else has, while SQLAlchemy reports every statement that it hands to the
driver. Each value is then recognised by what it was, and so the statements can be said for anybody else, with new ids.
If the code's statements change, what the bare drivers say changes with them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiosqlite
import asyncpg
from sqlalchemy import event

from bench.drivers import plain_dsn
from bench.support import ROOT, BenchError
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.engines import SQLITE_PRAGMAS
from bot.ids import IdMaker
from tests.support.postgres import start_server

_AS_TEXT = "%Y-%m-%d %H:%M:%S.%f"
_ids = count(10**15)


@dataclass
class Doing:
    """Something on its way through the statements: who does it, and on which day, counted from the one overheard."""

    member: int
    day: int
    ids: dict[int, int] = field(default_factory=dict[int, int])
    """The ids that take the place of those overheard."""
    balance: int = 0

    def id_for(self, overheard: int) -> int:
        return self.ids.setdefault(overheard, next(_ids))


Slot = Callable[[Doing], Any]
Take = Callable[[int, int], Awaitable[None]]
"""Has a member do it on a day."""


@dataclass(frozen=True)
class Step:
    """A statement, what goes into its places in each set of values, and whether there are several sets."""

    sql: str
    sets: Sequence[Sequence[Slot]]
    many: bool

    def values(self, doing: Doing) -> list[list[Any]]:
        return [[slot(doing) for slot in places] for places in self.sets]

    def __str__(self) -> str:
        words = self.sql.split()
        table = words[words.index("FROM") + 1] if words[0] in {"SELECT", "DELETE"} else words[1 + (words[1] == "INTO")]
        return f"{words[0]} {table}" + (f" x{len(self.sets)}" if self.many else "")

    def check(self, doing: Doing, rows: Sequence[Any]) -> None:
        """Whatever it returns must be there; an account's is its balance."""
        if " RETURNING " in self.sql.replace("\n", " "):
            if not rows:
                raise BenchError(f"nothing changed by {self.sql}")
            if self.sql.split()[1] == "accounts":
                doing.balance = rows[0][0]


@dataclass(frozen=True)
class Known:
    """The values of what was overheard."""

    member: int
    key: str
    key_of: Callable[[Doing], str]
    balance: int
    also: Mapping[int, Slot] = field(default_factory=dict[int, Slot])


async def overhear(
    database: Database, act: Callable[[], Awaitable[None]], learn: Callable[[], Awaitable[Known]]
) -> list[Step]:
    """What is said while `act` does it, in one transaction; afterwards `learn` gives the values to recognise."""
    heard: list[tuple[str, list[Any], bool]] = []

    def listen(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        if not sql.startswith("BEGIN"):
            heard.append((sql, list(values) if many else [values], many))

    engine = database.writer.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        with _new_ids() as made:
            await act()
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    known = await learn()
    return [Step(sql, [[_slot(one, known, made) for one in values] for values in sets], many)
            for sql, sets, many in heard]  # fmt: skip


@contextmanager
def _new_ids() -> Iterator[set[int]]:
    """The ids that are made meanwhile."""
    made: set[int] = set()
    usual = IdMaker.new

    def new(self: IdMaker) -> int:
        made.add(one := usual(self))
        return one

    IdMaker.new = new
    try:
        yield made
    finally:
        IdMaker.new = usual


def _slot(value: Any, known: Known, made: Collection[int]) -> Slot:  # noqa: PLR0911 — a table
    match value:
        case datetime():
            return lambda doing: value + timedelta(days=doing.day)
        case int() if value == known.member:
            return lambda doing: doing.member
        case int() if value in known.also:
            return known.also[value]
        case int() if value in made:
            return lambda doing: doing.id_for(value)
        case int() if value == known.balance:
            return lambda doing: doing.balance
        case str() if value == known.key:
            return known.key_of
        case str() if value[:3] == "202" and value[10:11] == " ":  # a time, as SQLite keeps it
            said = datetime.strptime(value, _AS_TEXT)  # noqa: DTZ007
            return lambda doing: (said + timedelta(days=doing.day)).strftime(_AS_TEXT)
        case str() if numbers := [one for one in re.findall(r"\d+", value) if int(one) in made]:
            (number,) = numbers
            before, after = value.split(number)
            return lambda doing: f"{before}{doing.id_for(int(number))}{after}"
        case _:
            return lambda _doing: value


# The bare drivers -------------------------------------------------------------------------------------------


@asynccontextmanager
async def _raw_sqlite(config: DatabaseConfig, steps: Sequence[Step]) -> AsyncIterator[Take]:
    turn = asyncio.Lock()
    async with aiosqlite.connect(config.sqlite_path, isolation_level=None) as connection:
        for name, value in {**SQLITE_PRAGMAS, "synchronous": "FULL"}.items():
            await connection.execute(f"PRAGMA {name} = {value}")

        async def take(member: int, day: int) -> None:
            doing = Doing(member, day)
            async with turn:
                await connection.execute("BEGIN IMMEDIATE")
                for step in steps:
                    values = step.values(doing)
                    if step.many:
                        await connection.executemany(step.sql, values)
                    else:
                        step.check(doing, list(await connection.execute_fetchall(step.sql, values[0])))
                await connection.commit()

        yield take


@asynccontextmanager
async def _raw_postgres(config: DatabaseConfig, steps: Sequence[Step]) -> AsyncIterator[Take]:
    async def as_it_is(_connection: Any) -> None:
        """Reset nothing."""

    size = config.pool_size + config.pool_overflow
    async with asyncpg.create_pool(plain_dsn(config), min_size=config.pool_size, max_size=size, reset=as_it_is) as pool:

        async def take(member: int, day: int) -> None:
            doing = Doing(member, day)
            async with pool.acquire() as connection, connection.transaction(isolation="read_committed"):
                for step in steps:
                    values = step.values(doing)
                    if step.many:
                        await connection.executemany(step.sql, values)
                    else:
                        step.check(doing, await connection.fetch(step.sql, *values[0]))

        yield take


# The two places -----------------------------------------------------------------------------------------------

Opened = Callable[[DatabaseConfig], Any]
"""Opens our services on an empty database, with everybody in it who is to do something."""
Listened = Callable[[Any], Awaitable[list[Step]]]


@dataclass(frozen=True)
class Sides:
    """What is compared: `takes` of `ours` and of the `raw` driver."""

    takes: Mapping[str, Take]
    tidy: Callable[[], Awaitable[None]]
    """Done before each round."""
    note: str


Place = tuple[Any, Sides]


@asynccontextmanager
async def on_sqlite(opened: Opened, listened: Listened) -> AsyncIterator[Place]:
    """Both sides on files of their own."""
    async with AsyncExitStack() as stack:
        # On the disk that the project is on: a temporary folder may be memory, where a commit waits for nothing.
        (ROOT / "bench" / "results").mkdir(exist_ok=True)
        folder = stack.enter_context(TemporaryDirectory(dir=ROOT / "bench" / "results", prefix="sqlite-"))
        configs = [DatabaseConfig(f"sqlite+aiosqlite:///{Path(folder) / name}.db") for name in ("ours", "raw")]
        ours = await stack.enter_async_context(opened(configs[0]))
        async with opened(configs[1]) as other:
            steps = await listened(other)
        raw = await stack.enter_async_context(_raw_sqlite(configs[1], steps))

        async def nothing() -> None:
            """SQLite plans by the keys alone."""

        yield (
            ours,
            Sides(
                {"ours": ours.take, "raw": raw}, nothing, f"synchronous=FULL; BEGIN IMMEDIATE, {_told(steps)}, COMMIT"
            ),
        )


@asynccontextmanager
async def on_postgres(opened: Opened, listened: Listened) -> AsyncIterator[Place]:
    """Both sides on databases of their own, of one server."""
    server = await asyncio.to_thread(start_server, fsync=True)
    try:
        async with AsyncExitStack() as stack:
            configs: list[DatabaseConfig] = []
            for name in ("folkmoot_bench_ours", "folkmoot_bench_raw"):
                await asyncio.to_thread(server.create_database, name)
                configs.append(DatabaseConfig(server.url(name)))
            ours = await stack.enter_async_context(opened(configs[0]))
            async with opened(configs[1]) as other:
                steps = await listened(other)
            raw = await stack.enter_async_context(_raw_postgres(configs[1], steps))

            async def vacuum() -> None:
                for config in configs:
                    connection = await asyncpg.connect(plain_dsn(config))
                    await connection.execute("VACUUM ANALYZE")
                    await connection.close()

            yield (
                ours,
                Sides(
                    {"ours": ours.take, "raw": raw},
                    vacuum,
                    f"fsync on, from {server.way}; BEGIN, {_told(steps)}, COMMIT",
                ),
            )
    finally:
        await asyncio.to_thread(server.stop)


def _told(steps: Sequence[Step]) -> str:
    return ", ".join(map(str, steps))
