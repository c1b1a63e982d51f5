"""Locks of channels and their slowmode: what is changed, how far that is, and exactly what is put back.

A lock takes from @everyone, and from further roles, what lets them take part. It remembers each bit that it changed and
what that was before. Unlocking puts back those bits that still stand as the lock left them: whatever somebody else
changed meanwhile is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.audit import AuditSource
from bot.domain.settings import ChosenIds, Section
from bot.words import N_

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=365)
"""How long a lock or a slowmode may last, unless it is until somebody ends it."""

SLOWEST = 21_600
"""Seconds between two messages that Discord takes at most."""

MAX_REASON = 400
MAX_DETAIL = 300
_MAX_AUDIT_REASON = 512
"""Characters of a reason in Discord's audit log, counted as they are sent: URL-encoded."""

LONGEST_PAUSE = timedelta(minutes=5)
LONGEST_WITHOUT_PERMISSION = timedelta(hours=6)
_MAX_EXPONENT = 15


class LockSettings(Section):
    """Whom a lock silences, and whether the channel says so."""

    section: ClassVar[str] = "locks"
    title: ClassVar[str] = "Locks"

    lock_roles: ChosenIds = Field(
        default=(),
        title="Roles that a lock silences too",
        description="Beside @everyone: roles that channels let write by a rule of their own.",
        json_schema_extra={"kind": "roles"},
    )
    lock_notice: bool = Field(
        default=True,
        title="Say so in the channel",
        description="Whether a channel reads, unsigned, that it was locked or opened again.",
        json_schema_extra={"kind": "switch"},
    )


class LockKind(StrEnum):
    """What was done to a channel; each can be done to it once at a time."""

    LOCK = "lock"
    SLOWMODE = "slowmode"


class LockState(StrEnum):
    """How far it is."""

    PLANNED = "planned"
    APPLYING = "applying"
    STANDING = "standing"
    LIFTING = "lifting"
    ENDED = "ended"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing is in force and nothing is to be done."""
        return self in {LockState.ENDED, LockState.FAILED}

    @property
    def is_under_way(self) -> bool:
        """Whether it is being done or undone."""
        return self in {LockState.PLANNED, LockState.APPLYING, LockState.LIFTING}


class Obstacle(StrEnum):
    """Why it can't be done. Those that are permissions have their names."""

    VIEW = "read_messages"
    CONNECT = "connect"
    MANAGE_ROLES = "manage_roles"
    MANAGE_CHANNELS = "manage_channels"
    MANAGE_THREADS = "manage_threads"
    SEND = "send_messages"
    CLOSED = "closed"
    GONE = "gone"
    REFUSED = "refused"


OBSTACLES: Mapping[Obstacle, str] = {
    Obstacle.VIEW: N_("I can't see the channel. I need the permission **View Channels** there."),
    Obstacle.CONNECT: N_("I need the permission **Connect** there."),
    Obstacle.MANAGE_ROLES: N_("I need the permission **Manage Roles**, and it must hold in that channel."),
    Obstacle.MANAGE_CHANNELS: N_("I need the permission **Manage Channels**, and it must hold in that channel."),
    Obstacle.MANAGE_THREADS: N_("I need the permission **Manage Threads** there."),
    Obstacle.SEND: N_("I can only take away what I may do myself, and I may not write there."),
    Obstacle.CLOSED: N_("Nobody whom a lock silences may write there anyway."),
    Obstacle.GONE: N_("The channel is gone."),
    Obstacle.REFUSED: N_("Discord refuses it."),
}
"""The reasons in plain words."""

# What is remembered ---------------------------------------------------------------------------------------


class Changed(BaseModel):
    """The bits of one overwrite that a lock changes, and what each was before."""

    model_config = ConfigDict(frozen=True)

    target_id: int
    is_member: bool
    existed: bool
    """Whether there was an overwrite before."""
    allows: bool
    """Whether the lock allows these bits, as it does to me; else it denies them."""
    bits: int
    allowed: int = 0
    """Those of the bits that were allowed before."""
    denied: int = 0


class Record(BaseModel):
    """What was there before, as far as it is changed: what is needed to put it back."""

    model_config = ConfigDict(frozen=True)

    changes: tuple[Changed, ...] = ()
    parent_id: int | None = None
    synced: str | None = None
    """The fingerprint of the overwrites, if they were those of the category."""
    follows: bool = False
    """Whether it was decided, while unlocking, to take over what the category has now."""
    thread: bool = False
    """Whether a thread was open, and is locked."""
    rate: int | None = None
    """Of a slowmode: the seconds before, and those that were set."""
    set_to: int | None = None


class Wish(BaseModel):
    """What somebody asked for."""

    model_config = ConfigDict(frozen=True)

    role_ids: tuple[int, ...] = ()
    """Who is silenced beside @everyone."""
    seconds: int | None = None
    """Of a slowmode."""
    quiet: bool = False
    """Whether neither the channel nor the audit log reads of it, as it is one of many."""
    ended_because: str | None = None
    """What whoever ended it said of why."""


