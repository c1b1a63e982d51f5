"""Cases: what was decided about somebody, by whom and why, and what became of it.

A case is the file; what Discord holds of a member stands apart from it (`bot.domain.sanctions`). It has a number of its
guild's own, without gaps, and is never deleted. Lasting kinds rest at `ACTIVE` until something ends or replaces them;
kinds that are over once they are done rest at `ENDED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.snapshots import MessageSnapshot

MAX_REASON = 1_000
MAX_DETAIL = 300
MAX_CODE = 32
MAX_KEY = 120
MAX_VIA = 32
MAX_VALUE = 1_100
"""Characters of a value that a change keeps."""

COUNTER = "case"
"""The counter that a guild's case numbers come from."""


class Slot(StrEnum):
    """What of a member only one case can decide at a time."""

    BAN = "ban"
    TIMEOUT = "timeout"
    PRESENCE = "presence"
    """Whether they are here; what a kick changes."""


class CaseKind(StrEnum):
    """What was decided."""

    NOTE = "note"
    WARN = "warn"
    TIMEOUT = "timeout"
    UNTIMEOUT = "untimeout"
    KICK = "kick"
    SOFTBAN = "softban"
    BAN = "ban"
    UNBAN = "unban"
    UNWARN = "unwarn"

    @property
    def slot(self) -> Slot | None:
        """What of the member it decides; None: Discord has no part in it."""
        return _SLOTS.get(self)

    @property
    def lasts(self) -> bool:
        """Whether it goes on until something ends it."""
        return self in _LASTING

    @property
    def lifts(self) -> CaseKind | None:
        """The kind that it ends, if that is what it is for."""
        return _LIFTS.get(self)

    @property
    def lifted_by(self) -> CaseKind | None:
        """The kind that ends it, if there is one."""
        return next((lifting for lifting, lifted in _LIFTS.items() if lifted is self), None)

    @property
    def removes(self) -> bool:
        """Whether the member is gone afterwards, so that they have to be told before."""
        return self in _REMOVING


_SLOTS = {
    CaseKind.BAN: Slot.BAN,
    CaseKind.UNBAN: Slot.BAN,
    CaseKind.SOFTBAN: Slot.BAN,
    CaseKind.TIMEOUT: Slot.TIMEOUT,
    CaseKind.UNTIMEOUT: Slot.TIMEOUT,
    CaseKind.KICK: Slot.PRESENCE,
}
_LASTING = frozenset({CaseKind.BAN, CaseKind.TIMEOUT, CaseKind.WARN, CaseKind.NOTE})
_LIFTS = {CaseKind.UNBAN: CaseKind.BAN, CaseKind.UNTIMEOUT: CaseKind.TIMEOUT}
_REMOVING = frozenset({CaseKind.BAN, CaseKind.SOFTBAN, CaseKind.KICK})


class CaseState(StrEnum):
    """How far a case is."""

    PLANNED = "planned"
    """Written down; somebody is still at an older act on the same member."""
    APPLYING = "applying"
    """Being done, or was when the process died: it may have reached Discord."""
    ACTIVE = "active"
    """It holds."""
    ENDED = "ended"
    """It was done, and holds no longer if it ever did."""
    FAILED = "failed"
    """It could not be done; `failure` says why."""
    SUPERSEDED = "superseded"
    """A newer case took its place."""
    VOID = "void"
    """Taken back as if it had never been right; it stays visible and can be restored."""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self in {CaseState.PLANNED, CaseState.APPLYING}


_STEPS: Mapping[CaseState | None, frozenset[CaseState]] = {
    None: frozenset(CaseState) - {CaseState.VOID},
    CaseState.PLANNED: frozenset({CaseState.APPLYING, CaseState.SUPERSEDED, CaseState.FAILED}),
    CaseState.APPLYING: frozenset({CaseState.ACTIVE, CaseState.ENDED, CaseState.FAILED, CaseState.SUPERSEDED}),
    CaseState.ACTIVE: frozenset({CaseState.ENDED, CaseState.SUPERSEDED, CaseState.VOID}),
    CaseState.ENDED: frozenset({CaseState.VOID}),
    CaseState.SUPERSEDED: frozenset({CaseState.VOID}),
    CaseState.FAILED: frozenset({CaseState.VOID}),
    CaseState.VOID: frozenset({CaseState.ACTIVE, CaseState.ENDED, CaseState.SUPERSEDED, CaseState.FAILED}),
}


def may_become(before: CaseState | None, after: CaseState) -> bool:
    """Whether a case may go from one state to another; None is before it is written."""
    return after in _STEPS[before]


class CaseSource(StrEnum):
    """Where a case comes from."""

    COMMAND = "command"
    """Somebody asked the bot."""
    DISCORD = "discord"
    """Somebody did it in Discord's own interface, or by another bot."""
    AUTOMATION = "automation"
    """A rule of the server."""


