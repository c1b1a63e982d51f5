"""Rows of locks that can't be true, and those that a lock really writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.audit import AuditSource
from bot.domain.lock_checks import Kept, contradictions
from bot.domain.lock_plans import ChannelFacts, Form, plan_lock
from bot.domain.locks import Changed, ChannelLock, LockKind, LockState, Record, Wish
from bot.domain.overwrites import EVERYTHING, Bit, Overwrite, Standing

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GUILD, ME, ROLE = 1, 2, 3
SEND, REACT = int(Bit.SEND_MESSAGES), int(Bit.ADD_REACTIONS)
CHANGE = Changed(target_id=GUILD, is_member=False, existed=True, allows=False, bits=SEND | REACT, allowed=SEND)
LOCK = ChannelLock(
    GUILD, 9, LockKind.LOCK, LockState.STANDING, 1, Wish(), 7, AuditSource.COMMAND,
    started_at=NOW, record=Record(changes=(CHANGE,)),
)  # fmt: skip
SLOWMODE = replace(LOCK, kind=LockKind.SLOWMODE, wish=Wish(seconds=5), record=Record(rate=0, set_to=5), expires_at=NOW)


def said(lock: ChannelLock, due_at: datetime | None = None, *, is_leased: bool = False, attempts: int = 0) -> list[str]:
    return list(contradictions(Kept(lock, due_at, is_leased, attempts)))


@pytest.mark.parametrize("form", list(Form))
def test_what_a_lock_writes_down_is_never_found_wrong(form: Form) -> None:
    me = Standing(ME, GUILD, (), EVERYTHING & ~Bit.ADMINISTRATOR)
    there = (Overwrite(GUILD, is_member=False, allow=SEND, deny=REACT), Overwrite(ME, is_member=True, deny=SEND))
    for overwrites in ((), there):
        planned = plan_lock(ChannelFacts(9, form, overwrites, 4, overwrites), me, [ROLE])
        if isinstance(planned, Record):
            assert said(replace(LOCK, record=planned)) == []
    assert said(LOCK) == said(SLOWMODE, NOW) == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"bits": 0, "allowed": 0}, "bits that no lock takes away"),
        ({"bits": SEND | Bit.ADMINISTRATOR}, "bits that no lock takes away"),
        ({"bits": REACT}, "a past that can't be"),
        ({"denied": REACT}, "a change that changed nothing"),
        ({"existed": False}, "a change that changed nothing"),
        ({"allows": True}, "a change that changed nothing"),
    ],
)
def test_a_change_that_could_not_be_put_back_is_found(change: Mapping[str, Any], wrong: str) -> None:
    lock = replace(LOCK, record=Record(changes=(CHANGE.model_copy(update=change),)))
    assert said(lock) == [f"{wrong} of {GUILD}"]


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        (Record(), "it changed nothing"),
        (Record(thread=True, changes=(CHANGE,)), "a thread has no overwrites to be changed"),
        (Record(changes=(CHANGE, CHANGE)), f"two changes of {GUILD}"),
        (Record(changes=(CHANGE,), synced="x"), "it was synced with no category"),
        (Record(changes=(CHANGE,), follows=True), "it takes over a category that it was not synced with"),
        (Record(changes=(CHANGE,), rate=5), "a lock that remembers a slowmode"),
        (None, "it does not say what was before"),
    ],
)
def test_a_record_that_contradicts_itself_is_found(record: Record | None, wrong: str) -> None:
    assert said(replace(LOCK, record=record)) == [wrong]


def test_a_slowmode_says_what_was_before_what_was_set_and_that_it_ends() -> None:
    assert said(replace(SLOWMODE, record=Record(rate=0, set_to=9)), NOW) == ["9 s were set, 5 s wanted"]
    assert said(replace(SLOWMODE, record=Record(set_to=5)), NOW) == ["it does not say what was before"]
    assert said(replace(SLOWMODE, record=Record(rate=0, set_to=5, thread=True)), NOW) == [
        "a slowmode that remembers a lock"
    ]
    assert said(replace(SLOWMODE, expires_at=None)) == ["a slowmode without an end is over once it is set"]


def test_whatever_is_under_way_or_ends_is_looked_at_and_what_is_over_is_not() -> None:
    ends = replace(LOCK, expires_at=NOW)
    late = NOW.replace(year=2027)
    assert said(ends) == said(ends, late) == ["nobody will look at it when its time is up"]
    assert said(ends, NOW) == said(ends, late, is_leased=True) == said(ends, late, attempts=1) == []
    assert said(replace(LOCK, state=LockState.LIFTING)) == ["nobody will bring it to an end"]
    over = replace(LOCK, state=LockState.ENDED)
    assert said(over) == []
    assert said(over, NOW) == ["it is over, and still looked at"]
    assert said(replace(LOCK, state=LockState.FAILED)) == ["it failed for no reason"]
    assert said(replace(LOCK, failed_since=NOW)) == ["it can't be lifted, but nobody is lifting it"]