@dataclass(frozen=True)
class ChannelLock:
    """A lock or a slowmode of a channel, as it is kept."""

    guild_id: int
    channel_id: int
    kind: LockKind
    state: LockState
    version: int
    wish: Wish
    by_id: int | None
    """None: they had what is kept about them erased."""
    source: AuditSource
    reason: str | None = None
    ended_by: int | None = None
    batch_id: int | None = None
    started_at: datetime | None = None
    """Since when it stands."""
    expires_at: datetime | None = None
    record: Record | None = None
    """None until it was begun with."""
    obstacle: Obstacle | None = None
    """Why it could not be done, or can't be undone."""
    detail: str | None = None
    failed_since: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it stands and its time is up."""
        return self.state is LockState.STANDING and self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True)
class LockOrder:
    """What somebody wants of a channel."""

    channel_id: int
    kind: LockKind
    by: int
    wish: Wish
    source: AuditSource = AuditSource.COMMAND
    reason: str | None = None
    lasts: timedelta | None = None
    """None: until somebody ends it."""
    until: datetime | None = None
    """The same for many at once; goes before `lasts`."""
    batch_id: int | None = None


@dataclass(frozen=True)
class Claimed:
    """A row that this process alone may act on until its lease ends."""

    lock: ChannelLock
    token: int
    attempts: int
    """This one included."""
    claimed_at: datetime

    @property
    def guild_id(self) -> int:
        """Whose it is."""
        return self.lock.guild_id


@dataclass(frozen=True)
class Done:
    """It is as it should be."""

    kept: bool = False
    """Of an unlocking: whether something was left as others had changed it."""
    speaks: bool = False
    """Whether I can say so in the channel."""


@dataclass(frozen=True)
class Refused:
    """Discord will not do it, or there is nothing to do."""

    obstacle: Obstacle
    detail: str | None = None


@dataclass(frozen=True)
class Delayed:
    """It may work later: why, and how long Discord asks to wait (None: as the schedule says)."""

    reason: str
    after: timedelta | None = None


Outcome = Done | Refused


# What follows ---------------------------------------------------------------------------------------------


def settled(lock: ChannelLock, outcome: Outcome, now: datetime, attempts: int) -> tuple[ChannelLock, datetime | None]:
    """How a lock stands after a try, and when it is looked at next.

    One that was begun and then refused is lifted first: nothing of it may stay.
    """
    if isinstance(outcome, Done):
        return _done(lock, now)
    known = replace(lock, obstacle=outcome.obstacle, detail=(outcome.detail or "")[:MAX_DETAIL] or None)
    if outcome.obstacle is Obstacle.GONE:
        return replace(known, state=LockState.ENDED), None
    if lock.state is LockState.LIFTING:
        return replace(known, failed_since=lock.failed_since or now), now + pause_after(
            attempts, LONGEST_WITHOUT_PERMISSION
        )
    if lock.record is None:
        return replace(known, state=LockState.FAILED), None
    return replace(known, state=LockState.LIFTING), now


def _done(lock: ChannelLock, now: datetime) -> tuple[ChannelLock, datetime | None]:
    match lock.state:
        case LockState.PLANNED | LockState.APPLYING:
            lasts = lock.kind is LockKind.LOCK or lock.expires_at is not None
            state = LockState.STANDING if lasts else LockState.ENDED
            return replace(lock, state=state, started_at=now, obstacle=None, detail=None), (
                lock.expires_at if lasts else None
            )
        case LockState.LIFTING if lock.started_at is None and lock.obstacle is not None:
            return replace(lock, state=LockState.FAILED, failed_since=None), None
        case LockState.LIFTING:
            return replace(lock, state=LockState.ENDED, obstacle=None, detail=None, failed_since=None), None
        case _:
            return lock, lock.expires_at


# Words ----------------------------------------------------------------------------------------------------


def pause_after(attempts: int, longest: timedelta = LONGEST_PAUSE) -> timedelta:
    """How long to wait after so many tries: 1, 2, 4, … seconds, at most `longest`."""
    return min(timedelta(seconds=2 ** min(max(attempts - 1, 0), _MAX_EXPONENT)), longest)


def audit_reason(lock: ChannelLock) -> str:
    """What Discord's audit log shall say: what it is, who wanted it, and as much of the reason as fits."""
    what = "lock" if lock.kind is LockKind.LOCK else "slowmode"
    if lock.state is not LockState.LIFTING:
        said = f"{what} by {_who(lock.by_id)}"
        said += f": {' '.join(lock.reason.split())}" if lock.reason else ""
    elif lock.ended_by is None:
        said = f"{what} by {_who(lock.by_id)} is over"
    else:
        said = f"{what} ended by {_who(lock.ended_by)}"
        said += f": {' '.join(lock.wish.ended_because.split())}" if lock.wish.ended_because else ""
    while len(quote(said)) > _MAX_AUDIT_REASON:
        said = said[:-1]
    return said


def _who(user_id: int | None) -> str:
    return "somebody" if user_id is None else f"member {user_id}"
