"""Tickets: what one is, how far it is, and what is to be done about it next.

A ticket's row is the truth. What Discord has of it (a channel or thread, who sees it, its messages) follows from the
row, and whatever is owed to Discord is found again from the row alone: `next_step`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

COUNTER = "tickets"
"""The guild's counter that gives tickets their numbers."""

MAX_SUBJECT = 100
MAX_REASON = 400
MAX_FEEDBACK = 1_000
MAX_DETAIL = 300
MAX_KEY = 120
MAX_TAG = 30
MOST_TAGS = 10
MOST_PARTICIPANTS = 25
MOST_OPEN_AT_ONCE = 25
"""Slots that a topic can have for one member."""

MARKER = "folkmoot-ticket-{number}"
"""In the topic of a ticket's channel: by this a channel is found again whose id could not be written down."""


class Status(StrEnum):
    """How far a ticket is."""

    OPENING = "opening"
    OPEN = "open"
    CLAIMED = "claimed"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    """For the member."""
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSING = "closing"
    CLOSED = "closed"
    FAILED = "failed"
    """It could not be opened."""

    @property
    def is_live(self) -> bool:
        """Whether people work on it."""
        return self not in {Status.OPENING, Status.CLOSING, Status.CLOSED, Status.FAILED}

    @property
    def is_over(self) -> bool:
        """Whether it holds no slot any more."""
        return self in {Status.CLOSED, Status.FAILED}


class Mode(StrEnum):
    """What a ticket is on Discord."""

    CHANNEL = "channel"
    THREAD = "thread"


class ClaimMode(StrEnum):
    """What a claim does to the rest of staff."""

    NOTHING = "nothing"
    READ_ONLY = "read_only"
    HIDDEN = "hidden"


class OnLeave(StrEnum):
    """What becomes of a ticket whose member leaves the server."""

    CLOSE = "close"
    KEEP = "keep"
    WAIT = "wait"
    """A day, and then it is closed unless they came back."""


class Origin(StrEnum):
    """Whence a ticket was opened."""

    PANEL = "panel"
    COMMAND = "command"
    MESSAGE = "message"
    STAFF = "staff"
    FOLLOW_UP = "follow_up"


class Priority(IntEnum):
    """How urgent a ticket is."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


class Stage(StrEnum):
    """How far the closing of a ticket is. Each is done, written down, and then the next begins."""

    SEAL = "seal"
    """What was said is caught up with for the last time."""
    POST = "post"
    """The transcript goes to staff's channel."""
    LETTER = "letter"
    """The member gets their copy and is asked for a rating."""
    LOCK = "lock"
    """The member can write no more; the channel is deleted after the grace."""


class Because(StrEnum):
    """Why a ticket is about to be closed, or was."""

    PERSON = "person"
    """Somebody closed it."""
    AGREED = "agreed"
    """Staff asked, and the member agreed."""
    UNANSWERED = "unanswered"
    """Staff asked, and the member said nothing until the deadline."""
    SILENCE = "silence"
    """It waited for the member for too long."""
    LEFT = "left"
    """The member left the server."""
    GONE = "gone"
    """Its channel was deleted."""
    EXPOSED = "exposed"
    """Others could see it."""


class Failure(StrEnum):
    """Why a ticket could not be opened."""

    PERMISSION = "permission"
    FULL = "full"
    """No category and no thread had room."""
    EXPOSED = "exposed"
    """Outsiders would have seen it."""
    LEFT = "left"
    """The member left meanwhile."""
    REFUSED = "refused"
    """Discord refused it."""
    LATE = "late"
    """It took too long, so that nobody waits for it any more."""


class EventKind(StrEnum):
    """What happens to tickets, as their history tells."""

    OPENED = "opened"
    FAILED = "failed"
    STATUS = "status"
    CLAIMED = "claimed"
    UNCLAIMED = "unclaimed"
    TRANSFERRED = "transferred"
    ADDED = "added"
    REMOVED = "removed"
    PRIORITY = "priority"
    TAGS = "tags"
    ESCALATED = "escalated"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    FROZEN = "frozen"
    THAWED = "thawed"
    MOVED = "moved"
    RENAMED = "renamed"
    NOTE = "note"
    ASKED = "asked"
    DENIED = "denied"
    WARNED = "warned"
    CLOSING = "closing"
    CLOSED = "closed"
    REOPENED = "reopened"
    DELETED = "deleted"
    RATED = "rated"
    LEFT = "left"
    RETURNED = "returned"


