"""Rows in plain values: what both databases mean by a row, whichever way each of them stores it.

A plain value is None, a bool, int, float, Decimal, str, bytes, date or an aware `datetime` in UTC. Documents stay the
text that the database gives, and enums the text they are stored as, so that nothing is interpreted on the way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    Column,
    Dialect,
    Enum,
    MetaData,
    Select,
    String,
    Table,
    Text,
    bindparam,
    cast,
    func,
    select,
    tuple_,
)
from sqlalchemy.types import TypeEngine

PlainRow: TypeAlias = tuple[Any, ...]

_MODULUS = 1 << 256
_EXACT_DIGITS = 400
"""No float has more digits before its point."""


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, JSON):
        return Text()
    return String() if isinstance(kind, Enum) else kind


class PlainTable:
    """One table, to be read in batches along its primary key and written as it was read."""

    def __init__(self, table: Table) -> None:
        if not table.primary_key.columns:
            raise ValueError(f"{table.name} has no primary key to read it along")
        self.name = table.name
        self.columns = [column.name for column in table.columns]
        self.documents = frozenset(place for place, column in enumerate(table.columns) if isinstance(column.type, JSON))
        self._key_places = [self.columns.index(column.name) for column in table.primary_key.columns]
        self._table = Table(
            table.name, MetaData(), *(Column(column.name, _plain(column.type)) for column in table.columns)
        )
        self._key = [self._table.c[column.name] for column in table.primary_key.columns]
        self._first, self._next = self._batches()

    def _batches(self) -> tuple[Select[Any], Select[Any]]:
        # A document is asked for as text: the drivers would parse it, and a null in JSON is not the NULL of SQL.
        wanted = [
            cast(column, Text) if place in self.documents else column for place, column in enumerate(self._table.c)
        ]
        first = select(*wanted).order_by(*self._key).limit(bindparam("most"))
        after = [bindparam(f"after_{place}", type_=column.type) for place, column in enumerate(self._key)]
        return first, first.where(tuple_(*self._key) > tuple_(*after))

    def batch(self, after: PlainRow | None, most: int) -> tuple[Select[Any], dict[str, Any]]:
        """The statement for the next `most` rows behind a key, and its parameters."""
        if after is None:
            return self._first, {"most": most}
        return self._next, {"most": most, **{f"after_{place}": value for place, value in enumerate(after)}}

    def count(self) -> Select[Any]:
        """The statement that counts all rows."""
        return select(func.count()).select_from(self._table)

    def same_keys(self, keys: Sequence[PlainRow]) -> Select[Any]:
        """The statement for the rows of these keys, in no order."""
        return self._first.order_by(None).limit(None).where(tuple_(*self._key).in_(keys))

    def key_of(self, row: PlainRow) -> PlainRow:
        """The primary key of a row."""
        return tuple(row[place] for place in self._key_places)

    def key_in_words(self, key: PlainRow) -> str:
        """A primary key for people."""
        return ", ".join(f"{column.name} {value}" for column, value in zip(self._key, key, strict=True))

    def insert(self, dialect: Dialect) -> str:
        """An INSERT of all columns in their order."""
        return str(self._table.insert().compile(dialect=dialect))

    def encoder(self, dialect: Dialect) -> Callable[[PlainRow], PlainRow]:
        """What makes of a plain row the values that the driver of a dialect wants."""
        found = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in self._table.c]
        steps = [(place, processor) for place, processor in enumerate(found) if processor is not None]
        if not steps:
            return lambda row: row

        def encode(row: PlainRow) -> PlainRow:
            values = list(row)
            for place, processor in steps:
                values[place] = processor(values[place])
            return tuple(values)

        return encode

    def canonical(self, row: PlainRow) -> bytes:
        """The same bytes for rows that mean the same."""
        if self.documents:
            row = tuple(
                meaning(value) if place in self.documents and value is not None else value
                for place, value in enumerate(row)
            )
        return repr(row).encode()


class Fingerprint:
    """How many rows, and the sum of their SHA-256: the same in whatever order they come.

    The databases sort text differently, so one order along a key for both would cost a sort of everything.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.weight = 0
        """Bytes of all canonical rows together."""
        self._sum = 0

    def add(self, canonical: Iterable[bytes]) -> None:
        """Count some rows in."""
        for row in canonical:
            self.rows += 1
            self.weight += len(row)
            self._sum += int.from_bytes(hashlib.sha256(row).digest())
        self._sum %= _MODULUS

    @property
    def digest(self) -> str:
        """The sum, in hexadecimal."""
        return f"{self._sum:064x}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fingerprint) and (self.rows, self._sum) == (other.rows, other._sum)

    def __hash__(self) -> int:
        return hash((self.rows, self._sum))


@lru_cache(maxsize=4096)
def meaning(document: str) -> str:
    """A JSON text without what does not matter: white space, the order of names, how a character or number is written.

    PostgreSQL keeps a document's meaning, SQLite its text.
    """
    return repr(json.loads(document, object_pairs_hook=_sorted, parse_float=_number))


def _sorted(pairs: list[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(dict(pairs).items(), key=lambda pair: pair[0]))


def _number(text: str) -> int | Decimal:
    value = Decimal(text)
    if abs(value.adjusted()) > _EXACT_DIGITS:
        return value
    return int(value) if value == value.to_integral_value() else Decimal(f"{value:f}".rstrip("0"))
