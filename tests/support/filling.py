"""Rows for every table, made from the metadata, so that a table of tomorrow is filled too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Enum,
    Float,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)

from bot.db.aio import AsyncConnection
from bot.db.models import Base
from bot.db.types import UtcDateTime

MOMENT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GREATEST = 2**63 - 1

SOUND: dict[str, dict[str, Any]] = {
    # What a table's CHECKs ask for beyond the types of its columns.
    "guilds": {"left_at": MOMENT, "erase_at": MOMENT},
    "accounts": {"balance": 2**62},
    "ledger_entries": {"amount": -GREATEST},
    "claims": {"streak": 3, "best_streak": 2**40},
    "role_grants": {"state": "ended", "ended_at": MOMENT, "applied": False},
    "batches": {
        "state": "draft",
        "total": GREATEST,
        "done": 0,
        "failed": 1,
        "skipped": 2,
        "started_at": None,
        "finished_at": None,
    },
    "batch_items": {"state": "pending", "settled_at": None},
    "holds": {"amount": GREATEST, "state": "voided", "settled_at": MOMENT, "due_at": None},
    "shop_items": {
        "price": 2**62,
        "stock": 0,
        "per_member": GREATEST,
        "cooldown": 1,
        "lifetime": GREATEST,
        "resale": 100,
        "sold": GREATEST,
        "archived_at": MOMENT,
    },
    "inventory_items": {"quantity": GREATEST, "expires_at": MOMENT, "equipped": None},
    "item_moves": {"quantity": -GREATEST},
    "purchases": {"quantity": GREATEST, "unit_price": 0, "state": "done", "settled_at": MOMENT, "reason": None},
    "job_texts": {"slot": 100, "low": 1, "high": 10**9},
    "member_wealth": {"coins": 2**62, "net_worth": GREATEST, "earned": 0},
    "flow_hours": {"high": GREATEST, "low": 2**31 - 1},
    "flow_marks": {"kept_from": 0, "kept_to": GREATEST},
    "blobs": {"size": 10_485_760},
    "xp_boosts": {"per_mille": 100_000},
    "xp_multipliers": {"per_mille": 100_000},
    "channel_locks": {"state": "ended", "due_at": MOMENT, "obstacle": "gone"},
    "warn_rules": {"points": 3, "days": 30},
    "case_links": {"other": GREATEST},
    "cases": {
        "state": "superseded",
        "ended_at": MOMENT,
        "superseded_by": GREATEST,
        "severity": 5,
        "points": 3,
        "log_channel_id": GREATEST,
        "log_message_id": GREATEST,
    },
    "sanction_slots": {"holds": True},
    "support_agents": {"most_open": 200},
    "ticket_files": {"digest": "ab" * 32, "missing": None},
    "tickets": {
        "status": "closed",
        "stage": None,
        "closed_at": MOMENT,
        "closes_because": "silence",
        "slot": 1,
        "priority": 4,
        "rating": 5,
        "access": GREATEST,
        "applied": GREATEST,
        "due_at": MOMENT,
    },
    "outbox": {"state": "sent", "settled_at": MOMENT, "message_id": GREATEST},
}
"""Values that fit together, for tables with CHECKs over several columns."""

DOCUMENTS: list[Any] = [
    {},
    {
        "b": 1,
        "a": [1.5, -0.0, 1e16, 1e-7, 0.1, 2**62, None, True, 'é\N{PARTY POPPER}\t"\\'],
        "deep": {"z": [], "y": {}},
    },
    {"née": {"1": "x", "10": 1.0}},
]


def rows_of(table: Table, count: int, rng: Random) -> list[dict[str, Any]]:
    """So many rows with different keys; every other one leaves out what may be missing."""
    return [_row(table, number, rng) for number in range(count)]


def _row(table: Table, number: int, rng: Random) -> dict[str, Any]:
    row = {column.name: _value(column, number, rng) for column in table.columns}
    row |= SOUND.get(table.name, {})
    return {
        name: None if number % 2 and table.c[name].nullable and name not in SOUND.get(table.name, {}) else value
        for name, value in row.items()
    }


def _value(column: Column[Any], number: int, rng: Random) -> Any:
    kind = column.type
    if isinstance(kind, Enum):
        values = list(kind.enum_class or kind.enums)
        return values[number % len(values)] if column.primary_key else values[0]
    for known, make in _MAKERS:
        if isinstance(kind, known):
            return make(column, number, rng)
    raise TypeError(f"{column}: say in tests/support/filling.py how a {kind!r} is filled")


def _words(column: Column[Any], number: int, _: Random) -> str:
    words = f"{number}-é\N{PARTY POPPER}'\"\\%s"
    return words[: getattr(column.type, "length", None) or len(words)]


def _number(column: Column[Any], number: int, _: Random) -> int:
    return number + 1 if column.primary_key or column.unique or column.foreign_keys else GREATEST - number


def _moment(_: Column[Any], number: int, rng: Random) -> datetime:
    return MOMENT + timedelta(microseconds=rng.randrange(10**12)) if number % 3 else MOMENT


_MAKERS: list[tuple[type[Any], Callable[[Column[Any], int, Random], Any]]] = [
    (JSON, lambda _, number, __: DOCUMENTS[number % len(DOCUMENTS)]),
    (UtcDateTime, _moment),
    (Date, lambda _, number, __: MOMENT.date() + timedelta(days=number)),
    (Boolean, lambda _, number, __: bool(number % 2)),
    (SmallInteger, lambda _, number, __: number),
    (BigInteger, _number),
    (Integer, lambda _, number, __: number + 1),
    (Float, lambda _, number, __: number / 7),
    (LargeBinary, lambda _, __, rng: rng.randbytes(40)),
    (String, _words),
]
"""By the type of a column, the first that fits."""


async def fill(connection: AsyncConnection, count: int = 7, rng: Random | None = None) -> None:
    """Put rows into every table of the metadata, parents first."""
    for table in Base.metadata.sorted_tables:
        await connection.execute(table.insert(), rows_of(table, count, rng or Random(5)))
