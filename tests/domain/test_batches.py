"""The rules of batches: when one is likely to end, what a bar shows, and what a result file holds."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.batches import (
    GIVE_UP_AFTER,
    MAX_TARGETS,
    STUCK_FOR,
    Batch,
    BatchState,
    Counts,
    Done,
    Failed,
    ItemState,
    Later,
    Plan,
    Planned,
    Result,
    as_csv,
    as_json,
    judged,
)
from bot.domain.outbox import Button, ButtonStyle, Payload
from bot.errors import TooManyTargets
from bot.ui.progress import BAR, bar

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def batch(done: int, *, planned: int = 100, skipped: int = 20, ran: float = 0) -> Batch:
    return Batch(
        guild_id=1, id=2, kind="gift", title="Give", parameters={}, language="en", per_turn=5, asked_by=3,
        state=BatchState.RUNNING, counts=Counts(planned + skipped, done, 0, skipped), planned=planned, channel_id=None,
        created_at=NOW, started_at=NOW - timedelta(seconds=ran), cancelled_at=None, finished_at=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("done", "ran", "left"), [(0, 0, 20), (0, 60, 20), (50, 3, 10), (50, 20, 20), (25, 20, 60), (99, 99, 1)]
)
def test_the_end_is_expected_by_the_speed_so_far_and_at_first_by_the_kinds_own(
    done: int, ran: float, left: float
) -> None:
    assert batch(done, ran=ran).expected_end(NOW) == NOW + timedelta(seconds=left)


@pytest.mark.parametrize(
    ("settled", "total", "filled"), [(0, 9, 0), (1, 900, 1), (5, 10, 10), (899, 900, 19), (9, 9, 20)]
)
def test_a_bar_is_full_at_the_end_and_not_before(settled: int, total: int, filled: int) -> None:
    assert bar(settled, total) == "▰" * filled + "▱" * (BAR - filled)
    assert bar(0, 0) == "▰" * BAR


NONE, MOMENT = timedelta(0), timedelta(microseconds=1)


def test_what_may_work_later_fails_when_there_is_no_later() -> None:
    later = Later("away", timedelta(seconds=1))
    assert judged(later, GIVE_UP_AFTER - MOMENT, STUCK_FOR - MOMENT, cancelled=False) == later
    assert judged(later, GIVE_UP_AFTER, NONE, cancelled=False) == Failed("away")
    assert judged(later, STUCK_FOR, STUCK_FOR, cancelled=False) == Failed("away")
    assert judged(later, NONE, NONE, cancelled=True) == Failed("away")
    assert judged(Done(), GIVE_UP_AFTER, STUCK_FOR, cancelled=True) == Done()


def test_who_is_stuck_is_tried_ever_more_rarely_and_never_before_discord_says() -> None:
    later = Later("away", timedelta(seconds=5))
    assert [later.pause(timedelta(seconds=stuck)).seconds for stuck in (0, 9, 60, 3_000)] == [5, 5, 30, 300]
    assert Later("wait", timedelta(minutes=9)).pause(timedelta(minutes=50)) == timedelta(minutes=9)


def test_a_plan_is_bounded_and_tells_who_is_left_out() -> None:
    with pytest.raises(TooManyTargets):
        Plan("a", "b", [Planned(number, "x") for number in range(MAX_TARGETS + 1)])
    plan = Plan("a", "b", [Planned(1, "x"), Planned(2, "y", "a bot"), Planned(3, "z", "gone"), Planned(4, "w", "gone")])
    assert (plan.wanted, plan.left_out) == (1, [("gone", 2), ("a bot", 1)])


def test_a_file_keeps_every_digit_and_letter_and_no_cell_is_a_formula() -> None:
    results = [
        Result(2**60 + 1, "Zoë, “the” 🦊", ItemState.DONE, None, None, NOW),
        Result(2, "@SUM(1)", ItemState.FAILED, "=1+1", "-2\n+3", None),
    ]
    rows = list(csv.reader(io.StringIO(as_csv(results).decode("utf-8-sig"))))
    assert rows[1] == [str(2**60 + 1), "Zoë, “the” 🦊", "done", "", "", "2026-01-01T00:00:00+00:00"]
    assert rows[2] == ["2", "'@SUM(1)", "failed", "'=1+1", "'-2\n+3", ""]
    first, second = json.loads(as_json(results))
    assert (first["id"], first["name"], second["name"], second["at"]) == (
        str(2**60 + 1), "Zoë, “the” 🦊", "@SUM(1)", None,
    )  # fmt: skip


def test_buttons_of_a_message_are_kept_and_rows_from_before_them_have_none() -> None:
    payload = Payload("a", buttons=(Button("Cancel", "batches:cancel:v1:5", ButtonStyle.DANGER),))
    assert Payload.from_json(payload.to_json()) == payload
    stored = Payload("a").to_json()
    del stored["buttons"]
    assert Payload.from_json(stored) == Payload("a")
