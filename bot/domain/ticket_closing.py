"""How tickets end: what is written as one begins to close, which stage comes after which, and who may rate it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.domain.ticket_flow import after_member, not_waiting, waiting, working
from bot.domain.tickets import Because, Stage, Status, Ticket

WAITS_FOR_RETURN = timedelta(days=1)
"""How long a ticket stays open whose member left, where the server wants that."""

CHANGEABLE = timedelta(hours=24)
"""How long a rating can be changed."""

_STAGES = tuple(Stage)


def stage_after(stage: Stage) -> Stage | None:
    """The stage that comes then; None: it is closed."""
    place = _STAGES.index(stage) + 1
    return _STAGES[place] if place < len(_STAGES) else None


def closing(now: datetime, *, by: int | None, because: Because, reason: str | None) -> dict[str, Any]:
    """What a ticket has from the moment on in which it is closed."""
    return {
        **not_waiting(),
        "status": Status.CLOSING,
        "stage": Stage.SEAL,
        "closed_at": now,
        "closed_by": by,
        "closed_because": because,
        "close_reason": reason,
    }


def reopened(ticket: Ticket, slot: int) -> dict[str, Any]:
    """What a closed ticket has that is gone on with. The next closing has a copy and a rating of its own."""
    return {
        "status": working(ticket),
        "slot": slot,
        "stage": None,
        "closed_at": None,
        "closed_by": None,
        "closed_because": None,
        "close_reason": None,
        "deletes_at": None,
        "resolved_at": None,
        "letter": None,
        "rating": None,
        "feedback": None,
        "rated_at": None,
    }


def can_reopen(ticket: Ticket, now: datetime) -> bool:
    """Whether its channel is still there, and will be for a moment."""
    return not ticket.gone and (ticket.deletes_at is None or ticket.deletes_at > now)


def asked(now: datetime, *, by: int, ask_for: int) -> dict[str, Any]:
    """What a ticket has whose member is asked whether it may be closed; `ask_for` in seconds."""
    until = now + timedelta(seconds=ask_for)
    question = {"asked_by": by, "asked_at": now, "closes_at": until, "closes_because": Because.UNANSWERED}
    return {**not_waiting(), **question}


def denied(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """What a ticket has whose member wants to go on with it."""
    return {**after_member(ticket, now), **not_waiting()}


def ends_after_warning(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """What a ticket has whose member is warned now: all the time that lies between the warning and the end."""
    if ticket.warns_at is None or ticket.closes_at is None:
        return {"warns_at": None}
    return {"warns_at": None, "closes_at": max(ticket.closes_at, now + (ticket.closes_at - ticket.warns_at))}


def forsaken(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """What a ticket has whose member left: a day, or less if it was to be closed sooner."""
    until = now + WAITS_FOR_RETURN
    if ticket.closes_at is not None and ticket.closes_at <= until:
        return {"warns_at": None}
    return {**not_waiting(), "closes_at": until, "closes_because": Because.LEFT}


def regained(ticket: Ticket, now: datetime, *, auto_close: int, warn_before: int) -> dict[str, Any]:
    """What a ticket has whose member came back: if it waits for them, the time for that begins anew."""
    if ticket.closes_because is not Because.LEFT:
        return {}
    if ticket.status is Status.WAITING:
        return waiting(now, auto_close=auto_close, warn_before=warn_before)
    return not_waiting()


def changeable_until(ticket: Ticket) -> datetime | None:
    """Until when the rating can be changed; None: there is none yet."""
    return None if ticket.rated_at is None else ticket.rated_at + CHANGEABLE
