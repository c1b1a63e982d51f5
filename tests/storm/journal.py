"""What a process of the storm says before it dies, and what it is told when it begins."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

RATE = 20
"""Seconds of the story in one of ours: things expire while a process lives, and no lease ends under who holds it."""


@dataclass(frozen=True)
class Beginning:
    """What a process is told, as one line of JSON on its standard input."""

    url: str
    journal: str
    guild: int
    number: int
    """Which process of the storm it is."""
    begins: str
    things: dict[str, int]
    roles: dict[str, list[int]]
    """Who has which roles on Discord."""
    again: list[dict[str, Any]]
    """Orders that nobody was told the outcome of: to be delivered again."""
    known: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Orders with the answers that they got: delivered again, they must get the same."""

    def line(self) -> str:
        return json.dumps(asdict(self)) + "\n"


class FastClock:
    """Runs from a moment on, `RATE` times as fast as ours."""

    def __init__(self, begins: datetime) -> None:
        self._begins = begins
        self._at = monotonic()

    def now(self) -> datetime:
        return self._begins + timedelta(seconds=(monotonic() - self._at) * RATE)


class Journal:
    """A file of lines. Whatever was written stays, however the process ends."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, what: str, **more: Any) -> None:
        os.write(self._file, (json.dumps({"is": what, **more}) + "\n").encode())


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Its lines; one that was cut off at the end was never said."""
    if not path.exists():
        return
    for line in path.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            yield json.loads(line)
