"""Giveaways: what one is, how far it is, and what is to be done about it next.

A giveaway's row is the truth. Its message, the draw, the letters to winners and their prizes follow from the row, and
whatever is owed is found again from the row alone: `next_step`. How winners are drawn is in `giveaway_draw`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.giveaway_rules import Bonuses, Rules

COUNTER = "giveaways"
"""The guild's counter that gives giveaways their numbers."""

MAX_PRIZE = 200
MAX_TEXT = 1_500
MAX_REASON = 400
MAX_DETAIL = 300
MAX_KEY = 120
MOST_WINNERS = 100
MOST_AT_ONCE = 2_000
"""Giveaways of one guild that are written, scheduled or running."""

SHORTEST = timedelta(seconds=10)
LONGEST = timedelta(days=366)
"""Between the start of a giveaway and its end."""

SHORTEST_CLAIM, LONGEST_CLAIM = 300, 30 * 86_400
"""Seconds that winners may have to claim their prize."""

SHORTEST_ROLE, LONGEST_ROLE = 3_600, 5 * 365 * 86_400
"""Seconds that a role may be won for."""

SPARE_PLACES = 100
"""Places of the order that are stored beyond the winners'. Later ones are computed again when they are needed."""

LATE = timedelta(minutes=1)
"""A giveaway that is drawn later than this says so."""

DRAFT_DAYS = 7
"""Days after which a giveaway is forgotten that nobody started."""


class Status(StrEnum):
    """How far a giveaway is."""

    DRAFT = "draft"
    """Somebody is writing it."""
    SCHEDULED = "scheduled"
    RUNNING = "running"
    DRAWING = "drawing"
    """Locked: nobody enters or leaves, nothing is changed, and the winners are being found."""
    ENDED = "ended"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """It could not be started."""

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed."""
        return self in {Status.DRAFT, Status.SCHEDULED, Status.RUNNING}


class EventKind(StrEnum):
    """What happens to giveaways, as their history tells."""

    CREATED = "created"
    SCHEDULED = "scheduled"
    STARTED = "started"
    EDITED = "edited"
    """`details`: field → [old, new], as texts."""
    ENDED = "ended"
    """The time came, or somebody ended it; nobody enters any more."""
    DRAWN = "drawn"
    """The order was drawn; `details`: entrants, list_hash."""
    WON = "won"
    """Winners were found; `details`: user_ids."""
    SHORT = "short"
    """Nobody is left who could win; `details`: missing."""
    REROLLED = "rerolled"
    EXPIRED = "expired"
    """A winner did not claim in time."""
    CLAIMED = "claimed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    MESSAGE_GONE = "message_gone"


class Failure(StrEnum):
    """Why a giveaway could not be started."""

    GONE = "gone"
    """Its channel is not there."""
    FORBIDDEN = "forbidden"
    """I may not write there."""
    REFUSED = "refused"
    """Discord did not take its message, or could not be reached for a day."""


class WinnerState(StrEnum):
    """What became of somebody who was looked at as a winner."""

    WON = "won"
    """Announced; where there is a deadline, the prize waits to be claimed."""
    CLAIMED = "claimed"
    """The prize is theirs: they claimed it, or it had not to be claimed."""
    EXPIRED = "expired"
    """They did not claim it in time."""
    REROLLED = "rerolled"
    """Staff drew another in their place."""
    PASSED = "passed"
    """They could not win when it was drawn: `reason` says why."""

    @property
    def holds(self) -> bool:
        """Whether they are among the winners."""
        return self in {WinnerState.WON, WinnerState.CLAIMED}


class Passed(StrEnum):
    """Why somebody who was drawn does not win. Stored, and in the proof."""

    LEFT = "left"
    """They are not in the server any more."""
    UNKNOWN = "unknown"
    """Discord does not know them any more."""
    BOT = "bot"
    RULES = "rules"
    """They no longer have what is needed."""
    EXCLUDED = "excluded"
    """A role of theirs excludes them by now."""
    HOST = "host"


class Delivery(StrEnum):
    """How far a prize is on its way, for the host to see."""

    NONE = "none"
    """Nothing that I could give."""
    WAITING = "waiting"
    """For the winner to claim it."""
    REFUSED = "refused"
    """Coins that would have gone above what one may have; the host is told."""
    GIVEN = "given"
    """Coins are theirs; a role is ordered, and its own record says how far it is."""


@dataclass(frozen=True)
class Prize:
    """What a winner gets from me, beside what the host gives."""

    role_id: int | None = None
    role_for: int | None = None
    """Seconds; None: for good."""
    coins: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing that I give."""
        return self.role_id is None and not self.coins


