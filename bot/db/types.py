"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

Snowflake = BigInteger
"""A Discord id, or a row id of ours. On SQLite every integer has 64 bits, so one type serves both."""

Json = JSON().with_variant(JSONB(), "postgresql")
"""A small document: JSONB on PostgreSQL, text on SQLite."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, aware (UTC) out. Naive values are refused, for nobody can say what they mean."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC on the way in.

        Raises:
            ValueError: the value has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — the hook's signature
        """Say that it is UTC on the way out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_enum(enum: type[StrEnum], *, name: str, closed: bool = True) -> Enum:
    """An enum stored as its value in a text column, held by a CHECK of the given name if it is `closed`.

    Text, because adding a value to PostgreSQL's own enum types can't be undone by a downgrade. Not closed are enums
    that grow with every feature on tables that grow for ever: SQLite changes a CHECK by copying the table.
    """

    def values(members: type[StrEnum]) -> list[str]:
        return [member.value for member in members]

    options: dict[str, Any] = {"native_enum": False, "create_constraint": closed, "length": 32}
    return Enum(enum, values_callable=values, name=name, **options)
