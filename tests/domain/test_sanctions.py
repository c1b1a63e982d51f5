"""The rules of cases and slots, without a clock or a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from bot.domain.cases import Case, CaseDetails, CaseKind, CaseSource, CaseState, Slot, may_become
from bot.domain.moderation import ACTS, ModerationSettings
from bot.domain.sanctions import (
    LONGEST_WITHOUT_PERMISSION,
    Carry,
    Claimed,
    Held,
    Lift,
    Renew,
    Rest,
    audit_reason,
    held_at_rest,
    is_marked,
    next_look,
    pause_after,
    plan,
)
from bot.domain.snapshots import MessageSnapshot

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def case(kind: CaseKind = CaseKind.TIMEOUT, *, ends: timedelta | None = None, **more: object) -> Case:
    return Case(
        1, 12, kind, CaseState.ACTIVE, 7, 9, "spam", CaseSource.COMMAND, NOW,
        expires_at=None if ends is None else NOW + ends, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def claimed(held: Held, active: Case | None = None, todo: Case | None = None, slot: Slot = Slot.TIMEOUT) -> Claimed:
    return Claimed(1, 7, slot, 5, 1, 1, NOW, held, active, todo)


def held(until: timedelta | None, *, away: bool = False) -> Held:
    return Held(holds=until is not None, until=None if until is None else NOW + until, away=away)


@pytest.mark.parametrize(
    ("ends", "there", "wanted"),
    [
        (2 * DAY, 2 * DAY, None),
        (100 * DAY, 27 * DAY, None),
        (100 * DAY, 8 * DAY, None),
        (100 * DAY, 7 * DAY, 27 * DAY),
        (100 * DAY, None, 27 * DAY),
        (10 * DAY, 5 * DAY, 10 * DAY),
        (5 * DAY, 20 * DAY, 5 * DAY),
    ],
    ids=["as it should be", "far enough", "not yet", "a week left", "gone", "extended", "shortened"],
)
def test_a_timeout_is_written_anew_when_discord_s_is_too_short_or_too_long(
    ends: timedelta, there: timedelta | None, wanted: timedelta | None
) -> None:
    active = case(ends=ends)
    step = plan(claimed(held(there), active))
    assert step == (Rest() if wanted is None else Renew(active, NOW + wanted))


def test_what_is_over_is_lifted_only_where_discord_would_go_on() -> None:
    over = case(ends=-DAY)
    assert plan(claimed(held(-DAY), over)) == Rest()
    assert plan(claimed(held(DAY), over)) == Lift(over)
    assert plan(claimed(held(DAY))) == Lift(None)
    assert plan(claimed(held(DAY, away=True), over)) == Rest()
    ban = case(CaseKind.BAN, ends=-DAY)
    assert plan(claimed(Held(holds=True), ban, slot=Slot.BAN)) == Lift(ban)
    assert plan(claimed(Held(), ban, slot=Slot.BAN)) == Rest()


def test_a_ban_that_holds_is_left_alone_and_one_lifted_by_mistake_is_put_back() -> None:
    ban = case(CaseKind.BAN)
    assert plan(claimed(Held(holds=True), ban, slot=Slot.BAN)) == Rest()
    assert plan(claimed(Held(), ban, slot=Slot.BAN)) == Renew(ban)
    assert plan(claimed(Held(holds=True), slot=Slot.BAN)) == Rest(), "what stood before the bot came is not ours"


def test_what_is_to_be_done_comes_before_anything_else() -> None:
    todo = case(ends=40 * DAY)
    assert plan(claimed(held(DAY), case(ends=-DAY), todo)) == Carry(todo, NOW + 27 * DAY)


def test_the_next_look_is_at_the_end_or_at_the_next_renewal_whichever_comes_first() -> None:
    assert next_look(None, Held(holds=True), NOW) is None
    assert next_look(case(CaseKind.BAN), Held(holds=True), NOW) is None
    assert next_look(case(CaseKind.BAN, ends=DAY), Held(holds=True), NOW) == NOW + DAY
    assert next_look(case(ends=2 * DAY), held(2 * DAY), NOW) == NOW + 2 * DAY
    assert next_look(case(ends=100 * DAY), held(27 * DAY), NOW) == NOW + 20 * DAY
    assert next_look(case(ends=100 * DAY), held(27 * DAY, away=True), NOW) == NOW + 100 * DAY
    assert held_at_rest(claimed(held(-DAY))) == Held()
    assert held_at_rest(claimed(held(DAY))) == held(DAY)


def test_a_look_that_finds_nothing_to_do_is_never_followed_by_one_at_the_same_moment() -> None:
    for hours in range(24 * 40):
        active, there = case(ends=100 * DAY), held(timedelta(hours=hours))
        if plan(claimed(there, active)) == Rest():
            assert (next_look(active, there, NOW) or NOW) > NOW


def test_a_reason_fits_into_discord_s_audit_log_and_is_known_by_its_marker() -> None:
    assert audit_reason(case(), "mira") == "#12 mira: spam"
    assert audit_reason(case(), None) == "#12: spam"
    long = audit_reason(_with_reason("ü \n" * 300), "mira")
    assert long.startswith("#12 mira: ü ü")
    assert len(quote(long)) <= 512
    assert is_marked("#12 mira: spam", 12)
    assert is_marked("#12", 12)
    assert not is_marked("#123 mira", 12)
    assert not is_marked(None, 12)


def _with_reason(reason: str) -> Case:
    made = case()
    return Case(**{**vars(made), "reason": reason})


def test_states_follow_each_other_only_as_they_may() -> None:
    assert may_become(CaseState.PLANNED, CaseState.APPLYING)
    assert may_become(CaseState.ACTIVE, CaseState.SUPERSEDED)
    assert not may_become(CaseState.ENDED, CaseState.ACTIVE)
    assert not may_become(CaseState.FAILED, CaseState.ACTIVE)
    assert may_become(CaseState.VOID, CaseState.ACTIVE), "a void is taken back"


def test_every_kind_has_its_act_and_details_are_read_back() -> None:
    assert set(ACTS) == set(CaseKind)
    message = MessageSnapshot(2**62, 2**62 + 1, 2**62 + 2, "hello", ("face.png",))
    gone = MessageSnapshot(1, 2, 3, None)
    for details in (
        CaseDetails(),
        CaseDetails(60, silent=True),
        CaseDetails(message=message),
        CaseDetails(message=gone),
    ):
        assert CaseDetails.read(details.stored()) == details
    assert CaseDetails.read({"delete_message_seconds": "much", "new": 1}) == CaseDetails()
    for broken in ("hello", {"channel_id": "1"}, {"channel_id": "x", "message_id": "2", "author_id": None}):
        assert CaseDetails.read({"message": broken}) == CaseDetails()


def test_pauses_grow_up_to_their_bound_and_presets_are_read_from_a_line() -> None:
    assert [pause_after(tries).total_seconds() for tries in (1, 2, 3)] == [1, 2, 4]
    assert pause_after(60, LONGEST_WITHOUT_PERMISSION) == LONGEST_WITHOUT_PERMISSION
    assert ModerationSettings(reasons=" Spam;; Scam ;Spam").presets(str.upper) == ("Spam", "Scam")
    assert ModerationSettings().presets(str.upper)[:2] == ("SPAM", "ADVERTISING"), "which nobody chose"