@dataclass(frozen=True, kw_only=True)
class Giveaway:
    """A giveaway as its row says it is. Times are aware."""

    guild_id: int
    number: int
    key: str
    """What was pressed or said, so that it is made once."""
    status: Status
    status_at: datetime
    """Since when."""
    host_id: int
    created_by: int
    channel_id: int
    prize: str
    text: str = ""
    winners: int = 1
    starts_at: datetime | None = None
    """None: as soon as it is published."""
    ends_at: datetime
    lasts: int | None = None
    """Seconds from the start to the end, while it is a draft that was given a length instead of a date."""
    colour: int | None = None
    ping_role_id: int | None = None
    host_enters: bool = False
    letter: bool = True
    """Whether winners get a direct message."""
    claim_within: int | None = None
    """Seconds in which winners have to claim; None: they need not."""
    rules: Rules = field(default_factory=Rules)
    bonuses: Bonuses = field(default_factory=Bonuses)
    given: Prize = field(default_factory=Prize)
    commitment: str
    """SHA-256 of the seed, in hexadecimal digits, published when it starts."""
    seed: str = field(repr=False)
    """32 random bytes in hexadecimal digits. Nobody may see them before the draw."""
    message_id: int | None = None
    gone: bool = False
    """Whether its message was deleted, or its channel."""
    shown: int = 0
    """How many entrants its message says there are."""
    ended_at: datetime | None = None
    """When nobody could enter any more."""
    weighed_to: int = 0
    """Up to which user's entry weights are fixed, by id."""
    entrants: int | None = None
    """Entrants on the list of the draw."""
    list_hash: str | None = None
    places: tuple[int, ...] = ()
    """The first places of the order that was drawn: the winners and `SPARE_PLACES` more."""
    drawn_at: datetime | None = None
    looked: int = 0
    """How many places of the order were looked at."""
    vacant: int = 0
    """How many winners are still to be found."""
    claims_end: datetime | None = None
    """When the next claim's deadline passes."""
    closed_by: int | None = None
    """Who ended or cancelled it; None: the clock."""
    reason: str | None = None
    """Why it was cancelled."""
    failure: Failure | None = None
    detail: str | None = None
    failed_since: datetime | None = None
    version: int = 1

    @property
    def marker(self) -> str:
        """What people call it: ``#42``."""
        return f"#{self.number}"

    @property
    def is_late(self) -> bool:
        """Whether the draw waited for me, for instance while I was not running."""
        return self.ended_at is not None and self.ended_at - self.ends_at > LATE


@dataclass(frozen=True)
class Entry:
    """Somebody who entered. `role_ids` are those of theirs that bonuses name."""

    guild_id: int
    number: int
    user_id: int
    weight: int
    role_ids: tuple[int, ...]
    boosts: bool
    entered_at: datetime
    left_at: datetime | None = None

    @property
    def is_in(self) -> bool:
        """Whether they did not leave again."""
        return self.left_at is None


@dataclass(frozen=True)
class Winner:
    """Somebody who was drawn, and what became of it. `place` is theirs in the order, from 1."""

    guild_id: int
    number: int
    place: int
    user_id: int
    state: WinnerState
    passed: Passed | None = None
    reason: str | None = None
    """What staff said who drew another."""
    at: datetime | None = None
    claim_until: datetime | None = None
    announced: bool = False
    delivery: Delivery = Delivery.NONE
    lettered: bool | None = None
    """Whether a direct message reached them; None: not known yet, or none was sent."""


@dataclass(frozen=True)
class Claimed:
    """A giveaway that this process alone may act on until its lease ends."""

    giveaway: Giveaway
    token: int
    attempts: int
    """This one included."""
    claimed_at: datetime

    @property
    def guild_id(self) -> int:
        """The guild."""
        return self.giveaway.guild_id


class Step(StrEnum):
    """What is to be done about a giveaway."""

    START = "start"
    """Open it, and promise its message."""
    END = "end"
    """Lock it: nobody enters any more."""
    WEIGH = "weigh"
    """Fix the weights of entries."""
    DRAW = "draw"
    """Fix the list and draw the order."""
    PICK = "pick"
    """Look at those who were drawn until there are winners enough, or nobody is left."""
    EXPIRE = "expire"
    """Take the prize from whoever did not claim it in time."""


def next_step(giveaway: Giveaway, now: datetime) -> Step | None:  # noqa: PLR0911 — one case a kind
    """What is to be done now; None: nothing."""
    match giveaway.status:
        case Status.SCHEDULED if giveaway.starts_at is None or giveaway.starts_at <= now:
            return Step.START
        case Status.RUNNING if giveaway.ends_at <= now:
            return Step.END
        case Status.DRAWING if giveaway.entrants is None:
            return Step.WEIGH
        case Status.DRAWING if giveaway.list_hash is None:
            return Step.DRAW
        case Status.DRAWING:
            return Step.PICK
        case Status.ENDED if giveaway.claims_end is not None and giveaway.claims_end <= now:
            return Step.EXPIRE
        case Status.ENDED if giveaway.vacant > 0:
            return Step.PICK
        case _:
            return None


def due_at(giveaway: Giveaway, now: datetime) -> datetime | None:
    """When a giveaway is to be looked at next; None: when somebody does something."""
    if next_step(giveaway, now) is not None:
        return now
    match giveaway.status:
        case Status.SCHEDULED:
            return giveaway.starts_at
        case Status.RUNNING:
            return giveaway.ends_at
        case Status.ENDED:
            return giveaway.claims_end
        case _:
            return None


@dataclass(frozen=True)
class GiveawayEvent:
    """Something that happened to a giveaway. `details` are plain values, as the service wrote them."""

    guild_id: int
    number: int
    seq: int
    kind: EventKind
    actor_id: int | None  # None: the bot itself
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
