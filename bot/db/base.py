"""The declarative base: names for every constraint, and the two times that every row keeps."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

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


class Base(DeclarativeBase):
    """The base of every table. The classes describe tables and type the statements; rows are never objects."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class Created:
    """A row that is written once: when."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=statement_time, sort_order=1000)


class Updated(Created):
    """A row that changes: when it last did. Kept by this hook on every UPDATE, and by ``dialect.upsert``."""

    updated_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=statement_time, onupdate=statement_time, sort_order=1001
    )
