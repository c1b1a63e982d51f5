"""Errors of the database say what went wrong and where, never with what values: those may be somebody's words.

The engines hide the parameters of statements (`hide_parameters`). Here goes what drivers and PostgreSQL add by
themselves: the row that broke a constraint, the key that is taken, the argument that did not fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine.interfaces import ExceptionContext

from bot.db.aio import AsyncEngine

_VALUES = re.compile(r"\n(?:DETAIL|CONTEXT|WHERE): .*|(?<=query argument )(\$\d+): .*", re.DOTALL)
"""In the words of asyncpg."""

_TELLING = ("detail", "where", "internal_query")
"""What asyncpg's errors carry besides their words."""


def keep_values_out(engine: AsyncEngine) -> AsyncEngine:
    """Have all errors of an engine's statements without values."""
    event.listen(engine.sync_engine, "handle_error", _silence)
    return engine


def _silence(context: ExceptionContext) -> None:
    for error in _behind(context.sqlalchemy_exception, context.original_exception):
        told: Any = error
        told.args = tuple(_VALUES.sub(r"\1", one) if isinstance(one, str) else one for one in error.args)
        for name in _TELLING:
            if getattr(error, name, None) and name in vars(error):
                setattr(error, name, None)


def _behind(*errors: BaseException | None) -> Iterator[BaseException]:
    for first in errors:
        error, seen = first, set[int]()
        while error is not None and id(error) not in seen:
            yield error
            seen.add(id(error))
            error = error.__cause__ or error.__context__
