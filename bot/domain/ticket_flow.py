"""What a message or a word of staff does to a ticket's status, and when one that waits is closed for silence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.domain.ticket_record import RecordedMessage
from bot.domain.tickets import Because, Status, Ticket

_WORKED_ON = {Status.OPEN, Status.CLAIMED, Status.IN_PROGRESS}


def not_waiting() -> dict[str, Any]:
    """What a ticket has that is not about to be closed."""
    return {"warns_at": None, "closes_at": None, "closes_because": None, "asked_by": None, "asked_at": None}


def waiting(now: datetime, *, auto_close: int, warn_before: int) -> dict[str, Any]:
    """What a ticket has that waits for its member; both times in seconds, `auto_close` 0: for ever."""
    values = {"status": Status.WAITING, **not_waiting()}
    if auto_close:
        end = now + timedelta(seconds=auto_close)
        warning = end - timedelta(seconds=warn_before)
        values |= {"closes_at": end, "closes_because": Because.SILENCE, "warns_at": warning if warning > now else None}
    return values


def working(ticket: Ticket) -> Status:
    """What a ticket is that somebody may go on with."""
    return Status.OPEN if ticket.assignee_id is None else Status.IN_PROGRESS


def after_member(ticket: Ticket, at: datetime) -> dict[str, Any]:
    """What changes when the member writes: it waits for them no more.

    One on hold stays so, and so does a question of staff whether it may be closed, for only an answer to that answers
    it.
    """
    values: dict[str, Any] = {"last_member_at": at}
    if ticket.status in {Status.WAITING, Status.RESOLVED}:
        values |= {"status": working(ticket)}
    if ticket.closes_because is Because.SILENCE:
        values |= not_waiting()
    return values


def after_staff(ticket: Ticket, at: datetime, *, auto_close: int, warn_before: int) -> dict[str, Any]:
    """What changes when staff answers in public: the first response is noted, and it waits for the member.

    Where it is to be closed for another reason than silence, the deadline of that stays.
    """
    values: dict[str, Any] = {"last_staff_at": at}
    if ticket.first_response_at is None:
        values["first_response_at"] = at
    if ticket.closes_because not in {None, Because.SILENCE}:
        return values | ({"status": Status.WAITING} if ticket.status in _WORKED_ON else {})
    if ticket.status in _WORKED_ON or ticket.status is Status.WAITING:
        values |= waiting(at, auto_close=auto_close, warn_before=warn_before)
    return values


def after_message(
    ticket: Ticket, message: RecordedMessage, *, auto_close: int, warn_before: int, first_answer_claims: bool
) -> dict[str, Any]:
    """What a message changes that was said in public; nothing if a bot said it, or the ticket is not worked on.

    Guests are on the member's side: what they write is not silence. Whoever opened a ticket is its member in it, even
    if they are staff elsewhere. A message that is heard of after a later one may be the first response, and no more.
    """
    if message.is_bot or message.internal or not ticket.status.is_live:
        return {}
    by_staff, at = message.is_staff and message.author_id != ticket.opener_id, message.sent_at
    if any(one is not None and at < one for one in (ticket.last_member_at, ticket.last_staff_at)):
        is_first = by_staff and (ticket.first_response_at is None or at < ticket.first_response_at)
        return {"first_response_at": at} if is_first else {}
    if not by_staff:
        return after_member(ticket, at)
    values = after_staff(ticket, at, auto_close=auto_close, warn_before=warn_before)
    if first_answer_claims and ticket.assignee_id is None:
        values["assignee_id"] = message.author_id
    return values
