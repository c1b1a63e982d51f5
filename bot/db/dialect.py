"""What the two dialects say differently, said once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, literal
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.base import Base

Insert = postgresql.Insert | sqlite.Insert


def insert(dialect: str, model: type[Base]) -> Insert:
    """An INSERT that knows ON CONFLICT, in the given dialect."""
    return postgresql.insert(model) if dialect == "postgresql" else sqlite.insert(model)


def starts_with(dialect: str, column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Whether a text begins with the parameter of that name, as a range that an index serves whatever the value is.

    SQLite compares bytes anyway; PostgreSQL must be told to, and its index made with ``text_pattern_ops``. The end of
    the range is the parameter `parameter` + ``_end``: the prefix and the last of all characters.
    """
    low, high = bindparam(parameter, type_=Text), bindparam(f"{parameter}_end", type_=Text)
    if dialect == "postgresql":
        return and_(column.op("~>=~", is_comparison=True)(low), column.op("~<~", is_comparison=True)(high))
    return and_(column >= low, column < high)


def prefix(parameter: str, text: str) -> dict[str, str]:
    """The two parameters of `starts_with`."""
    return {parameter: text, f"{parameter}_end": text + "\U0010ffff"}


def is_one_of(column: ColumnElement[Any], values: Sequence[StrEnum]) -> ColumnElement[bool]:
    """Whether an enum's column has one of these values, which stand in the statement itself.

    A partial index `WHERE column IN (…)`, with the same values in the same order, serves it; were they parameters,
    SQLite would never choose that index, and PostgreSQL's plan for any parameters could not.
    """
    return column.in_([literal(value, column.type, literal_execute=True) for value in values])


def is_none_of(column: ColumnElement[Any], values: Sequence[StrEnum]) -> ColumnElement[bool]:
    """Whether an enum's column has none of these values, for a partial index `WHERE column NOT IN (…)`."""
    return column.not_in([literal(value, column.type, literal_execute=True) for value in values])


def upsert(
    dialect: str,
    model: type[Base],
    *,
    keep: Collection[str] = (),
    changes: Mapping[str, ColumnElement[Any]] | None = None,
    where: ColumnElement[bool] | None = None,
) -> Insert:
    """An INSERT that updates the row of the same primary key instead of failing.

    Every inserted column is taken over except the key, `created_at` and those in `keep`; `changes` says otherwise
    for single columns. `updated_at` is always set. With `where`, a row for which it is false stays as it is.

    Run it with one parameter dict, or a list of them with all the same keys, sorted by primary key so that two
    writers never wait for each other.
    """
    statement = insert(dialect, model)
    key = [column.name for column in model.__table__.primary_key]
    names = [column.name for column in model.__table__.c]
    fixed = {*key, "created_at", *keep}
    taken: dict[str, Any] = {name: statement.excluded[name] for name in names if name not in fixed}
    return statement.on_conflict_do_update(index_elements=key, set_={**taken, **(changes or {})}, where=where)
