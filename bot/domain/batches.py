"""Batches: one thing done to many targets, in turns, so that it can be watched, cancelled and gone on with."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.errors import TooManyTargets

MAX_TARGETS = 20_000
"""Targets of one batch. At the usual speed that is more than an hour."""

MAX_NAME = 32
MAX_TITLE = 200
MAX_LABEL = 100
MAX_REASON = 200
MAX_DETAIL = 300

MAX_ATTEMPTS = 5
"""How many tries of a target may be interrupted, as by a process that died. A try with an outcome does not count."""

GIVE_UP_AFTER = timedelta(hours=24)
"""How long after a batch's start what may work later is tried again."""

STUCK_FOR = timedelta(hours=1)
"""How long one target alone is waited for while others would work: as long the batches behind it wait too."""

LONGEST_PAUSE = timedelta(minutes=5)
"""Between two tries of a target that is stuck alone."""

MAX_PER_SECOND = 50
MAX_TOGETHER = 200
"""Targets of a turn: of those who act on each, and of those who act on all of a turn at once."""

TURN = timedelta(seconds=1)
"""A batch's turns begin at least this far apart, each with as many targets as it may do in a second."""

DRAFT_HOLDS = timedelta(hours=1)
"""How long a dry run may be started: later it may tell of a server that has changed."""

_MEASURED_AFTER = timedelta(seconds=5)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class BatchState(StrEnum):
    """How far a batch is. `failed` means that the bot could not go on with it, not that a target failed."""

    DRAFT = "draft"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing will be done any more."""
        return self in {BatchState.DONE, BatchState.CANCELLED, BatchState.FAILED}


class ItemState(StrEnum):
    """How far a target is. `doing` means that somebody is at it, or died at it: it may have been done."""

    PENDING = "pending"
    DOING = "doing"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Planned:
    """A target of a dry run: what it is called, and why it would be left out, if it would be."""

    target: int
    label: str
    skip: str | None = None


@dataclass(frozen=True)
class Plan:
    """A dry run: nothing was done yet.

    Raises:
        TooManyTargets: more than `MAX_TARGETS`.
        ValueError: a target is there twice.
    """

    title: str
    """What the batch does, as a heading: *Give 50 coins*."""
    would: str
    """What would happen, as a sentence with the number of targets: *312 members would get 50 coins.*"""
    targets: Sequence[Planned]

    def __post_init__(self) -> None:
        if len(self.targets) > MAX_TARGETS:
            raise TooManyTargets(len(self.targets), MAX_TARGETS)
        if len({one.target for one in self.targets}) < len(self.targets):
            raise ValueError("a target is planned twice")

    @property
    def wanted(self) -> int:
        """How many targets something would be done to."""
        return sum(one.skip is None for one in self.targets)

    @property
    def left_out(self) -> list[tuple[str, int]]:
        """Why others would be left out, and how many for each reason, the most frequent first."""
        return Counter(one.skip for one in self.targets if one.skip is not None).most_common()


@dataclass(frozen=True)
class Draft:
    """Who wants what done, under which key: the same key again is the same draft."""

    key: str
    kind: str
    parameters: Mapping[str, Any]
    language: str
    per_second: int
    asked_by: int


@dataclass(frozen=True)
class Counts:
    """How many targets there are, and how many of them are settled in which way."""

    total: int
    done: int
    failed: int
    skipped: int

    @property
    def settled(self) -> int:
        """Those that nothing will be done to any more."""
        return self.done + self.failed + self.skipped

    @property
    def left(self) -> int:
        """Those that are still to be done."""
        return self.total - self.settled


@dataclass(frozen=True)
class Batch:
    """A batch as it stands in the database."""

    guild_id: int
    id: int
    kind: str
    title: str
    parameters: Mapping[str, Any]
    language: str
    """What the person who asked reads; its progress is said in it."""
    per_turn: int
    asked_by: int
    state: BatchState
    counts: Counts
    planned: int
    """Targets that were to be done when the batch was drafted: all but those that were left out from the beginning."""
    channel_id: int | None
    """Where it was started, and where its progress goes on when the answer to its start can't be changed any more."""
    created_at: datetime
    started_at: datetime | None
    cancelled_at: datetime | None
    finished_at: datetime | None

    @property
    def is_discarded(self) -> bool:
        """Whether it is a dry run that nobody wants any more. What is left of it is being forgotten."""
        return self.state is BatchState.DRAFT and self.is_cancelled

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody cancelled it; what had begun then may still be under way."""
        return self.cancelled_at is not None

    def expected_end(self, now: datetime) -> datetime | None:
        """When it is likely to be finished, by its speed so far; None when it is not running."""
        if self.state is not BatchState.RUNNING or self.started_at is None:
            return None
        ran = now - self.started_at
        acted = self.planned - self.counts.left
        if acted > 0 and ran >= _MEASURED_AFTER:
            return now + ran * (self.counts.left / acted)
        return now + TURN * -(-self.counts.left // self.per_turn)


@dataclass(frozen=True)
class TurnItem:
    """A target that is this turn's."""

    target: int
    label: str
    attempts: int
    """This one included."""
    stuck_since: datetime | None = None
    """Since when it has to wait and others would not; None: it does not wait, or nothing works."""

    def stuck_for(self, now: datetime) -> timedelta:
        """How long it has been so."""
        return timedelta(0) if self.stuck_since is None else now - self.stuck_since


