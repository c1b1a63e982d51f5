"""What others do in Discord's own interface, and how it is told from what the bot did itself.

Two ways lead here: entries of Discord's audit log, which say who it was, and a look at what Discord shows, which does
not. Nothing is decided by comparing clocks: the ids of entries say what came after what.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.cases import Case, CaseKind, CaseSource
from bot.domain.sanctions import Held

SURVEY_INTERVAL = timedelta(hours=1)
"""Between two comparisons of what Discord shows with what is believed."""

_ROUNDING = timedelta(seconds=2)
"""How much of a moment may be lost on the way through Discord and back."""


@dataclass(frozen=True)
class Believed:
    """A slot as its row has it. Where there is no row, it is as this is by default."""

    user_id: int
    version: int = 0
    held: Held = field(default_factory=Held)
    is_busy: bool = False
    """Whether somebody is at it."""


@dataclass(frozen=True)
class Shown:
    """What Discord shows of one slot of a member."""

    user_id: int
    held: Held = field(default_factory=Held)
    reason: str | None = None
    is_news: bool = False
    """Whether somebody was just told of it, by an event or as they looked, so that what was lifted is a case."""


@dataclass(frozen=True)
class Mark:
    """How far a guild's audit log was read, and since when its bans are compared with the cases."""

    audit_log_id: int | None = None
    """The last entry that was read; 0 if the log was empty; None before the first reading."""
    baseline_at: datetime | None = None
    """When the bans that stood already were noted, of which there are no cases."""
    surveyed_at: datetime | None = None
    """When they were last compared; None also while a permission for it is missing."""


def is_entry_of(case: CaseKind, entry: CaseKind) -> bool:
    """Whether a case of one kind begins on Discord with an entry of the other. A softban begins with a ban."""
    return case is entry or (case is CaseKind.SOFTBAN and entry is CaseKind.BAN)


def is_overtaken(case: Case, active: Case | None) -> bool:
    """Whether somebody else changed the same by hand after the bot did what `case` says, before that was written."""
    return (
        active is not None
        and active.source is CaseSource.DISCORD
        and active.audit_log_id is not None
        and case.audit_log_id is not None
        and active.audit_log_id > case.audit_log_id
    )


def is_unattributed(case: Case) -> bool:
    """Whether a case was made of what Discord showed, so that an entry of the audit log may still say who it was."""
    return case.source is CaseSource.DISCORD and case.moderator_id is None and case.audit_log_id is None


def is_same_end(one: datetime | None, other: datetime | None) -> bool:
    """Whether two ends of a timeout are the same moment."""
    return one is other if one is None or other is None else abs(one - other) <= _ROUNDING


def differs(believed: Held, shown: Held, now: datetime) -> bool:
    """Whether Discord shows something else than is believed. What is over by itself is no difference."""
    mine, theirs = _now(believed, now), _now(shown, now)
    return mine.holds is not theirs.holds or not is_same_end(mine.until, theirs.until)


def _now(held: Held, now: datetime) -> Held:
    return Held() if held.until is not None and held.until <= now else held
