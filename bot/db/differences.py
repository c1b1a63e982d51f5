"""What the tables in the code and in a database disagree about, in words for an operator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def in_words(found: Iterable[Any]) -> list[str]:
    """A line for each difference that Alembic's `compare_metadata` found between a database and the code."""
    return [_said(one) for one in _flat(found)]


def _flat(found: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Alembic puts what differs about one column into a list of its own."""
    for one in found:
        if isinstance(one, list):
            yield from _flat(one)  # pyright: ignore[reportUnknownArgumentType] — Alembic says nothing of its elements
        else:
            yield one


def _said(difference: tuple[Any, ...]) -> str:  # noqa: PLR0911 — a table
    """The words for one: what would have to be done to the database, told as what is the case."""
    match difference:
        case (("add_table" | "remove_table") as what, table):
            return _presence(what, f"the table {table.name}")
        case (("add_column" | "remove_column") as what, _, table, column):
            return _presence(what, f"the column {table}.{column.name}")
        case (("add_index" | "remove_index") as what, index):
            return _presence(what, f"the index {index.name} of {index.table.name}")
        case (("add_constraint" | "remove_constraint" | "add_fk" | "remove_fk") as what, constraint):
            return _presence(what, f"the constraint {constraint.name} of {constraint.table.name}")
        case ("modify_type", _, table, column, _, old, new):
            return f"the column {table}.{column} is of type {old}, and the code wants {new}"
        case ("modify_nullable", _, table, column, _, old, _):
            here, wanted = ("may be empty", "must not be") if old else ("must not be empty", "may be")
            return f"the column {table}.{column} {here}, and by the code it {wanted}"
        case ("modify_default", _, table, column, _, _, _):
            return f"the column {table}.{column} has another default than the code gives it"
        case _:
            return " ".join(str(part) for part in difference if part is not None)


def _presence(what: str, thing: str) -> str:
    return f"{thing} is missing" if what.startswith("add_") else f"{thing} is there, and the code does not know it"
