"""What is kept of messages, edits and files, and what a message does to its ticket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.proof import MOST_BYTES
from bot.domain.ticket_flow import after_message
from bot.domain.ticket_record import (
    ANY_BYTES,
    MOST_VERSIONS,
    Deleted,
    Edited,
    Missing,
    RecordedMessage,
    after,
    file_name,
    type_of,
    why_not,
)
from bot.domain.tickets import Because, Mode, Origin, Status, Ticket

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALICE, STAFF, GUEST = 1, 2, 3


def said(author: int = ALICE, *, at: datetime = NOW, is_staff: bool = False, internal: bool = False) -> RecordedMessage:
    return RecordedMessage(5, author, "somebody", is_staff, is_bot=False, internal=internal, content="0", sent_at=at)


def ticket(status: Status = Status.OPEN, **values: object) -> Ticket:
    made: dict[str, object] = {
        "guild_id": 1, "number": 1, "topic_id": 1, "opener_id": ALICE, "opened_by": ALICE, "origin": Origin.PANEL,
        "status": status, "status_at": NOW, "mode": Mode.CHANNEL, "slot": 1, "key": "i:1", "opened_at": NOW,
    }  # fmt: skip
    return Ticket(**(made | values))  # pyright: ignore[reportArgumentType]


def consequences(of: Ticket, message: RecordedMessage, *, claims: bool = False) -> dict[str, object]:
    return after_message(of, message, auto_close=3_600, warn_before=600, first_answer_claims=claims)


def test_of_many_versions_the_first_and_the_newest_are_kept() -> None:
    message = said()
    for number in range(1, 2 * MOST_VERSIONS):
        message = after(message, Edited(1, 1, 5, str(number), (), NOW + timedelta(seconds=number)))
    contents = [one.content for one in message.versions]
    assert (len(contents), contents[0], contents[-1]) == (MOST_VERSIONS, "0", str(2 * MOST_VERSIONS - 2))
    assert message.content == str(2 * MOST_VERSIONS - 1)


def test_what_is_shown_below_a_message_later_is_no_edit_of_it() -> None:
    shown = after(said(), Edited(1, 1, 5, "0", ({"title": "A page"},), None))
    assert (shown.versions, shown.edited_at, shown.embeds) == ((), None, ({"title": "A page"},))


def test_a_message_that_is_deleted_twice_was_deleted_the_first_time() -> None:
    gone = after(said(), Deleted(1, 1, 5, NOW))
    assert after(gone, Deleted(1, 1, 5, NOW + timedelta(hours=1))).deleted_at == NOW


@pytest.mark.parametrize(
    ("name", "kept"),
    [("sheep.png", "sheep.png"), ("../../etc/passwd", "passwd"), ("C:\\x\\a.txt", "a.txt"), ("\u202eevil\n", "evil"),
     ("/", "file"), ("x" * 300, "x" * 200)],
)  # fmt: skip
def test_names_of_files_lead_nowhere(name: str, kept: str) -> None:
    assert file_name(name) == kept


def test_files_are_what_their_bytes_are() -> None:
    assert type_of(b"\x89PNG\r\n\x1a\n") == "image/png"
    assert type_of(b"<script>alert(1)</script>") == "text/plain"
    assert type_of(b"MZ\x00\x01") == ANY_BYTES
    assert [why_not(size) for size in (0, 1, MOST_BYTES, MOST_BYTES + 1)] == [
        Missing.EMPTY, None, None, Missing.TOO_BIG,
    ]  # fmt: skip


def test_a_guest_who_writes_ends_the_waiting_as_the_member_does() -> None:
    waits = ticket(Status.WAITING, closes_at=NOW, closes_because=Because.SILENCE)
    for author in (ALICE, GUEST):
        values = consequences(waits, said(author))
        assert (values["status"], values["closes_at"]) == (Status.OPEN, None)


def test_whoever_opened_a_ticket_answers_it_never() -> None:
    assert "first_response_at" not in consequences(ticket(), said(ALICE, is_staff=True), claims=True)


def test_notes_and_messages_of_tickets_that_are_over_change_nothing() -> None:
    assert consequences(ticket(), said(STAFF, is_staff=True, internal=True)) == {}
    assert consequences(ticket(Status.CLOSING), said()) == {}


def test_the_first_answer_claims_only_what_nobody_has() -> None:
    answer = said(STAFF, is_staff=True)
    assert consequences(ticket(), answer, claims=True)["assignee_id"] == STAFF
    assert "assignee_id" not in consequences(ticket(), answer)
    assert "assignee_id" not in consequences(ticket(assignee_id=9), answer, claims=True)
