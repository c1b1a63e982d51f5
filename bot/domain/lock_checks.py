"""What the row of a lock or slowmode says that can't be: how far it is, what it remembers, and when it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from bot.domain.lock_plans import SILENCED
from bot.domain.locks import Changed, ChannelLock, LockKind, LockState, Record
from bot.domain.overwrites import Bit

_TAKEN: int = reduce(lambda some, more: some | more, SILENCED.values(), int(Bit.VIEW_CHANNEL))
"""All that a lock of any kind of channel takes away, or keeps for me."""


@dataclass(frozen=True)
class Kept:
    """A row as it is kept, with what says when it is looked at."""

    lock: ChannelLock
    due_at: datetime | None
    is_leased: bool
    attempts: int


def contradictions(kept: Kept) -> Iterator[str]:
    """What is wrong with a row, in the words of whoever runs the bot; nothing if all of it can be true."""
    lock = kept.lock
    yield from _of_state(lock)
    yield from _of_time(kept)
    if lock.record is None:
        if lock.state not in {LockState.PLANNED, LockState.ENDED, LockState.FAILED}:
            yield "it does not say what was before"
    elif lock.kind is LockKind.LOCK:
        yield from _of_lock(lock.record)
    else:
        yield from _of_slowmode(lock, lock.record)


def _of_state(lock: ChannelLock) -> Iterator[str]:
    if lock.state is LockState.STANDING and lock.started_at is None:
        yield "it stands since never"
    if lock.state is LockState.STANDING and lock.kind is LockKind.SLOWMODE and lock.expires_at is None:
        yield "a slowmode without an end is over once it is set"
    if lock.state is LockState.FAILED and lock.obstacle is None:
        yield "it failed for no reason"
    if lock.failed_since is not None and lock.state is not LockState.LIFTING:
        yield "it can't be lifted, but nobody is lifting it"


def _of_time(kept: Kept) -> Iterator[str]:
    lock, due_at = kept.lock, kept.due_at
    if lock.state.is_over and (due_at is not None or kept.is_leased):
        yield "it is over, and still looked at"
    if lock.state.is_under_way and due_at is None:
        yield "nobody will bring it to an end"
    if lock.state is LockState.STANDING and lock.expires_at is not None:
        at_rest = not kept.is_leased and kept.attempts == 0
        if due_at is None or (at_rest and due_at > lock.expires_at):
            yield "nobody will look at it when its time is up"


def _of_lock(record: Record) -> Iterator[str]:
    if record.rate is not None or record.set_to is not None:
        yield "a lock that remembers a slowmode"
    if record.thread is bool(record.changes):
        yield "it changed nothing" if not record.thread else "a thread has no overwrites to be changed"
    if record.synced is not None and record.parent_id is None:
        yield "it was synced with no category"
    if record.follows and record.synced is None:
        yield "it takes over a category that it was not synced with"
    targets = [one.target_id for one in record.changes]
    yield from (f"two changes of {one}" for one in sorted({one for one in targets if targets.count(one) > 1}))
    for one in record.changes:
        yield from (f"{said} of {one.target_id}" for said in _of_change(one))


def _of_change(change: Changed) -> Iterator[str]:
    before = change.allowed | change.denied
    if change.bits <= 0 or change.bits & ~_TAKEN:
        yield "bits that no lock takes away"
    if before & ~change.bits or change.allowed & change.denied:
        yield "a past that can't be"
    if (change.allowed if change.allows else change.denied) or (before and not change.existed):
        yield "a change that changed nothing"


def _of_slowmode(lock: ChannelLock, record: Record) -> Iterator[str]:
    if record.changes or record.thread:
        yield "a slowmode that remembers a lock"
    if record.rate is None or record.set_to is None:
        yield "it does not say what was before"
    elif lock.state in {LockState.APPLYING, LockState.STANDING} and record.set_to != (lock.wish.seconds or 0):
        yield f"{record.set_to} s were set, {lock.wish.seconds} s wanted"
