"""What staff does to a ticket: how urgent it becomes, what it is called, how it is tagged, who it may be given to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.ticket_flow import not_waiting, waiting
from bot.domain.tickets import MAX_TAG, MOST_TAGS, Because, Mode, Priority, Status, Ticket

MAX_NOTE = 1_500
MAX_CHANNEL_NAME = 100

SETTABLE = (Status.IN_PROGRESS, Status.WAITING, Status.ON_HOLD, Status.RESOLVED)
"""The statuses that staff sets; the others follow from what is done."""

_SEPARATORS = re.compile(r"[,;\n]+")


@dataclass(frozen=True)
class Load:
    """How much somebody of staff has to do, and whether they are there for more."""

    user_id: int
    on_duty: bool
    open: int
    """Tickets that they have."""
    most: int
    """As many they may have."""

    @property
    def has_room(self) -> bool:
        """Whether one more may be given to them."""
        return self.open < self.most


def raised(priority: Priority) -> Priority:
    """The next higher priority, if there is one."""
    return Priority(min(priority + 1, Priority.URGENT))


def tags_of(written: str) -> tuple[str, ...] | None:
    """Tags that somebody wrote, divided by commas, each once and in small letters; None: too many, or one too long."""
    found = tuple(dict.fromkeys(" ".join(one.split()).casefold() for one in _SEPARATORS.split(written) if one.strip()))
    return None if len(found) > MOST_TAGS or any(len(one) > MAX_TAG for one in found) else found


def channel_name(written: str, ticket: Ticket) -> str:
    """A name as Discord writes it; that of a thread keeps the ticket's number. Empty: nothing of it can be used."""
    words = " ".join(written.split())
    if not words:
        return ""
    if ticket.mode is Mode.CHANNEL:
        return words.replace(" ", "-").lower()[:MAX_CHANNEL_NAME]
    number = str(ticket.number)
    return words[:MAX_CHANNEL_NAME] if number in words else f"{words[: MAX_CHANNEL_NAME - len(number) - 1]}-{number}"


def claimed_by(ticket: Ticket, user_id: int) -> dict[str, Any]:
    """What a ticket has that somebody takes, or is given. What it waits for, it goes on waiting for."""
    status = Status.CLAIMED if ticket.status is Status.OPEN else ticket.status
    return {"assignee_id": user_id, "status": status}


def given_back(ticket: Ticket) -> dict[str, Any]:
    """What a ticket has that nobody has any more."""
    is_worked_on = ticket.status in {Status.CLAIMED, Status.IN_PROGRESS}
    return {"assignee_id": None, "status": Status.OPEN if is_worked_on else ticket.status}


def set_to(ticket: Ticket, status: Status, now: datetime, *, auto_close: int, warn_before: int) -> dict[str, Any]:
    """What a ticket has that staff sets to one of `SETTABLE`.

    Only one that waits for its member is closed for silence; a question whether it may be closed is withdrawn. That its
    member left still counts.
    """
    has_left = ticket.closes_because is Because.LEFT
    if status is Status.WAITING and not has_left:
        return waiting(now, auto_close=auto_close, warn_before=warn_before)
    values: dict[str, Any] = {"status": status, **({} if has_left else not_waiting())}
    if status is Status.RESOLVED:
        values["resolved_at"] = now
    return values
