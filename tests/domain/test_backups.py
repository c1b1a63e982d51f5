"""Which old backups are kept, and whose turn it is to make one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.backups import FIRST_RETRY, LEASE, BackupState, Retention, kept

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EVERY = timedelta(hours=6)

moments = st.sets(st.integers(-10_000, 4_000_000).map(lambda minutes: NOW - timedelta(minutes=minutes)), max_size=120)
retentions = st.builds(Retention, st.integers(0, 10), st.integers(0, 40), st.integers(0, 60))


@given(moments, retentions)
def test_the_newest_and_all_young_ones_are_kept_and_never_more_than_the_rule_has_room_for(
    made: set[datetime], retention: Retention
) -> None:
    keep = kept(made, NOW, retention)
    assert keep <= made
    assert not made or max(made) in keep
    young = {one for one in made if one > NOW - timedelta(days=retention.whole_days)}
    assert young <= keep
    assert len(keep) <= len(young) + retention.daily + retention.weekly + 1


@given(moments, retentions)
def test_what_was_kept_is_kept_again(made: set[datetime], retention: Retention) -> None:
    keep = kept(made, NOW, retention)
    assert kept(keep, NOW, retention) == keep


@given(moments, retentions)
def test_every_day_and_week_that_is_not_too_old_keeps_one(made: set[datetime], retention: Retention) -> None:
    keep = kept(made, NOW, retention)
    old = sorted(one for one in made if one <= NOW - timedelta(days=retention.whole_days))
    days = sorted({one.date() for one in old}, reverse=True)
    for day in days[: retention.daily]:
        newest = max(one for one in old if one.date() == day)
        assert newest in keep
    before = {one for one in old if one.date() in days[retention.daily :]}
    weeks = sorted({one.isocalendar()[:2] for one in before}, reverse=True)
    for week in weeks[: retention.weekly]:
        assert max(one for one in before if one.isocalendar()[:2] == week) in keep


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 23), st.integers(0, 59))
def test_two_years_of_backups_leave_a_week_whole_a_month_of_days_and_a_year_of_weeks(hour: int, minute: int) -> None:
    retention, now = Retention(), NOW.replace(hour=hour, minute=minute)
    there: frozenset[datetime] = frozenset()
    for _ in range(2 * 365 * 4):
        now += EVERY
        there = kept({*there, now}, now, retention)
    ages = sorted(now - one for one in there)
    assert len([age for age in ages if age < timedelta(days=7)]) == 28
    by_day = {one.date() for one in there}
    assert all((now - timedelta(days=days)).date() in by_day for days in range(8 + 29))
    by_week = {one.isocalendar()[:2] for one in there}
    assert all((now - timedelta(weeks=weeks)).isocalendar()[:2] in by_week for weeks in range(56))
    assert len(there) <= 28 + 30 + 52
    assert ages[-1] < timedelta(days=7 * 60)


def test_a_bot_that_was_away_for_a_year_finds_what_it_left() -> None:
    made = {NOW - timedelta(days=400 + days) for days in range(20)}
    assert kept(made, NOW, Retention()) == made


def test_the_turn_is_one_process_s_until_it_is_done_or_silent_for_too_long() -> None:
    first = BackupState().claimed(1, NOW)
    assert first is not None
    assert first.claimed(2, NOW + LEASE - timedelta(seconds=1)) is None
    longer = first.renewed(1, NOW + LEASE / 2)
    assert longer is not None
    assert longer.claimed(2, NOW + LEASE) is None
    second = longer.claimed(2, NOW + 2 * LEASE)
    assert second is not None
    # The first one comes back to what is no longer its own.
    assert second.renewed(1, NOW) is None
    assert second.succeeded(1, began_at=NOW, size=1, seconds=1, due_at=NOW) is None
    assert second.failed_again(1, reason="x", now=NOW, every=EVERY) is None
    assert second.given_back(1) is None
    done = second.succeeded(2, began_at=NOW, size=10, seconds=1, due_at=NOW + EVERY)
    assert done is not None
    assert (done.last_at, done.last_bytes, done.made, done.token) == (NOW, 10, 1, None)
    assert done.claimed(3, NOW + EVERY - timedelta(seconds=1)) is None
    assert done.claimed(3, NOW + EVERY) is not None


def test_a_failure_is_counted_and_tried_again_sooner_than_usual_then_less_and_less_often() -> None:
    state, pauses = BackupState(last_at=NOW), list[timedelta]()
    for _ in range(7):
        taken = state.claimed(1, state.due_at or NOW)
        assert taken is not None
        failed = taken.failed_again(1, reason="the disk is full", now=NOW, every=EVERY)
        assert failed is not None
        assert failed.due_at is not None
        pauses.append(failed.due_at - NOW)
        state = failed
    assert pauses == [FIRST_RETRY, *(FIRST_RETRY * 2**n for n in (1, 2, 3, 4)), EVERY, EVERY]
    assert (state.failed, state.failed_in_a_row, state.error, state.last_at) == (7, 7, "the disk is full", NOW)
    taken = state.claimed(1, NOW + EVERY)
    done = taken and taken.succeeded(1, began_at=NOW, size=1, seconds=1, due_at=NOW)
    assert done is not None
    assert (done.failed, done.failed_in_a_row, done.error) == (7, 0, None)


def test_late_is_older_than_two_intervals() -> None:
    assert not BackupState().is_late(NOW, EVERY)
    assert not BackupState(last_at=NOW - 2 * EVERY).is_late(NOW, EVERY)
    assert BackupState(last_at=NOW - 2 * EVERY - timedelta(seconds=1)).is_late(NOW, EVERY)
