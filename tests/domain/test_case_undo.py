"""What can be undone, and what is said where it can't, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.case_undo import UNDONE_BY, since, why_not
from bot.domain.cases import Case, CaseChange, CaseKind, CaseSource, CaseState, EndReason
from bot.ui.phrases import said

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def case(kind: CaseKind = CaseKind.BAN, state: CaseState = CaseState.ACTIVE, **more: object) -> Case:
    return replace(Case(1, 9, kind, state, 7, 8, None, CaseSource.COMMAND, NOW), **more)


@pytest.mark.parametrize("kind", list(CaseKind))
def test_every_kind_can_be_undone_or_says_why_not(kind: CaseKind) -> None:
    found = case(kind, CaseState.ACTIVE if kind.lasts else CaseState.ENDED)
    assert (why_not(found) is None) == (kind in UNDONE_BY)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (case(state=CaseState.FAILED), "never done"),
        (case(CaseKind.KICK, CaseState.FAILED), "never done"),
        (case(state=CaseState.APPLYING), "still under way"),
        (case(state=CaseState.PLANNED), "still under way"),
        (case(CaseKind.WARN, CaseState.VOID), "taken back already"),
        (case(state=CaseState.SUPERSEDED, superseded_by=14), "Case #14 took its place"),
        (case(state=CaseState.ENDED, ended_at=NOW, end_reason=EndReason.EXPIRED), "Its time was up <t:"),
        (case(state=CaseState.ENDED, ended_at=NOW, end_reason=EndReason.LIFTED, ended_by=5), "<@5> lifted it already"),
        (case(state=CaseState.ENDED, ended_at=NOW, end_reason=EndReason.OUTSIDE), "Somebody lifted it by hand"),
        (case(CaseKind.KICK, CaseState.ENDED, ended_at=NOW), "Only they themselves can come back"),
    ],
)
def test_what_holds_no_more_says_what_became_of_it(found: Case, words: str) -> None:
    reason = why_not(found)
    assert reason is not None
    assert words in said(reason)


def test_it_is_said_what_was_edited_since_what_followed_and_that_points_are_over() -> None:
    warning = case(CaseKind.WARN, expires_at=NOW)
    changes = [
        CaseChange(9, number, field, "a", "b", 5, NOW, CaseSource.COMMAND)
        for number, field in enumerate(["state", "reason", "points", "reason"], 1)
    ]
    held, over = case(CaseKind.TIMEOUT, number=10), case(CaseKind.TIMEOUT, CaseState.ENDED, number=11)
    assert [said(one) for one in since(warning, changes, [held, over], NOW)] == [
        "<@5> changed it since: reason, points.",
        "Its points don't count any more.",
        "Case #10 (Timeout) followed from it, and stays unless you undo it, too.",
    ]
    assert list(since(warning, changes[:1], [over], NOW - timedelta(seconds=1))) == []
