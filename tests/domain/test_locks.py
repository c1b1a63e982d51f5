"""A lock and its unlocking leave exactly what others changed meanwhile; and what follows from each outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import AuditSource
from bot.domain.lock_plans import (
    SILENCED,
    ChannelFacts,
    Form,
    holds,
    imposed,
    is_whole,
    lifted,
    plan_lock,
    plan_slowmode,
    should_follow,
    still_open,
)
from bot.domain.locks import (
    ChannelLock,
    Done,
    LockKind,
    LockState,
    Obstacle,
    Outcome,
    Record,
    Refused,
    Wish,
    audit_reason,
    settled,
)
from bot.domain.overwrites import (
    Bit,
    Overwrite,
    Overwrites,
    Put,
    Remove,
    Standing,
    by_target,
    difference,
    effective,
    fingerprint,
)

GUILD, ME, MY_ROLE, MEMBER_ROLE, STAFF_ROLE, BOB = 100, 200, 300, 400, 500, 600
NOW = datetime(2026, 5, 1, tzinfo=UTC)
WRITE = Bit.SEND_MESSAGES
MINE = Bit.VIEW_CHANNEL | Bit.MANAGE_ROLES | SILENCED[Form.TEXT] | SILENCED[Form.VOICE] | SILENCED[Form.STAGE]
I = Standing(ME, GUILD, frozenset({GUILD, MY_ROLE}), int(MINE))  # noqa: E741 — it is me

ROLES = st.sampled_from([GUILD, MY_ROLE, MEMBER_ROLE, STAFF_ROLE])
BITS = st.sampled_from(list(Bit))
FORMS = st.sampled_from([Form.TEXT, Form.VOICE, Form.STAGE, Form.FORUM])


def bits_of(found: set[Bit]) -> int:
    return sum(int(one) for one in found)


@st.composite
def overwrites(draw: Callable[..., object]) -> list[Overwrite]:
    made: list[Overwrite] = []
    for target in (GUILD, MY_ROLE, MEMBER_ROLE, STAFF_ROLE, ME, BOB):
        if not draw(st.booleans()):
            continue
        allow = draw(st.sets(BITS, max_size=5))
        deny = draw(st.sets(BITS, max_size=3))
        assert isinstance(allow, set)
        assert isinstance(deny, set)
        made.append(Overwrite(target, target in {ME, BOB}, bits_of(allow), bits_of(deny - allow)))
    return made


Edit = tuple[int, Bit, str]
EDITS = st.lists(
    st.tuples(
        st.sampled_from([GUILD, MY_ROLE, MEMBER_ROLE, STAFF_ROLE, ME, BOB]),
        BITS,
        st.sampled_from(["allow", "deny", "neither", "gone"]),
    ),
    max_size=6,
)


def edited(now: Overwrites, edits: Sequence[Edit]) -> list[Overwrite]:
    """What somebody makes of overwrites in Discord's own window."""
    there = dict(by_target(now))
    for target, bit, how in edits:
        old = there.get(target, Overwrite(target, target in {ME, BOB}))
        if how == "gone":
            there.pop(target, None)
            continue
        allow = (old.allow | bit) if how == "allow" else old.allow & ~bit
        deny = (old.deny | bit) if how == "deny" else old.deny & ~bit
        there[target] = Overwrite(target, old.is_member, allow, deny)
    return list(there.values())


def states(now: Overwrites) -> dict[tuple[int, Bit], str]:
    """Each bit of each overwrite that says anything."""
    said: dict[tuple[int, Bit], str] = {}
    for one in now:
        for bit in Bit:
            if one.allow & bit or one.deny & bit:
                said[one.target_id, bit] = "allow" if one.allow & bit else "deny"
    return said


def record_of(facts: ChannelFacts, roles: Sequence[int] = ()) -> Record | None:
    made = plan_lock(facts, I, roles)
    return made if isinstance(made, Record) else None


@given(overwrites(), FORMS, st.lists(ROLES, max_size=2), EDITS)
def test_a_lock_and_its_unlocking_leave_exactly_what_others_changed(
    before: list[Overwrite], form: Form, roles: list[int], edits: list[Edit]
) -> None:
    record = record_of(ChannelFacts(1, form, before), roles)
    if record is None:
        return
    locked = imposed(record, before)
    meanwhile = edited(locked, edits)
    after = lifted(record, meanwhile)
    old, held, now, told = states(before), states(locked), states(meanwhile), states(after)
    for target in (GUILD, MY_ROLE, MEMBER_ROLE, STAFF_ROLE, ME, BOB):
        for bit in Bit:
            key = target, bit
            by_lock = held.get(key) != old.get(key)
            stands = by_lock and now.get(key) == held.get(key)
            assert told.get(key) == (old.get(key) if stands else now.get(key)), key
    gone = {one.target_id for one in meanwhile} - {one.target_id for one in after}
    assert gone <= {one.target_id for one in record.changes if not one.existed}, "only what the lock made goes"


