"""The audit log as a file, for tables (CSV) or programs (JSON)."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.audit import AuditEntry

LARGEST = 8_000_000
"""Bytes; Discord takes 10 MB of everybody. What is larger is compressed."""

_COLUMNS = ("id", "at", "actor_id", "source", "action", "target_type", "target_id", "before", "after", "description")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that programs for tables would run."""


@dataclass(frozen=True)
class File:
    """A file."""

    name: str
    content: bytes


def written(entries: Sequence[AuditEntry], form: str) -> File:
    """The file; takes a while for many entries, so not on the loop. Ids are texts, since many programs round them."""
    rows = [_row(entry) for entry in entries]
    content = _csv(rows) if form == "csv" else json.dumps(rows, indent=1, ensure_ascii=False).encode()
    name = f"audit-log.{'csv' if form == 'csv' else 'json'}"
    return File(name, content) if len(content) <= LARGEST else File(f"{name}.gz", gzip.compress(content))


def _row(entry: AuditEntry) -> dict[str, Any]:
    record = entry.record
    return {
        "id": str(entry.id),
        "at": entry.at.isoformat(),
        "actor_id": None if record.actor_id is None else str(record.actor_id),
        "source": record.source.value,
        "action": record.action,
        "target_type": record.target_type,
        "target_id": record.target_id,
        "before": record.before,
        "after": record.after,
        "description": record.description,
    }


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in _COLUMNS])
    return made.getvalue().encode("utf-8-sig")  # with the mark by which tables know that it is UTF-8


def _cell(value: Any) -> str:
    if value is None:
        return ""
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{said}" if said.startswith(_FORMULA) else said
