"""Filters of tickets fit into buttons, and what waits for staff is told apart from what waits for the member."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ticket_search import PACKED, Course, TicketFilter, View, medians, packed, unpacked, waiting_since
from bot.domain.tickets import EventKind, Mode, Origin, Priority, Status, Ticket
from bot.domain.transcripts import HISTORY
from tests.support.ticket_record import GUILD, MEMBER, NOW
from tests.support.tickets import TOPIC

IDS = st.none() | st.integers(1, 2**63 - 1)
FILTERS = st.builds(
    TicketFilter, st.sampled_from(View), IDS, IDS,
    st.none() | st.sampled_from(Status), st.none() | st.sampled_from(Priority),
)  # fmt: skip


@given(FILTERS)
def test_a_filter_comes_back_from_a_button_as_it_went(wanted: TicketFilter) -> None:
    text = packed(wanted)
    assert re.fullmatch(PACKED, text)
    assert unpacked(text) == wanted
    longest = f"ticket:waiting:v1:{2**63 - 1}:{2**63 - 1}:n:{text}"
    assert len(longest) <= 100


@given(st.from_regex(PACKED, fullmatch=True))
def test_whatever_fits_the_pattern_is_a_filter(text: str) -> None:
    wanted = unpacked(text)
    assert unpacked(packed(wanted)) == wanted


@pytest.mark.parametrize(
    ("status", "member", "staff", "since"),
    [
        (Status.OPEN, None, None, 0),
        (Status.OPEN, 5, None, 0),
        (Status.IN_PROGRESS, 9, 5, 9),
        (Status.IN_PROGRESS, 5, 9, None),
        (Status.WAITING, 9, 5, None),
        (Status.ON_HOLD, 9, None, None),
        (Status.CLOSED, 9, 5, None),
    ],
)
def test_a_ticket_waits_for_staff_since_the_member_spoke_last(
    status: Status, member: int | None, staff: int | None, since: int | None
) -> None:
    def after(minutes: int | None) -> timedelta | None:
        return None if minutes is None else timedelta(minutes=minutes)

    said, answered, expected = ((None if one is None else NOW + one) for one in map(after, (member, staff, since)))
    ticket = Ticket(
        guild_id=GUILD, number=1, topic_id=TOPIC, opener_id=MEMBER, opened_by=MEMBER, origin=Origin.PANEL,
        status=status, status_at=NOW, mode=Mode.CHANNEL, slot=1, key="i:1", opened_at=NOW,
        last_member_at=said, last_staff_at=answered,
    )  # fmt: skip
    assert waiting_since(ticket) == expected


def test_one_ticket_that_took_very_long_changes_no_median() -> None:
    took = [timedelta(minutes=one) for one in (1, 2, 3, 4, 100_000)]
    found = medians([Course(TOPIC, None, one, None, None) for one in took])
    assert (found.responded, found.resolved, found.rating, found.count) == (timedelta(minutes=3), None, None, 5)


def test_whatever_happens_to_a_ticket_has_words() -> None:
    assert set(HISTORY) == set(EventKind)