@given(overwrites(), FORMS, st.lists(ROLES, max_size=2))
def test_a_lock_that_nobody_touched_is_undone_without_a_trace(
    before: list[Overwrite], form: Form, roles: list[int]
) -> None:
    record = record_of(ChannelFacts(1, form, before), roles)
    if record is None:
        return
    locked = imposed(record, before)
    assert fingerprint(lifted(record, locked)) == fingerprint(before)
    assert is_whole(record, ChannelFacts(1, form, locked))
    assert holds(record, ChannelFacts(1, form, locked))
    assert not holds(record, ChannelFacts(1, form, lifted(record, locked)))


@given(overwrites(), FORMS, st.lists(ROLES, max_size=2))
def test_whoever_begins_again_ends_at_the_same(before: list[Overwrite], form: Form, roles: list[int]) -> None:
    record = record_of(ChannelFacts(1, form, before), roles)
    if record is None:
        return
    locked = imposed(record, before)
    assert fingerprint(imposed(record, locked)) == fingerprint(locked)
    opened = lifted(record, locked)
    assert fingerprint(lifted(record, opened)) == fingerprint(opened)


@given(overwrites(), FORMS, st.lists(ROLES, max_size=2))
def test_a_lock_silences_everyone_and_never_me(before: list[Overwrite], form: Form, roles: list[int]) -> None:
    record = record_of(ChannelFacts(1, form, before), roles)
    if record is None:
        return
    locked = imposed(record, before)
    assert effective(I, locked) & effective(I, before) == effective(I, before), "I keep what I had"
    member = Standing(BOB + 1, GUILD, {GUILD}, int(MINE))
    taken = SILENCED[form] & effective(I, before)
    assert not effective(member, locked) & taken


@given(overwrites(), overwrites())
def test_a_difference_is_what_turns_one_into_the_other(now: list[Overwrite], wanted: list[Overwrite]) -> None:
    made = dict(by_target(now))
    for step in difference(now, wanted, last=ME):
        if isinstance(step, Remove):
            del made[step.target_id]
        else:
            made[step.overwrite.target_id] = step.overwrite
    assert fingerprint(made.values()) == fingerprint(wanted)
    assert difference(wanted, list(reversed(wanted))) == []


def test_only_what_i_may_do_myself_is_taken_away() -> None:
    weak = replace(I, base=int(Bit.VIEW_CHANNEL | WRITE | Bit.MANAGE_ROLES))
    made = plan_lock(ChannelFacts(1, Form.TEXT), weak, [])
    assert isinstance(made, Record)
    assert {one.target_id: one.bits for one in made.changes} == {ME: WRITE, GUILD: WRITE}
    mute = replace(I, base=int(Bit.VIEW_CHANNEL | Bit.MANAGE_ROLES))
    assert plan_lock(ChannelFacts(1, Form.TEXT), mute, []) is Obstacle.SEND
    assert plan_lock(ChannelFacts(1, Form.VOICE), mute, []) is Obstacle.CONNECT


def test_an_administrator_needs_no_rule_of_their_own() -> None:
    made = plan_lock(ChannelFacts(1, Form.TEXT), replace(I, base=int(Bit.ADMINISTRATOR)), [MEMBER_ROLE])
    assert isinstance(made, Record)
    assert [one.target_id for one in made.changes] == [GUILD, MEMBER_ROLE]


def test_what_is_closed_anyway_is_not_locked_and_who_stays_able_to_write_is_named() -> None:
    shut = [Overwrite(GUILD, is_member=False, deny=int(SILENCED[Form.TEXT]))]
    own = Overwrite(ME, is_member=True, allow=int(SILENCED[Form.TEXT]))
    assert plan_lock(ChannelFacts(1, Form.TEXT, [*shut, own]), I, []) is Obstacle.CLOSED
    assert plan_lock(ChannelFacts(1, Form.THREAD, is_locked=True), I, []) is Obstacle.CLOSED
    assert plan_lock(ChannelFacts(1, Form.THREAD), I, []) == Record(thread=True)
    facts = ChannelFacts(1, Form.TEXT, [Overwrite(MEMBER_ROLE, is_member=False, allow=int(WRITE))])
    record = record_of(facts)
    assert record is not None
    assert still_open(facts, record) == [MEMBER_ROLE]
    both = record_of(facts, [MEMBER_ROLE])
    assert both is not None
    assert still_open(facts, both) == []


