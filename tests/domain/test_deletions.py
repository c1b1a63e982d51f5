"""Whose deletion it can be told was a moderator's."""

from __future__ import annotations

import pytest

from bot.domain.deletions import Deleted, Series, by_others

ALICE, BOB, HERE, THERE = 71, 72, 20, 21
BEGAN = 1_000


def gone(message_id: int, user_id: int = ALICE, channel_id: int = HERE) -> Deleted:
    return Deleted(message_id, user_id, channel_id)


@pytest.mark.parametrize(
    ("series", "known", "expected"),
    [
        ([], {}, set()),
        ([Series(BEGAN, ALICE, HERE, 2)], {}, {1, 2}),
        ([Series(BEGAN, ALICE, HERE, 1)], {}, set()),
        ([Series(BEGAN, ALICE, HERE, 1), Series(BEGAN + 1, ALICE, HERE, 1)], {}, {1, 2}),
        ([Series(BEGAN, ALICE, THERE, 2), Series(BEGAN + 1, BOB, HERE, 2)], {}, set()),
        ([Series(BEGAN - 1, ALICE, HERE, 9)], {}, set()),
        ([Series(BEGAN - 1, ALICE, HERE, 9)], {BEGAN - 1: 7}, {1, 2}),
        ([Series(BEGAN - 1, ALICE, HERE, 9)], {BEGAN - 1: 8}, set()),
        ([Series(BEGAN, ALICE, HERE, 2)], {BEGAN: 2}, set()),
    ],
)
def test_messages_are_counted_against_what_the_audit_log_grew_by(
    series: list[Series], known: dict[int, int], expected: set[int]
) -> None:
    assert by_others([gone(1), gone(2)], series, known, since=BEGAN) == expected


def test_members_and_channels_are_told_apart() -> None:
    series = [Series(BEGAN, ALICE, HERE, 1), Series(BEGAN + 1, BOB, THERE, 1)]
    deleted = [gone(1), gone(2, channel_id=THERE), gone(3, BOB), gone(4, BOB, THERE)]
    assert by_others(deleted, series, {}, since=BEGAN) == {1, 4}