@dataclass(frozen=True)
class Turn:
    """A batch and some of its targets that this process alone may act on until its lease ends.

    Without targets the batch is over, and it is time to say so.
    """

    batch: Batch
    token: int
    items: tuple[TurnItem, ...]
    claimed_at: datetime


@dataclass(frozen=True)
class Job:
    """What a kind acts on: one target of one batch."""

    guild_id: int
    batch_id: int
    target: int
    label: str
    parameters: Mapping[str, Any]
    asked_by: int
    started_at: datetime
    """When the batch was started: the same for every target, and for every try."""

    @property
    def key(self) -> str:
        """The same for every try: whatever is done must be done once for each key, however often it is asked for."""
        return f"batch:{self.batch_id}:{self.target}"


@dataclass(frozen=True)
class Done:
    """It is as it should be now; also when it was before."""

    detail: str | None = None


@dataclass(frozen=True)
class Failed:
    """It can't be done; the reason is read by people."""

    reason: str
    detail: str | None = None


@dataclass(frozen=True)
class Skipped:
    """It turned out that nothing should be done to it."""

    reason: str
    detail: str | None = None


@dataclass(frozen=True)
class Later:
    """It may work later, and the whole batch waits so long: what is wrong for one target is so for the next."""

    reason: str
    after: timedelta
    everywhere: bool = False
    """Known to be so for every target, as when Discord asks to wait or is away. Otherwise the kind is asked."""

    def pause(self, stuck_for: timedelta) -> timedelta:
        """How long to wait, the longer the longer a target has been stuck alone."""
        return max(self.after, min(stuck_for / 2, LONGEST_PAUSE))


Outcome = Done | Failed | Skipped | Later
Settled = Done | Failed | Skipped


@dataclass(frozen=True)
class Tried:
    """What came of trying a target. `alone`: it has to wait, and others would not."""

    item: TurnItem
    outcome: Outcome
    alone: bool = False


def judged(outcome: Outcome, running_for: timedelta, stuck_for: timedelta, *, cancelled: bool) -> Outcome:
    """An outcome, or the failure it comes to when there is no further try."""
    is_last = cancelled or running_for >= GIVE_UP_AFTER or stuck_for >= STUCK_FOR
    if isinstance(outcome, Later) and is_last:
        return Failed(outcome.reason)
    return outcome


def state_of(outcome: Settled) -> ItemState:
    """How a target stands after an outcome."""
    match outcome:
        case Done():
            return ItemState.DONE
        case Failed():
            return ItemState.FAILED
        case Skipped():
            return ItemState.SKIPPED


@dataclass(frozen=True)
class Result:
    """What became of a target."""

    target: int
    label: str
    state: ItemState
    reason: str | None
    detail: str | None
    settled_at: datetime | None


@dataclass(frozen=True)
class Report:
    """A batch, and the most frequent reasons why targets failed or were skipped."""

    batch: Batch
    reasons: tuple[tuple[ItemState, str, int], ...]


_COLUMNS = ("id", "name", "outcome", "reason", "detail", "at")


def as_csv(results: Sequence[Result]) -> bytes:
    """Results as a table: UTF-8 with a mark that spreadsheets know it by, names that look like formulas disarmed."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for one in results:
        writer.writerow([_disarmed(cell) for cell in _cells(one)])
    return out.getvalue().encode("utf-8-sig")


def as_json(results: Sequence[Result]) -> bytes:
    """Results as a list of objects. Ids are strings, since JavaScript's numbers are too small for them."""
    rows = [dict(zip(_COLUMNS, _cells(one), strict=True)) for one in results]
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def _cells(one: Result) -> tuple[str | None, ...]:
    at = None if one.settled_at is None else one.settled_at.isoformat(timespec="seconds")
    return str(one.target), one.label, str(one.state), one.reason, one.detail, at


def _disarmed(cell: str | None) -> str:
    text = cell or ""
    return f"'{text}" if text.startswith(_FORMULA) else text
