"""Many rows in one statement: an array for each column on PostgreSQL, one document on SQLite.

`executemany` would be as quick on SQLite, but gives nothing back; on PostgreSQL it is a trip and a plan for each row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnClause,
    ColumnElement,
    FromClause,
    String,
    Text,
    bindparam,
    func,
    true,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import Enum, TypeEngine

from bot.db.types import UtcDateTime

_AS_KEPT = len("2026-01-01 00:00:00.000000")
"""Letters of a moment, without its zone."""

_DIALECTS = {"postgresql": postgresql.dialect(), "sqlite": sqlite.dialect()}


class Rows:
    """Rows that are handed to a statement as its parameters: of these columns of tables, under these names."""

    def __init__(self, dialect: str, **columns: ColumnClause[Any]) -> None:
        self._is_sqlite = dialect == "sqlite"
        self._names = tuple(columns)
        types = [column.type for column in columns.values()]
        self._encoders = [_encoder(kind) for kind in types] if self._is_sqlite else [None] * len(types)
        self.source: FromClause
        """To select from."""
        self.c: dict[str, ColumnElement[Any]]
        """The columns, by the names they were given."""
        self.source, self.c = self._document(types) if self._is_sqlite else self._arrays(types)

    def _document(self, types: Sequence[TypeEngine[Any]]) -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
        source = func.json_each(bindparam("rows", type_=Text)).table_valued("value", name="given")
        found: dict[str, ColumnElement[Any]] = {}
        for place, (name, kind) in enumerate(zip(self._names, types, strict=True)):
            cell = func.json_extract(source.c.value, f"$[{place}]", type_=kind)
            found[name] = cell
        return source, found

    def _arrays(self, types: Sequence[TypeEngine[Any]]) -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
        plain = [String() if isinstance(kind, Enum) else kind for kind in types]
        arrays = [
            sql_cast(bindparam(name, type_=ARRAY(kind)), ARRAY(kind))
            for name, kind in zip(self._names, plain, strict=True)
        ]
        columns = [Column(name, kind) for name, kind in zip(self._names, plain, strict=True)]
        source = func.unnest(*arrays).table_valued(*columns, name="given").render_derived()
        return source, {name: source.c[name] for name in self._names}

    @property
    def always(self) -> ColumnElement[bool]:
        """A condition that holds: without one, SQLite takes ON CONFLICT behind a SELECT for the ON of a join."""
        return self.c[self._names[0]].is_not(None) if self._is_sqlite else true()

    def parameters(self, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
        """The parameters of a statement for these rows, each with its values in the order of the names.

        Whoever upserts gives each key once, and sorted, so that two writers never wait for each other.
        """
        columns = list(zip(*rows, strict=True)) or [()] * len(self._names)
        if not self._is_sqlite:
            return {name: list(column) for name, column in zip(self._names, columns, strict=True)}
        for place, encode in enumerate(self._encoders):
            if encode is not None:
                columns[place] = tuple(None if one is None else encode(one) for one in columns[place])
        return {"rows": json.dumps(list(zip(*columns, strict=True)), separators=(",", ":"))}


def _encoder(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """What makes of a value what SQLite keeps; None where that is the value itself."""
    if isinstance(kind, BigInteger):
        return None
    if isinstance(kind, UtcDateTime):
        return _moment
    return kind.dialect_impl(_DIALECTS["sqlite"]).bind_processor(_DIALECTS["sqlite"])


def _moment(value: datetime) -> str:
    """As SQLAlchemy has SQLite keep it, at a twentieth of the price: there are thousands."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:_AS_KEPT]