@dataclass(frozen=True)
class Quote:
    """The message that a ticket was opened from."""

    channel_id: int
    message_id: int
    author_id: int
    text: str
    """At most 1,000 characters of it."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A ticket as its row says it is. Times are aware."""

    guild_id: int
    number: int
    topic_id: int
    opener_id: int
    opened_by: int
    """Staff who opened it for the member, else the member."""
    origin: Origin
    status: Status
    status_at: datetime
    """Since when."""
    mode: Mode
    slot: int
    key: str
    """What was pressed, so that it is opened once."""
    opened_at: datetime
    subject: str | None = None
    quote: Quote | None = None
    follows: int | None = None
    """The number of the ticket that this one carries on."""
    priority: Priority = Priority.NORMAL
    tags: tuple[str, ...] = ()
    locked: bool = False
    frozen: bool = False
    escalated: bool = False
    assignee_id: int | None = None
    name: str = ""
    """What its channel is called."""
    channel_id: int | None = None
    parent_id: int | None = None
    """The category of its channel, or the channel of its thread."""
    staff_thread_id: int | None = None
    """The private thread with staff's notes."""
    notes: int = 0
    """How many notes staff wrote."""
    noted: int = 0
    """How many of them stand in the thread, or are promised there."""
    name_owed: str | None = None
    """What its channel is to be called, once Discord lets it; None: nothing is owed."""
    parent_owed_id: int | None = None
    """The category that its channel is to be moved to; None: nothing is owed."""
    header_id: int | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    last_member_at: datetime | None = None
    last_staff_at: datetime | None = None
    asked_by: int | None = None
    """Staff who asked whether it may be closed; None: nobody did, or that was answered."""
    asked_at: datetime | None = None
    warns_at: datetime | None = None
    closes_at: datetime | None = None
    closes_because: Because | None = None
    stage: Stage | None = None
    deletes_at: datetime | None = None
    gone: bool = False
    """Whether its channel is deleted."""
    closed_by: int | None = None
    closed_because: Because | None = None
    close_reason: str | None = None
    transcript: tuple[int, int] | None = None
    """Channel and message in which staff's copy is."""
    letter: bool | None = None
    """Whether the member's copy reached them; None: not tried yet, or not wished."""
    rating: int | None = None
    feedback: str | None = None
    rated_at: datetime | None = None
    recorded_to: int | None = None
    """The newest message that is on record, up to which nothing is missing."""
    access: int = 1
    """Counts what changed about who may see and write."""
    applied: int = 0
    """The count of `access` that Discord has."""
    failure: Failure | None = None
    detail: str | None = None
    failed_since: datetime | None = None
    version: int = 1

    @property
    def marker(self) -> str:
        """What people call it: ``#42``."""
        return f"#{self.number}"

    @property
    def channel_marker(self) -> str:
        """By what its channel is found again."""
        return MARKER.format(number=self.number)

    @property
    def place(self) -> tuple[int, int | None] | None:
        """Its channel and the thread of staff's notes; None while it has none, and once that is gone."""
        if self.channel_id is None or self.gone or self.status is Status.FAILED:
            return None
        return self.channel_id, self.staff_thread_id

    @property
    def is_asked(self) -> bool:
        """Whether the member has been asked whether it may be closed."""
        return self.asked_at is not None


@dataclass(frozen=True)
class Claimed:
    """A ticket that this process alone may act on until its lease ends."""

    ticket: Ticket
    token: int
    attempts: int
    """This one included."""
    claimed_at: datetime

    @property
    def guild_id(self) -> int:
        """The guild."""
        return self.ticket.guild_id


class Step(StrEnum):
    """What is to be done about a ticket."""

    OPEN = "open"
    """Finish opening it."""
    ACCESS = "access"
    """Let Discord show it to those who may see it."""
    WARN = "warn"
    """Say that it will be closed for silence."""
    END = "end"
    """Close it: a deadline passed."""
    NOTES = "notes"
    """Show staff's notes in their thread."""
    PLACE = "place"
    """Rename its channel, or move it to another category."""
    CLOSE = "close"
    """Go on with the closing, from its stage."""
    DELETE = "delete"
    """Delete its channel."""


def next_step(ticket: Ticket, now: datetime) -> Step | None:
    """What is to be done now; None: nothing."""
    if ticket.status is Status.OPENING:
        return Step.OPEN
    if ticket.status is Status.CLOSING:
        return Step.CLOSE
    if ticket.status.is_live and not ticket.gone:
        return _step_of_live(ticket, now)
    if ticket.status is Status.CLOSED and not ticket.gone and ticket.deletes_at is not None:
        return Step.DELETE if ticket.deletes_at <= now else None
    return None


def _step_of_live(ticket: Ticket, now: datetime) -> Step | None:
    """Deadlines first, which need no permission; a name last, which Discord lets change but twice in ten minutes."""
    if ticket.warns_at is not None and ticket.warns_at <= now:
        return Step.WARN
    if ticket.closes_at is not None and ticket.closes_at <= now:
        return Step.END
    if ticket.applied < ticket.access:
        return Step.ACCESS
    if ticket.noted < ticket.notes:
        return Step.NOTES
    return Step.PLACE if (ticket.name_owed, ticket.parent_owed_id) != (None, None) else None


def due_at(ticket: Ticket, now: datetime) -> datetime | None:
    """When a ticket is to be looked at next; None: when somebody does something."""
    if next_step(ticket, now) is not None:
        return now
    if ticket.gone or ticket.status is Status.FAILED:
        return None
    if ticket.status is Status.CLOSED:
        return ticket.deletes_at
    return min((one for one in (ticket.warns_at, ticket.closes_at) if one is not None), default=None)


@dataclass(frozen=True)
class Delayed:
    """It can't be done now; `after` says when to try again, if not as the schedule does."""

    reason: str
    after: timedelta | None = None


_PAUSES = tuple(timedelta(seconds=one) for one in (2, 5, 15, 60, 300))


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: from 2 seconds to 5 minutes."""
    return _PAUSES[min(max(attempts - 1, 0), len(_PAUSES) - 1)]


@dataclass(frozen=True)
class TicketEvent:
    """Something that happened to a ticket. `details` are plain values, as the service wrote them."""

    guild_id: int
    number: int
    seq: int
    kind: EventKind
    actor_id: int | None  # None: the bot itself
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
