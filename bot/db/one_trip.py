"""One trip to aiosqlite's thread for a statement and all its rows, and none for a BEGIN.

SQLAlchemy's adapter makes four for a statement: open a cursor, execute, fetch, close. The trips, not SQLite, are what
a transaction costs here; with one each, payments a second about double (``make bench``). Given to engines as their
DBAPI module.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util.concurrency import await_

Outcome = tuple[Any, int, int | None, list[Any]]
"""Description, row count, last row id and rows of a statement."""


def _run(connection: sqlite3.Connection, begin: str | None, act: Callable[[sqlite3.Cursor], object]) -> Outcome:
    cursor = connection.cursor()
    try:
        if begin is not None:
            cursor.execute(begin)
        act(cursor)
        rows = cursor.fetchall() if cursor.description else []
        return cursor.description, cursor.rowcount, cursor.lastrowid, rows
    finally:
        cursor.close()


class OneTripCursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor that lives for one statement, in the connection's thread."""

    __slots__ = ("_outcome",)

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] — as the adapter does
        self._rows: deque[Any] = deque()
        self._outcome: Outcome = (None, -1, None, [])

    @property
    def description(self) -> Any:
        """The columns of the result; None if there is none."""
        return self._outcome[0]

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._outcome[1]

    @property
    def lastrowid(self) -> Any:
        """The row id of the last insert."""
        return self._outcome[2]

    async def _async_soft_close(self) -> None:
        """Nothing is open any more."""

    def close(self) -> None:
        """Nothing is open any more."""
        self._rows.clear()

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        await self._trip(lambda cursor: cursor.execute(operation, () if parameters is None else parameters))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Sequence[Any]) -> Any:
        await self._trip(lambda cursor: cursor.executemany(operation, seq_of_parameters))

    async def _trip(self, act: Callable[[sqlite3.Cursor], object]) -> None:
        connection: Any = self._connection
        adapted: Any = self._adapt_connection
        async with self._adapt_connection._execute_mutex:  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] — as it does
            begin, adapted.begin_with = adapted.begin_with, None
            try:
                self._outcome = await connection._execute(_run, connection._conn, begin, act)  # noqa: SLF001 — aiosqlite has no public way
            except sqlite3.OperationalError:
                if not connection.in_transaction:
                    adapted.begin_with = begin  # the BEGIN itself was refused, so nothing is open
                raise
        self._rows = deque(self._outcome[3])


class OneTripConnection(AsyncAdapt_aiosqlite_connection):
    """A connection whose cursors make one trip, and which begins a transaction with its first statement."""

    __slots__ = ("begin_with",)

    _cursor_cls = OneTripCursor
    begin_with: str | None
    """The BEGIN that goes ahead of the next statement."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.begin_with = None

    def cursor(self, server_side: bool = False) -> Any:
        """A cursor. One that streams would not begin a transaction, so there is none."""
        if server_side:
            raise RuntimeError("nothing streams from SQLite here")
        return super().cursor()

    def commit(self) -> None:
        """Commit, unless nothing was begun."""
        if self.begin_with is None:
            super().commit()
        self.begin_with = None

    def rollback(self) -> None:
        """Roll back, unless nothing was begun."""
        if self.begin_with is None and self._connection.in_transaction:
            super().rollback()
        self.begin_with = None


class OneTripDbapi(AsyncAdapt_aiosqlite_dbapi):
    """SQLAlchemy's view of aiosqlite, with these connections."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> AsyncAdapt_aiosqlite_connection:
        """Open a connection; its thread does not keep the process alive."""
        connection: Any = aiosqlite.connect(*arg, **kw)
        connection._thread.daemon = True  # noqa: SLF001 — as in the adapter itself
        return OneTripConnection(self, await_(connection))