class DmState(StrEnum):
    """Whether the member was told by direct message."""

    NONE = "none"
    """Nobody meant to tell them."""
    PENDING = "pending"
    SENT = "sent"
    CLOSED = "closed"
    """They take none."""
    FAILED = "failed"


class EndReason(StrEnum):
    """Why a case that held holds no longer."""

    DONE = "done"
    """It was over once it was done."""
    EXPIRED = "expired"
    LIFTED = "lifted"
    """Somebody ended it early."""
    REPLACED = "replaced"
    """A newer case took its place."""
    OUTSIDE = "outside"
    """Discord no longer showed it, and nobody knows by whom."""


class Failure(StrEnum):
    """Why an act could not be done. `PROBLEMS` in `bot.domain.case_words` says it in words."""

    NOT_PERMITTED = "not_permitted"
    """Discord says that a permission is missing, or that the roles stand wrongly."""
    ADMINISTRATOR = "administrator"
    NOT_HERE = "not_here"
    NOT_BANNED = "not_banned"
    ALREADY_BANNED = "already_banned"
    """Somebody else had done it."""
    CANCELLED = "cancelled"
    """The batch that it belongs to was cancelled before it was done."""
    UNKNOWN_USER = "unknown_user"
    REFUSED = "refused"
    """For another reason of Discord's."""


@dataclass(frozen=True)
class CaseDetails:
    """What belongs to one kind or another."""

    delete_message_seconds: int = 0
    """How far back a ban deletes messages."""
    silent: bool = False
    """Whether the member is not told."""
    voids: bool = False
    """Whether what it lifts was never right, and so becomes void instead of ended."""
    message: MessageSnapshot | None = None
    """The message that it is about."""

    def stored(self) -> dict[str, Any]:
        """As it is stored: what is not as usual."""
        found: dict[str, Any] = {}
        if self.delete_message_seconds:
            found["delete_message_seconds"] = self.delete_message_seconds
        if self.silent:
            found["silent"] = True
        if self.voids:
            found["voids"] = True
        if self.message is not None:
            found["message"] = self.message.stored()
        return found

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> CaseDetails:
        """As it was stored, perhaps by a newer version."""
        seconds = stored.get("delete_message_seconds", 0)
        return cls(
            delete_message_seconds=seconds if isinstance(seconds, int) else 0,
            silent=bool(stored.get("silent", False)),
            voids=bool(stored.get("voids", False)),
            message=MessageSnapshot.read(stored.get("message")),
        )


@dataclass(frozen=True)
class LogPlace:
    """Where the case's message in the log channel stands."""

    channel_id: int
    message_id: int


@dataclass(frozen=True)
class Case:
    """A case as it stands."""

    guild_id: int
    number: int
    kind: CaseKind
    state: CaseState
    target_id: int
    moderator_id: int | None
    """None: nobody knows, or a rule of the server."""
    reason: str | None
    source: CaseSource
    created_at: datetime
    via: str | None = None
    """How it was asked for: a command, typed, a button; or the name of a rule."""
    key: str | None = None
    """What asked for it. The same again is the same case."""
    expires_at: datetime | None = None
    """When it ends by itself; of a warning, when its points stop to count."""
    ended_at: datetime | None = None
    ended_by: int | None = None
    end_reason: EndReason | None = None
    failure: Failure | None = None
    failure_detail: str | None = None
    """Discord's own words about it, for staff."""
    audit_log_id: int | None = None
    dm: DmState = DmState.NONE
    superseded_by: int | None = None
    related: int | None = None
    """The number of the case that this one answers, such as the ban that an unban ends."""
    batch_id: int | None = None
    severity: int | None = None
    points: int | None = None
    code: str | None = None
    """What a warning is called, here or where it came from."""
    details: CaseDetails = field(default_factory=CaseDetails)
    log: LogPlace | None = None
    version: int = 1

    @property
    def slot(self) -> Slot | None:
        """What of the member it decides."""
        return self.kind.slot

    def is_over(self, now: datetime) -> bool:
        """Whether its time is up."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def marker(self) -> str:
        """What Discord's audit log knows it by."""
        return f"#{self.number}"


@dataclass(frozen=True)
class CaseChange:
    """One change of a case; never changed itself."""

    number: int
    seq: int
    field: str
    before: str | None
    after: str | None
    by: int | None
    at: datetime
    source: CaseSource


@dataclass(frozen=True)
class CaseEdit:
    """What is to be written of a case: fields by name, each with its new value."""

    values: Mapping[str, Any]
    by: int | None
    source: CaseSource


@dataclass(frozen=True)
class CaseAmendment:
    """What a moderator wants of a case otherwise. What is None stays."""

    lasts: timedelta | None = None
    """How long it holds from now on; of a warning, how long its points count."""
    for_good: bool = False
    """That it has no end at all."""
    severity: int | None = None
    points: int | None = None
    """None beside a severity: as many as that says."""


def written(value: object) -> str | None:
    """A value as a change keeps it."""
    match value:
        case None:
            return None
        case datetime():
            return value.isoformat()
        case _:
            return str(value)[:MAX_VALUE]
