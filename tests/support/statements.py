"""SQL that was compiled once is compiled for the whole run.

SQLAlchemy keeps what it compiled per engine. A bot has one or two of them for its life, but the tests open thousands,
and would spend a quarter of their time on compiling the same statements again for each.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

_MOST = 4_000
"""Statements that are kept. They are forgotten all at once when there are more."""


class _Shared(dict[Any, Any]):
    """A cache in which engines find each other's statements: as a key their dialect's kind stands for the dialect."""

    def get(self, key: tuple[Any, ...], default: Any = None, /) -> Any:
        return super().get(_by_kind(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any, /) -> None:
        if len(self) >= _MOST:
            self.clear()
        super().__setitem__(_by_kind(key), compiled)


def _by_kind(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return (type(dialect), dialect.statement_compiler, dialect.server_version_info, *rest)


def share() -> None:
    """From now on every connection of this process looks where all the others look."""
    shared = _Shared()

    @event.listens_for(Engine, "engine_connect")
    def _connected(connection: Connection) -> None:
        connection.execution_options(compiled_cache=shared)
