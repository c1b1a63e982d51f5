"""Finding tickets, and knowing how they went: what staff asks for, who may see it, and medians."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from bot.domain.tickets import Priority, Status, Ticket

MOST_DAYS = 365
MOST_COUNTED = 5_000
"""Tickets that statistics are made of: the newest of the period."""


class View(StrEnum):
    """Which tickets are listed."""

    OPEN = "o"
    """All that are not over, the newest first; of a status that is over, these."""
    MINE = "m"
    """Those that whoever asks takes care of."""
    UNCLAIMED = "u"
    """Those that nobody takes care of."""
    WAITING = "w"
    """Those that wait for staff, the longest first."""


@dataclass(frozen=True)
class TicketFilter:
    """What is asked for; None: any."""

    view: View = View.OPEN
    topic_id: int | None = None
    agent_id: int | None = None
    status: Status | None = None
    priority: Priority | None = None


_STATUSES = tuple(Status)
PACKED = r"[omuw]\.[0-9a-f]{0,16}\.[0-9a-f]{0,16}\.\d{0,2}\.[1-4]?"
"""The pattern of a packed filter."""


def packed(wanted: TicketFilter) -> str:
    """A filter as a custom id carries it."""
    ids = ("" if one is None else f"{one:x}" for one in (wanted.topic_id, wanted.agent_id))
    status = "" if wanted.status is None else str(_STATUSES.index(wanted.status))
    return ".".join((wanted.view, *ids, status, "" if wanted.priority is None else str(int(wanted.priority))))


def unpacked(text: str) -> TicketFilter:
    """What `packed` wrote; of what fits its pattern and never was a filter, whatever comes near."""
    view, topic, agent, status, priority = text.split(".")
    return TicketFilter(
        View(view),
        min(int(topic, 16), 2**63 - 1) if topic else None,
        min(int(agent, 16), 2**63 - 1) if agent else None,
        _STATUSES[int(status)] if status and int(status) < len(_STATUSES) else None,
        Priority(int(priority)) if priority else None,
    )


@dataclass(frozen=True)
class Reach:
    """Of which topics somebody sees tickets. `topics` None: of all."""

    topics: frozenset[int] | None
    called: frozenset[int] = frozenset()
    """Topics of which they see those that were escalated."""


def waiting_since(ticket: Ticket) -> datetime | None:
    """Since when a ticket waits for staff; None if it does not."""
    if ticket.status not in {Status.OPEN, Status.CLAIMED, Status.IN_PROGRESS}:
        return None
    if ticket.last_staff_at is None:
        return ticket.opened_at
    said = ticket.last_member_at
    return said if said is not None and said > ticket.last_staff_at else None


# How they went --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Course:
    """How one ticket went."""

    topic_id: int
    agent_id: int | None
    responded: timedelta | None
    """How long the member waited for the first answer."""
    resolved: timedelta | None
    rating: int | None


@dataclass(frozen=True)
class Medians:
    """How tickets went, in the middle; None where there is nothing to count."""

    count: int
    responded: timedelta | None
    resolved: timedelta | None
    rating: float | None
    rated: int
    """How many were rated."""


@dataclass(frozen=True)
class TicketStats:
    """How the tickets of a period went: all, by topic and by who took care of them, most first."""

    days: int
    all: Medians
    topics: Sequence[tuple[str, Medians]]
    agents: Sequence[tuple[int, Medians]]
    cut: bool
    """Whether there were more than `MOST_COUNTED`, of which these are the newest."""


def medians(courses: Iterable[Course]) -> Medians:
    """How these went."""
    found = list(courses)
    ratings = [one.rating for one in found if one.rating is not None]
    return Medians(
        len(found),
        _middle(one.responded for one in found),
        _middle(one.resolved for one in found),
        float(median(ratings)) if ratings else None,
        len(ratings),
    )


def _middle(lengths: Iterable[timedelta | None]) -> timedelta | None:
    seconds = [one.total_seconds() for one in lengths if one is not None]
    return timedelta(seconds=round(median(seconds))) if seconds else None