def synced(category: list[Overwrite], now: list[Overwrite] | None = None, parent: int = 7) -> ChannelFacts:
    return ChannelFacts(1, Form.TEXT, category if now is None else now, parent_id=parent, category=category)


def test_a_synced_channel_follows_its_category_unless_somebody_changed_the_channel() -> None:
    old = [Overwrite(GUILD, is_member=False, allow=int(WRITE))]
    new = [Overwrite(GUILD, is_member=False, deny=int(Bit.VIEW_CHANNEL))]
    record = record_of(synced(old))
    assert record is not None
    locked = imposed(record, old)
    assert not should_follow(record, synced(old, locked)), "it is the same, so there is nothing to follow"
    assert should_follow(record, synced(new, locked))
    assert not should_follow(record, synced(new, locked, parent=8)), "moved elsewhere"
    touched = edited(locked, [(BOB, WRITE, "allow")])
    assert not should_follow(record, synced(new, touched))
    loose = record_of(ChannelFacts(1, Form.TEXT, old, parent_id=7, category=new))
    assert loose is not None
    assert not should_follow(loose, synced(new, locked))


def test_my_own_rule_is_the_last_that_goes() -> None:
    now = [Overwrite(ME, is_member=True, allow=int(WRITE)), Overwrite(GUILD, is_member=False, deny=int(WRITE))]
    assert difference(now, [], last=ME) == [Remove(GUILD), Remove(ME)]
    first, _second = difference([], now)
    assert isinstance(first, Put)
    assert first.overwrite.target_id == ME


def test_one_slowmode_after_another_ends_in_what_was_before_both() -> None:
    first = plan_slowmode(ChannelFacts(1, Form.TEXT, rate=5), 60, None)
    assert first == Record(rate=5, set_to=60)
    assert plan_slowmode(ChannelFacts(1, Form.TEXT, rate=60), 120, first) == Record(rate=5, set_to=120)
    assert plan_slowmode(ChannelFacts(1, Form.TEXT, rate=10), 120, first) == Record(rate=10, set_to=120)


def lock(state: LockState, **more: object) -> ChannelLock:
    made = ChannelLock(GUILD, 1, LockKind.LOCK, state, 1, Wish(), BOB, AuditSource.COMMAND)
    return replace(made, **more)


RECORD = Record(thread=True)


@pytest.mark.parametrize(
    ("before", "outcome", "state", "pause"),
    [
        (lock(LockState.APPLYING, record=RECORD), Done(), LockState.STANDING, None),
        (lock(LockState.LIFTING, record=RECORD, started_at=NOW), Done(), LockState.ENDED, None),
        (lock(LockState.PLANNED), Refused(Obstacle.CLOSED), LockState.FAILED, None),
        (lock(LockState.APPLYING, record=RECORD), Refused(Obstacle.REFUSED), LockState.LIFTING, 0),
        (lock(LockState.LIFTING, record=RECORD, obstacle=Obstacle.REFUSED), Done(), LockState.FAILED, None),
        (lock(LockState.LIFTING, record=RECORD, started_at=NOW), Refused(Obstacle.MANAGE_ROLES), LockState.LIFTING, 4),
        (lock(LockState.STANDING, record=RECORD), Refused(Obstacle.GONE), LockState.ENDED, None),
    ],
)
def test_what_follows_from_an_outcome(
    before: ChannelLock, outcome: Outcome, state: LockState, pause: int | None
) -> None:
    after, due_at = settled(before, outcome, NOW, 3)
    assert after.state is state
    assert due_at == (None if pause is None else NOW + timedelta(seconds=pause))


def test_the_audit_log_reads_who_and_why_in_what_fits() -> None:
    assert audit_reason(lock(LockState.APPLYING, reason="a raid")) == f"lock by member {BOB}: a raid"
    assert audit_reason(lock(LockState.LIFTING)) == f"lock by member {BOB} is over"
    assert audit_reason(lock(LockState.LIFTING, ended_by=ME)) == f"lock ended by member {ME}"
    assert audit_reason(lock(LockState.LIFTING, by_id=None)) == "lock by somebody is over"
    assert len(audit_reason(lock(LockState.APPLYING, reason="ü" * 400))) < 140
