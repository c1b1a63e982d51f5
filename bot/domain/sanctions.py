"""What Discord holds of a member, and what follows from the cases about them.

A *slot* is one thing that can hold of a member: a ban, a timeout, their presence. Its row is the lock of everything
that is done about it, knows what Discord is believed to hold, and when somebody has to look next. `plan` says what is
to be done; a deadline is worked out from the slot's one active case, so no old one can do anything to a new one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from bot.domain.cases import Case, CaseDetails, CaseKind, CaseSource, CaseState, Failure, Slot
from bot.domain.proof import KeptFile
from bot.domain.warn_rules import Weighed

SLICE = timedelta(days=27)
"""How far ahead a timeout is written to Discord, which takes 28 days at most."""

RENEWED_WITH = timedelta(days=7)
"""A longer timeout is written anew when Discord's has less than this left."""

SHORTEST = timedelta(seconds=60)
LONGEST = timedelta(days=5 * 365)
"""How long a timeout or a ban may last, unless a ban is for good."""

LONGEST_DELETION = 604_800
"""Seconds; how far back a ban may delete messages."""

MAX_AUDIT_REASON = 512
"""Characters of a reason in Discord's audit log, counted as they are sent: URL-encoded."""

LONGEST_PAUSE = timedelta(minutes=5)
LONGEST_WITHOUT_PERMISSION = timedelta(hours=6)
"""Between two tries of what can't be done until staff mends something."""

_MAX_EXPONENT = 15
_ROUNDING = timedelta(seconds=2)
"""How much of a moment may be lost on the way through Discord and back."""


@dataclass(frozen=True)
class Held:
    """What Discord is believed to hold."""

    holds: bool = False
    until: datetime | None = None
    """Of a timeout: the end that was last written there."""
    away: bool = False
    """Whether the member was not there when somebody tried: nothing can be done until they are back."""


@dataclass(frozen=True)
class Claimed:
    """A slot that this process alone may act on until its lease ends."""

    guild_id: int
    user_id: int
    slot: Slot
    token: int
    version: int
    """Which state of the slot this is; it may change meanwhile."""
    attempts: int
    """This one included."""
    claimed_at: datetime
    held: Held
    active: Case | None
    """What holds, as far as it was decided."""
    case: Case | None
    """What is to be done."""
    again: bool = False
    """Whether somebody began with `case` before: it may have reached Discord."""


# What is to be done ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Carry:
    """Do what a case decided. A timeout is written to Discord until `until`."""

    case: Case
    until: datetime | None = None


@dataclass(frozen=True)
class Lift:
    """Take off what holds and should not, such as a ban whose time is up."""

    case: Case | None


@dataclass(frozen=True)
class Renew:
    """Put what holds to Discord anew: a timeout with its next end, or a ban that was lifted by mistake."""

    case: Case
    until: datetime | None = None


@dataclass(frozen=True)
class Rest:
    """Nothing is to be done; perhaps a case's time is up all the same."""


Step = Carry | Lift | Renew | Rest


def timeout_end(case: Case, now: datetime) -> datetime:
    """Until when a timeout is to be written to Discord."""
    furthest = now + SLICE
    return furthest if case.expires_at is None else min(case.expires_at, furthest)


def plan(claimed: Claimed) -> Step:
    """What is to be done about a slot."""
    now, case, active = claimed.claimed_at, claimed.case, claimed.active
    if case is not None:
        return Carry(case, timeout_end(case, now) if case.kind is CaseKind.TIMEOUT else None)
    if claimed.slot is Slot.BAN:
        return _ban(claimed.held, active, now)
    if claimed.slot is Slot.TIMEOUT and not claimed.held.away:
        return _timeout(claimed.held, active, now)
    return Rest()


def _ban(held: Held, active: Case | None, now: datetime) -> Step:
    if active is None:
        return Rest()
    if active.is_over(now):
        return Lift(active) if held.holds else Rest()
    # Extended in the moment in which its time was up: it was lifted, and must not have been.
    return Rest() if held.holds else Renew(active)


def _timeout(held: Held, active: Case | None, now: datetime) -> Step:
    until = held.until if held.holds and held.until is not None and held.until > now else None
    if active is None or active.is_over(now):
        return Rest() if until is None else Lift(active)
    wanted = timeout_end(active, now)
    if until is None or until > wanted + _ROUNDING:
        return Renew(active, wanted)
    # What is not its end yet is renewed late; its end is shown as soon as Discord takes it.
    soon = until - now <= RENEWED_WITH or wanted == active.expires_at
    return Renew(active, wanted) if until < wanted - _ROUNDING and soon else Rest()


def held_at_rest(claimed: Claimed) -> Held:
    """What Discord holds where nothing was to be done: what it lets go of by itself is gone."""
    held, now = claimed.held, claimed.claimed_at
    over = held.until is not None and held.until <= now
    return Held(away=held.away) if over else held


