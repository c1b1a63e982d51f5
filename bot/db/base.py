"""The base of tables: names for every constraint, the two times that rows keep, and columns that are attributes.

Only of SQLAlchemy's Core. Its ORM would describe tables the same way, but rows are never objects here, and the ORM and
what it keeps of each column take 14 MiB of every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast

from sqlalchemy import Column, ColumnClause, FromClause, MetaData, Table
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from bot.clock import Clock
from bot.db.types import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def statement_time(context: ExecutionContext) -> datetime:
    """The time of a statement, by the clock that its engine was opened with."""
    clock: Clock = context.execution_options["clock"]
    return clock.now()


class _Described:
    """A column as its class writes it down; each table makes its own of it."""

    def __init__(self, kind: TypeEngine[Any] | type[TypeEngine[Any]], options: Mapping[str, Any]) -> None:
        self._kind = kind
        self._options = options

    def named(self, name: str, annotation: str) -> Column[Any]:
        nullable = annotation.endswith("| None]")
        return Column(name, self._kind, nullable=nullable, **self._options)


def column(kind: TypeEngine[Any] | type[TypeEngine[Any]], **options: Any) -> Any:
    """A column of a table, with the options of SQLAlchemy's `Column`.

    Its name is the attribute's, and it may be empty where the annotation says ``ColumnClause[… | None]``. (What stands
    there is a `Column`; but SQLAlchemy has type checkers refuse that word in classes other than its `TypedColumns`.)
    """
    return _Described(kind, options)


class _TableType(type):
    """What makes the classes stand for their tables in statements."""

    __table__: Table

    def __clause_element__(cls) -> Table:
        return cls.__table__


class Base(metaclass=_TableType):
    """The base of every table. The classes describe tables and type the statements; nobody makes objects of them.

    A class has a ``__tablename__``, perhaps ``__table_args__`` (constraints, indexes), and each column is an attribute.
    """

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)
    __table__: ClassVar[Table]
    __tablename__: ClassVar[str]
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = ()

    def __init_subclass__(cls) -> None:
        """Make the table, its own columns first."""
        described = [
            (name, found.named(name, parent.__annotations__[name]))
            for parent in (cls, *reversed(cls.__mro__[1:]))
            for name, found in vars(parent).items()
            if isinstance(found, _Described)
        ]
        cls.__table__ = Table(cls.__tablename__, cls.metadata, *(found for _, found in described), *cls.__table_args__)
        for name, found in described:
            setattr(cls, name, found)


class Created:
    """A row that is written once: when."""

    created_at: ColumnClause[datetime] = column(UtcDateTime, default=statement_time)


class Updated(Created):
    """A row that changes: when it last did. Kept by this hook on every UPDATE, and by ``dialect.upsert``."""

    updated_at: ColumnClause[datetime] = column(UtcDateTime, default=statement_time, onupdate=statement_time)


T = TypeVar("T", bound=Base)


class _Alias:
    """A table under another name, to which its columns are attributes as to its class."""

    def __init__(self, source: FromClause) -> None:
        self._source = source

    def __clause_element__(self) -> FromClause:
        return self._source

    def __getattr__(self, name: str) -> Any:
        try:
            return self._source.c[name]
        except KeyError:
            raise AttributeError(name) from None


def aliased(table: type[T]) -> type[T]:
    """The same table once more, for a statement that looks at two of its rows at a time."""
    return cast("type[T]", _Alias(table.__table__.alias()))
