"""How a database would run the statements of a repository, as they really reach it: with their parameters bound.

A constant in a statement may match the condition of a partial index where a parameter does not.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, text

from bot.db.engine import Database
from bot.db.sessions import WriteSession


@asynccontextmanager
async def planned(database: Database) -> AsyncGenerator[tuple[WriteSession, list[str]]]:
    """A transaction, and the plan of each statement that it ran, there once the block ends. It is rolled back."""
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        heard.append((statement, parameters))

    class _Undo(Exception):
        pass

    plans: list[str] = []
    try:
        async with database.write() as session:
            if not database.is_sqlite:
                await session.execute(text("SET LOCAL enable_seqscan = off"))  # tables are empty here
            event.listen(session.sync_connection, "before_cursor_execute", hear)
            yield session, plans
            event.remove(session.sync_connection, "before_cursor_execute", hear)
            for statement, parameters in heard:
                plans.append(await _plan(session, statement, parameters, is_sqlite=database.is_sqlite))
            raise _Undo
    except _Undo:  # all of it was for the plans alone
        pass


async def _plan(session: WriteSession, statement: str, parameters: Sequence[Any], *, is_sqlite: bool) -> str:
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    rows = await session.exec_driver_sql(explain + statement, tuple(parameters))
    return "\n".join(str(row[-1]) for row in rows)