def next_look(active: Case | None, held: Held, now: datetime) -> datetime | None:
    """When a slot with nothing left to do has to be looked at next; None: at no time by itself."""
    if active is None:
        return None
    ends = active.expires_at
    if active.kind is not CaseKind.TIMEOUT or held.away or held.until is None:
        return ends
    if ends is not None and held.until >= ends - _ROUNDING:
        return ends
    renewal = max(held.until - RENEWED_WITH, now)
    return renewal if ends is None else min(ends, renewal)


# What came of it ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """Discord did it, or had it done already."""

    held: Held


@dataclass(frozen=True)
class Away:
    """The member is not there. What was decided stands, and is done when they are back."""


@dataclass(frozen=True)
class Refused:
    """Discord will not do it."""

    failure: Failure
    detail: str


@dataclass(frozen=True)
class Delayed:
    """It may work later: why, and how long Discord asks to wait (None: as the schedule says)."""

    reason: str
    after: timedelta | None = None


Outcome = Done | Away | Refused | Delayed


def pause_after(attempts: int, longest: timedelta = LONGEST_PAUSE) -> timedelta:
    """How long to wait after so many tries: 1, 2, 4, … seconds, at most `longest`."""
    return min(timedelta(seconds=2 ** min(max(attempts - 1, 0), _MAX_EXPONENT)), longest)


# What is asked for ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SanctionOrder:
    """What a moderator, or a rule, wants done to somebody."""

    kind: CaseKind
    target_id: int
    moderator_id: int | None
    reason: str | None = None
    lasts: timedelta | None = None
    """None: until it is ended."""
    key: str | None = None
    """What asks for it; the same again is the same case."""
    source: CaseSource = CaseSource.COMMAND
    via: str | None = None
    details: CaseDetails = field(default_factory=CaseDetails)
    replaces: bool = False
    """Whether a ban takes the place of the one that stands or is under way, instead of being refused."""
    instead_of: int | None = None
    """The number of the case that stands, where it is to take the place of just that one."""
    undoes: int | None = None
    """The case that it takes back, which has to hold until then."""
    related: int | None = None
    batch_id: int | None = None
    severity: int | None = None
    points: int | None = None
    code: str | None = None
    proof: tuple[KeptFile, ...] = ()
    """Files that prove it, at most `MOST_FILES` and none twice; they belong to the case from its first moment."""


@dataclass(frozen=True)
class Intended:
    """A case that was written down, and the claim to carry it out. Without one another is at it, or all is done."""

    case: Case
    claimed: Claimed | None = None
    repeated: bool = False
    """Whether the same had been asked before: nothing was written."""
    followed_by: tuple[Intended, ...] = ()
    """What the rules of the server made of it, such as a timeout for a third warning."""
    weighed: Weighed | None = None
    """Of a warning: how many points it makes, and what comes next."""


@dataclass(frozen=True)
class OutsideAct:
    """What somebody did in Discord's own interface, or by another bot."""

    kind: CaseKind
    target_id: int
    moderator_id: int | None = None
    reason: str | None = None
    until: datetime | None = None
    """Of a timeout."""
    audit_log_id: int | None = None
    at: datetime | None = None
    """When it was done, if that is known."""
    mine: bool = False
    """Whether it was the bot itself."""
    number: int | None = None
    """The case whose marker the entry bears, if it was the bot itself; of several that were done at once the first."""
    last: int | None = None
    """The last of several."""


_MARKER = re.compile(r"#(\d{1,18})(?:-#(\d{1,18}))?(?=[ :]|$)", re.ASCII)


def audit_reason(case: Case, moderator: str | None) -> str:
    """What Discord's audit log shall say: the marker, who it was, and as much of the reason as fits."""
    return said_in_audit(case.marker, moderator, case.reason)


def said_in_audit(marker: str, moderator: str | None, reason: str | None) -> str:
    """The same for a marker, which may be that of several cases: ``#12-#211``."""
    said = f"{marker} {moderator}" if moderator else marker
    if reason:
        said = f"{said}: {' '.join(reason.split())}"
    while len(quote(said)) > MAX_AUDIT_REASON:
        said = said[:-1]
    return said


def marked_numbers(reason: str | None) -> tuple[int, int] | None:
    """The first and the last of the cases that an entry of Discord's audit log is about; None: it bears no marker."""
    match = None if reason is None else _MARKER.match(reason)
    return None if match is None else (int(match[1]), int(match[2] or match[1]))


def is_marked(reason: str | None, number: int) -> bool:
    """Whether an entry of Discord's audit log is about the case of that number, alone or among others."""
    numbers = marked_numbers(reason)
    return numbers is not None and numbers[0] <= number <= numbers[1]


def state_once_done(kind: CaseKind) -> CaseState:
    """Where a case rests once it was done."""
    return CaseState.ACTIVE if kind.lasts else CaseState.ENDED
