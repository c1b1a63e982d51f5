"""The audit log: who changed what in a guild, from what to what, and by which way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

NEWEST = 2**63 - 1
"""The edge before the newest entry."""


class AuditSource(StrEnum):
    """The way by which somebody or something changed it."""

    COMMAND = "command"
    BUTTON = "button"
    TICKER = "ticker"
    DISCORD = "discord"
    CLI = "cli"


@dataclass(frozen=True)
class AuditRecord:
    """Something that was changed, to be written down. `actor_id` is None where nobody did it, such as a deadline."""

    action: str
    """What happened, as ``noun.verb``: ``settings.change``. Stored, so it never changes its meaning."""
    actor_id: int | None
    source: AuditSource
    target_type: str | None = None
    target_id: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    description: str | None = None


@dataclass(frozen=True)
class AuditEntry:
    """A record as it stands in the log."""

    id: int
    at: datetime
    record: AuditRecord


@dataclass(frozen=True)
class AuditFilter:
    """Which entries to look for; what is None is not asked."""

    actor_id: int | None = None
    action: str | None = None
    target_type: str | None = None
    target_id: str | None = None


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parts of two documents in which they differ."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    old = {name: before[name] for name in names if name in before}
    return old, {name: after[name] for name in names if name in after}
