"""What the doctor says: one line a thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. The bot runs with a `WARN`, and will not with a `FAIL`."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    subject: str
    said: str
    step: str | None = None
    """What mends it."""

    def __str__(self) -> str:
        """The line."""
        step = f" To mend it: {self.step}" if self.step else ""
        return f"{self.level:<4}  {self.subject:<11}  {self.said}{step}"


def ok(subject: str, said: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, subject, said)


def warn(subject: str, said: str, step: str) -> Finding:
    """It works, and should be looked at."""
    return Finding(Level.WARN, subject, said, step)


def fail(subject: str, said: str, step: str) -> Finding:
    """It will not work."""
    return Finding(Level.FAIL, subject, said, step)
