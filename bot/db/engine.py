"""`Database`: the one way to sessions, and the one place that knows when a failed unit may be tried again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from sqlalchemy import DateTime, func, select
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.clock import Clock, SteeredClock
from bot.db import postgres
from bot.db.aio import AsyncConnection, AsyncEngine, AsyncTransaction
from bot.db.config import DatabaseConfig
from bot.db.engines import open_reader, open_writer
from bot.db.meter import DatabaseMeter, NoMeter, PoolUse, TransactionOutcome
from bot.db.sessions import ReadSession, WriteSession
from bot.errors import DatabaseAway, OutcomeUnknown

T = TypeVar("T")

RETRIES = 5
"""How often a unit that the database rolled back is tried again."""

_BASE_DELAY = 0.01
_SERIALIZATION_FAILURE = "40001"
_DEADLOCK = "40P01"
_TAKEN = "23505"
_AWAY_STATES = ("08", "57P", "53300", "57014", "55P03", "25P03")
"""SQLSTATEs (or classes) of a server that is going, gone or full, or that gave up waiting for a lock or a disk."""

_PING = select(1)
_SERVER_TIME = select(func.clock_timestamp(type_=DateTime(timezone=True)))

_GONE: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    PoolTimeout,
    InterfaceError,
)
"""Connect errors reach us bare, not wrapped by SQLAlchemy."""


class NestedWriteError(RuntimeError):
    """A transaction was begun inside another of the same task: on SQLite it would wait for itself for ever."""


class ReadOnlyError(RuntimeError):
    """Something would have been written to a database that was opened to be read only."""


class Database:
    """Opens sessions on one database, SQLite or PostgreSQL.

    `read()` and `write()` are the primitives; `transact()` runs a unit with the retry rule. None of them may be
    entered while the same task is inside `write()`.
    """

    def __init__(self, config: DatabaseConfig, clock: Clock, rng: Random, meter: DatabaseMeter | None = None) -> None:
        self.config = config
        self._meter = meter or NoMeter()
        self._clock = clock
        self._rng = rng
        self._writer = open_writer(config, clock)
        self._reader = open_reader(config, clock, self._writer)
        self._writing: ContextVar[asyncio.Task[Any] | None] = ContextVar("writing", default=None)
        self._afterwards: ContextVar[list[Callable[[], object]] | None] = ContextVar("afterwards", default=None)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.config.is_sqlite

    @property
    def writer(self) -> AsyncEngine:
        """The engine behind `write()`, for metrics and for tools that compare schemas."""
        return self._writer

    def pools(self) -> list[PoolUse]:
        """The pools of connections: one on PostgreSQL; on SQLite one that writes and one for reads."""
        if not self.is_sqlite:
            return [_use_of("all", self._writer, self.config.pool_size + self.config.pool_overflow)]
        return [_use_of("writer", self._writer, 1), _use_of("reader", self._reader, self.config.reader_connections)]

    @property
    def in_transaction(self) -> bool:
        """Whether the current task is inside `write()`. Nobody may speak to Discord while this is true."""
        task = self._writing.get()
        return task is not None and task is asyncio.current_task()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[ReadSession]:
        """A session that reads. Each statement stands alone and sees what is committed at that moment.

        Raises:
            DatabaseAway: it can't be reached, or was lost on the way.
        """
        asked = time.perf_counter()
        try:
            async with self._reader.connect() as connection:
                self._meter.waited("read", time.perf_counter() - asked)
                yield ReadSession(connection)
        except Exception as error:
            if is_away(error):
                raise DatabaseAway from error
            raise

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[WriteSession]:
        """One transaction: committed at the end of the block, rolled back when the block raises.

        Raises:
            NestedWriteError: this task is inside another transaction.
            ReadOnlyError: it was opened to be read only.
            DatabaseAway: it can't be reached, or was lost before the commit; nothing was written.
            OutcomeUnknown: it was lost during the commit.
        """
        if self.config.read_only:
            raise ReadOnlyError("this database was opened to be read only")
        if self.in_transaction:
            raise NestedWriteError("a transaction inside a transaction")
        afterwards: list[Callable[[], object]] = []
        token, noted = self._writing.set(asyncio.current_task()), self._afterwards.set(afterwards)
        try:
            async with self._begun() as connection:
                yield WriteSession(connection)
        finally:
            self._writing.reset(token)
            self._afterwards.reset(noted)
        for act in afterwards:
            act()

    def after_commit(self, act: Callable[[], object]) -> None:
        """Call `act`, which may neither wait nor fail, once this task's transaction is committed; else never.

        Raises:
            RuntimeError: this task is in no transaction.
        """
        afterwards = self._afterwards.get() if self.in_transaction else None
        if afterwards is None:
            raise RuntimeError("outside a transaction there is no commit to wait for")
        afterwards.append(act)

    @asynccontextmanager
    async def _begun(self) -> AsyncGenerator[AsyncConnection]:
        asked = time.perf_counter()
        try:
            async with self._writer.connect() as connection:
                begun = time.perf_counter()
                self._meter.waited("write", begun - asked)
                outcome: TransactionOutcome = "rolled back"
                try:
                    transaction = await connection.begin()
                    try:
                        yield connection
                    except BaseException:
                        await transaction.rollback()
                        raise
                    outcome = "unknown"
                    await self._commit(connection, transaction)
                    outcome = "committed"
                finally:
                    self._meter.transacted(outcome, time.perf_counter() - begun)
        except OutcomeUnknown:
            raise
        except Exception as error:
            if is_away(error):
                raise DatabaseAway from error
            raise

    @staticmethod
    async def _commit(connection: AsyncConnection, transaction: AsyncTransaction) -> None:
        try:
            await transaction.commit()
        except Exception as error:
            # A COMMIT that failed may have left the transaction open, and closing would not end it.
            await connection.invalidate()
            if is_away(error):
                raise OutcomeUnknown from error
            raise

    async def query(self, unit: Callable[[ReadSession], Awaitable[T]]) -> T:
        """Run `unit` on a session that reads; once more if the database was lost on the way.

        The first statement after a restart of the server finds a connection that died with it; the second a new one.

        Raises:
            DatabaseAway: it was lost twice.
        """
        try:
            async with self.read() as session:
                return await unit(session)
        except DatabaseAway:
            async with self.read() as session:
                return await unit(session)

    async def transact(self, unit: Callable[[WriteSession], Awaitable[T]], *, idempotent: bool = False) -> T:
        """Run `unit` in a transaction of its own and give its result once that is committed.

        A unit that the database rolled back to end a deadlock or a serialization failure is run again, up to
        `RETRIES` times, and one that lost the database before its commit once: nothing of it happened. One whose
        commit was cut off may have happened, so it is run again only when it is `idempotent`, that is, when a second
        run finds what the first one wrote; such a one is run again, too, when somebody else wrote the same meanwhile.

        Raises:
            DatabaseAway, OutcomeUnknown: as `write()`.
        """
        tries = _Tries(idempotent=idempotent)
        while True:
            try:
                async with self.write() as session:
                    return await unit(session)
            except (OutcomeUnknown, DatabaseAway, DBAPIError) as error:
                tries.judge(error)
            # Full jitter: those that collided must not meet again.
            await asyncio.sleep(self._rng.uniform(0, _BASE_DELAY * 2**tries.failed))

    async def server_time(self) -> datetime | None:
        """The database server's clock; None on SQLite, whose clock is this machine's."""
        if self.is_sqlite:
            return None
        async with self.read() as session:
            return (await session.execute(_SERVER_TIME)).scalar_one()

    async def steer(self, clock: SteeredClock) -> None:
        """Make `clock` follow the database server, so that every process agrees about what is due."""
        asked_at = datetime.now().astimezone()
        reference = await self.server_time()
        if reference is not None:
            clock.steer(reference, asked_at=asked_at, answered_at=datetime.now().astimezone())

    async def ping(self) -> None:
        """Ask the smallest question.

        Raises:
            DatabaseAway: no answer.
        """
        async with self.read() as session:
            await session.execute(_PING)

    async def close(self) -> None:
        """Close every connection; on SQLite let it refresh what it knows about its tables first."""
        try:
            if self.is_sqlite and not self.config.read_only:
                async with self._writer.connect() as connection:
                    # Past SQLAlchemy, which would begin a transaction and roll back what was learnt.
                    driver: Any = (await connection.get_raw_connection()).driver_connection
                    await driver.execute_fetchall("PRAGMA optimize")
        finally:
            if self.is_sqlite:
                await self._reader.dispose()
            await self._writer.dispose()


def _use_of(name: str, engine: AsyncEngine, limit: int) -> PoolUse:
    pool: Any = engine.pool  # a queue's; the base class knows no numbers
    return PoolUse(name, pool.checkedout(), limit)


class _Tries:
    """What became of the tries of one unit, and whether there is another."""

    def __init__(self, *, idempotent: bool) -> None:
        self.failed = 0
        self._idempotent = idempotent
        self._lost = self._collided = False
        self._unknown: OutcomeUnknown | None = None

    def judge(self, error: OutcomeUnknown | DatabaseAway | DBAPIError) -> None:
        """Return if the unit may be run again; raise what is to be told if not.

        Once a commit was cut off, nobody may be told that nothing was changed.
        """
        self.failed += 1
        if isinstance(error, OutcomeUnknown):
            self._unknown = error
            again = self._idempotent
        elif isinstance(error, DatabaseAway):
            again = not self._lost
            self._lost = True
        elif sqlstate(error) == _TAKEN:
            # Somebody wrote the very same a moment ago: the second run finds it. What else collides, collides again.
            again = self._idempotent and not self._collided
            self._collided = True
        else:
            again = was_rolled_back(error)
        if not again or self.failed > RETRIES:
            raise self._unknown or error


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code of an error, wherever the layers keep it."""
    original = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(original, "sqlstate", None)
    return state if isinstance(state, str) else None


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database is not there, rather than that the statement was wrong."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    state = sqlstate(error)
    if state is not None:
        return state.startswith(_AWAY_STATES)
    original = error.orig if isinstance(error, DBAPIError) else error
    if getattr(original, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return True  # somebody with a shell or a backup holds the file
    return any(isinstance(one, _GONE) or postgres.is_lost(one) for one in (error, original))


def was_rolled_back(error: DBAPIError) -> bool:
    """Whether the database ended the transaction itself, to resolve a conflict between transactions."""
    return sqlstate(error) in {_SERIALIZATION_FAILURE, _DEADLOCK}
