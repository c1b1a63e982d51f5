"""Looking cases up: what a list is asked for, and what somebody's file adds up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.cases import Case, CaseChange, CaseKind, CaseState
from bot.domain.paging import Slice
from bot.domain.proof import Proof
from bot.domain.short_numbers import restored, shortened

PAGE = 8
"""Cases on a page of somebody's file."""

PACKED = r"[0-9A-Za-z]{0,11}-[0-9]?-[0-9A-Za-z]{0,11}-[0-9A-Za-z]{0,5}-[0-9A-Za-z]{0,5}"
"""What `packed` makes: 37 characters at most, none of them a colon."""

_KINDS = tuple(CaseKind)
_MINUTE = 60
_LAST = datetime(2100, 1, 1, tzinfo=UTC)

COUNTED = frozenset({CaseState.ACTIVE, CaseState.ENDED, CaseState.SUPERSEDED})
"""States of what really was done, and counts."""


@dataclass(frozen=True)
class CaseFilter:
    """Which cases about a member are meant. Moments are precise to the minute."""

    target_id: int
    kind: CaseKind | None = None
    moderator_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Before which moment."""

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything of the member's file out."""
        return any(one is not None for one in (self.kind, self.moderator_id, self.since, self.until))


def packed(wanted: CaseFilter) -> str:
    """A filter as short as the id of a button needs it; `unpacked` reads it back."""
    kind = "" if wanted.kind is None else str(_KINDS.index(wanted.kind))
    edges = f"{_minutes(wanted.since)}-{_minutes(wanted.until)}"
    return f"{shortened(wanted.target_id)}-{kind}-{shortened(wanted.moderator_id)}-{edges}"


def unpacked(text: str) -> CaseFilter:
    """The filter in a text that matches `PACKED`, which somebody may have forged: then nothing is found by it."""
    target, kind, moderator, since, until = text.split("-")
    wanted = _KINDS[int(kind)] if kind and int(kind) < len(_KINDS) else None
    return CaseFilter(restored(target) or 0, wanted, restored(moderator), _moment(since), _moment(until))


def _minutes(moment: datetime | None) -> str:
    return "" if moment is None else shortened(int(moment.timestamp()) // _MINUTE)


def _moment(text: str) -> datetime | None:
    minutes = restored(text)
    return None if minutes is None else min(datetime.fromtimestamp(0, UTC) + timedelta(minutes=minutes), _LAST)


@dataclass(frozen=True)
class Sum:
    """What somebody's file adds up to: what really was done, and is not void."""

    counts: Mapping[CaseKind, int] = field(default_factory=dict[CaseKind, int])
    points: int = 0
    """Of warnings, as far as they count now."""
    void: int = 0
    """Cases that were taken back, failed, or are still to be done; of all kinds."""

    @property
    def record(self) -> int:
        """Cases that speak against somebody: all but notes, and what only lifted something."""
        return sum(count for kind, count in self.counts.items() if kind not in _HARMLESS)


_HARMLESS = frozenset({CaseKind.NOTE, CaseKind.UNBAN, CaseKind.UNTIMEOUT})


@dataclass(frozen=True)
class History:
    """A page of somebody's file."""

    wanted: CaseFilter
    sum: Sum
    page: Slice[Case]


@dataclass(frozen=True)
class CaseView:
    """A case with everything that belongs to it."""

    case: Case
    changes: tuple[CaseChange, ...]
    """The newest ones, the oldest first."""
    earlier: int
    """How many changes came before these."""
    links: tuple[int, ...] = ()
    """Numbers of related cases."""
    proofs: tuple[Proof, ...] = ()


MOST_DAYS = 365
"""How far back numbers of moderators reach."""

MOST_NAMED = 10
"""Moderators that are named among those who did most."""


@dataclass(frozen=True)
class ActCount:
    """What became of the acts of one kind."""

    kind: CaseKind
    done: int
    """Those that were done, and are not void."""
    void: int
    early: int
    """Those of `done` that somebody lifted before their time."""


@dataclass(frozen=True)
class ModStats:
    """What moderators did in some days."""

    days: int
    moderator_id: int | None
    """None: all of them."""
    acts: tuple[ActCount, ...] = ()
    most: tuple[tuple[int, int], ...] = ()
    """Who did most, with how much; empty for one moderator's numbers."""

    @classmethod
    def of(cls, days: int, moderator_id: int | None, acts: Iterable[tuple[int | None, ActCount]]) -> ModStats:
        """Added up from what each did of each kind; None is nobody who is known."""
        kinds: dict[CaseKind, ActCount] = {}
        people: Counter[int] = Counter()
        for by, one in acts:
            so_far = kinds.get(one.kind, ActCount(one.kind, 0, 0, 0))
            more = (so_far.done + one.done, so_far.void + one.void, so_far.early + one.early)
            kinds[one.kind] = ActCount(one.kind, *more)
            if by is not None and one.done:
                people[by] += one.done
        busiest = sorted(people.items(), key=lambda one: (-one[1], one[0]))[:MOST_NAMED]
        return cls(days, moderator_id, tuple(kinds.values()), tuple(busiest) if moderator_id is None else ())
