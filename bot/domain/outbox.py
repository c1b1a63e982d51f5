"""The rules of the outbox: what a message is, when it is tried again, and how one that may have been sent is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

MAX_CONTENT = 2_000
MAX_KEY = 120
MAX_REASON = 300

NONCE_WINDOW = timedelta(minutes=2)
"""For this long after a first try a second one with the same nonce is safe. Discord speaks of "a few minutes"."""

GIVE_UP_AFTER = timedelta(hours=24)
"""A message that Discord neither took nor refused for this long is given up: what it tells of is old by then."""

LONGEST_PAUSE = timedelta(minutes=5)

EDIT_INTERVAL = timedelta(seconds=2)
OLD_MESSAGE = timedelta(hours=1)
OLD_EDIT_INTERVAL = timedelta(seconds=10)
"""Discord caps edits of messages older than an hour."""

CLOSED = "they take no direct messages"
"""Why a direct message was given up, alike of those who told Discord and of those who told the bot: staff reads it, and
which it was is their own."""

_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_MAX_EXPONENT = 12


class MessageKind(StrEnum):
    """What a row of the outbox asks for."""

    SEND = "send"
    EDIT = "edit"


class MessageState(StrEnum):
    """How far a row is. `sending` means that somebody is at it, or died at it: it may have reached Discord."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Hindrance(StrEnum):
    """What keeps messages out of a channel."""

    FORBIDDEN = "forbidden"
    GONE = "gone"


class Target(StrEnum):
    """What a message can be addressed to."""

    CHANNEL = "channel"
    USER = "user"


@dataclass(frozen=True)
class Destination:
    """Where a message goes: a channel or thread, or somebody's direct messages."""

    target: Target
    id: int


def channel(channel_id: int) -> Destination:
    """A channel or thread of the guild."""
    return Destination(Target.CHANNEL, channel_id)


def user(user_id: int) -> Destination:
    """The direct messages of a user."""
    return Destination(Target.USER, user_id)


@dataclass(frozen=True)
class Place:
    """Where a message stands once it was sent."""

    channel_id: int
    message_id: int


@dataclass(frozen=True)
class Mentions:
    """Who may be notified by a message; by default nobody, whatever it says."""

    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False


class ButtonStyle(StrEnum):
    """What a button looks like, by Discord's names."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    SUCCESS = "success"
    DANGER = "danger"
    LINK = "link"


@dataclass(frozen=True)
class Button:
    """A button under a message, answered by the control that its custom id belongs to.

    In place of the custom id a link has the address that it leads to.
    """

    label: str
    custom_id: str
    style: ButtonStyle = ButtonStyle.SECONDARY
    emoji: str = ""
    """As people write it; empty: none."""


@dataclass(frozen=True)
class MenuOption:
    """One thing to choose from a menu."""

    label: str
    value: str
    description: str = ""
    emoji: str = ""


@dataclass(frozen=True)
class StoredMenu:
    """A menu under a message, of which one thing is chosen, answered by the control that its custom id belongs to."""

    custom_id: str
    options: tuple[MenuOption, ...]
    placeholder: str = ""


@dataclass(frozen=True)
class Payload:
    """What a message says: `embed` as Discord's JSON object, buttons, or a menu in their place.

    The payload of an edit may be `REMOVAL`: then the message is deleted, and is to be there no more.

    Raises:
        ValueError: Discord would refuse it, so it must not get into the outbox.
    """

    content: str = ""
    embed: Mapping[str, Any] | None = None
    mentions: Mentions = field(default_factory=Mentions)
    buttons: tuple[Button, ...] = ()
    menu: StoredMenu | None = None
    removed: bool = False

    def __post_init__(self) -> None:
        if not self.removed and not self.content.strip() and not self.embed:
            raise ValueError("a message without content")
        if len(self.content) > MAX_CONTENT:
            raise ValueError(f"a message of {len(self.content)} characters, more than {MAX_CONTENT}")
        if self.menu is not None and (self.buttons or not self.menu.options):
            raise ValueError("a menu beside buttons, or without options")

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        mentions = self.mentions
        return {
            "content": self.content,
            "embed": None if self.embed is None else dict(self.embed),
            "mentions": {
                "users": list(mentions.users),
                "roles": list(mentions.roles),
                "everyone": mentions.everyone,
            },
            "buttons": [[one.label, one.custom_id, one.style.value, one.emoji] for one in self.buttons],
            **({} if self.menu is None else {"menu": _menu_to_json(self.menu)}),
            **({"removed": True} if self.removed else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Payload:
        """As it was stored."""
        mentions = stored["mentions"]
        return cls(
            content=stored["content"],
            embed=stored["embed"],
            mentions=Mentions(tuple(mentions["users"]), tuple(mentions["roles"]), mentions["everyone"]),
            # Rows that were written before messages could have buttons, emoji on them, or menus have none.
            buttons=tuple(Button(one[0], one[1], ButtonStyle(one[2]), *one[3:]) for one in stored.get("buttons", ())),
            menu=_menu_from_json(stored["menu"]) if "menu" in stored else None,
            removed=stored.get("removed", False),
        )


REMOVAL = Payload(removed=True)
"""What a message becomes that is to be there no more."""


def _menu_to_json(menu: StoredMenu) -> dict[str, Any]:
    options = [[one.label, one.value, one.description, one.emoji] for one in menu.options]
    return {"custom_id": menu.custom_id, "placeholder": menu.placeholder, "options": options}


def _menu_from_json(stored: Mapping[str, Any]) -> StoredMenu:
    return StoredMenu(stored["custom_id"], tuple(MenuOption(*one) for one in stored["options"]), stored["placeholder"])


@dataclass(frozen=True)
class Claimed:
    """A row that this process alone may act on until its lease ends."""

    guild_id: int
    id: int
    token: int
    kind: MessageKind
    destination: Destination
    message_id: int | None
    """The message to edit; None for one to be sent."""
    payload: Payload
    version: int
    """Which content of an edit this is; a newer one may have been put meanwhile."""
    attempts: int
    """This one included."""
    queued_at: datetime
    doubt_since: datetime | None
    """Since when an earlier try may have reached Discord; None if none can have."""
    claimed_at: datetime
    key: str = ""
    """Under which it was promised."""

    @property
    def nonce(self) -> str:
        """What Discord recognises a repetition by."""
        return nonce_of(self.id, self.destination)


@dataclass(frozen=True)
class Delivered:
    """Discord has the message, or the edit, and said so."""

    place: Place


@dataclass(frozen=True)
class Refused:
    """Discord will never take it; `hindrance`, where that is something that staff can mend."""

    reason: str
    hindrance: Hindrance | None = None
    message_gone: bool = False
    """Whether it was an edit of a message that is there no more."""


@dataclass(frozen=True)
class Delayed:
    """It may work later. `certain` means that this try did not reach anybody; otherwise it may have."""

    reason: str
    certain: bool
    after: timedelta | None = None
    """How long Discord asks to wait; None: as the schedule says."""


@dataclass(frozen=True)
class GivenUp:
    """Messages of one destination that were given up: how many, when the last, and why that one."""

    destination: Destination
    count: int
    reason: str
    last_at: datetime


Outcome = Delivered | Refused | Delayed


def nonce_of(row_id: int, destination: Destination) -> str:
    """At most 25 characters, the same for every try of a row at one destination.

    Another destination is another message: a redirected row must not be answered with the one it stood for before.
    """
    return f"{row_id}.{destination.target[0]}"


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: 1, 2, 4, … seconds, at most `LONGEST_PAUSE`."""
    return min(timedelta(seconds=2 ** min(max(attempts - 1, 0), _MAX_EXPONENT)), LONGEST_PAUSE)


def is_given_up(queued_at: datetime, now: datetime) -> bool:
    """Whether a message has been tried for so long that it is not tried again."""
    return now - queued_at >= GIVE_UP_AFTER


def must_look(doubt_since: datetime | None, now: datetime) -> bool:
    """Whether the channel's history has to be read before another try, since the nonce may no longer help.

    Counted from the first try in doubt, not from the last: Discord counts from the message that it has.
    """
    return doubt_since is not None and not timedelta(0) <= now - doubt_since <= NONCE_WINDOW


def written_at(message_id: int) -> datetime:
    """When a message was written, as its id tells."""
    return _EPOCH + timedelta(milliseconds=message_id >> 22)


def edit_interval(message_id: int, now: datetime) -> timedelta:
    """How far apart edits of one message are."""
    return OLD_EDIT_INTERVAL if now - written_at(message_id) > OLD_MESSAGE else EDIT_INTERVAL


def is_shown(sent: Payload, content: str, embeds: list[Mapping[str, Any]]) -> bool:
    """Whether a message that Discord shows is the one that was sent.

    Discord trims text and adds to embeds, so everything that was sent must be there, and no further embed.
    """
    if content.strip() != sent.content.strip() or len(embeds) != (0 if sent.embed is None else 1):
        return False
    return sent.embed is None or _within(sent.embed, embeds[0])


def _within(sent: object, shown: object) -> bool:
    if isinstance(sent, Mapping) and isinstance(shown, Mapping):
        ours, theirs = cast("Mapping[str, object]", sent), cast("Mapping[str, object]", shown)
        # Discord writes a time in its own way, and leaves out what is false or empty.
        return all(_within(value, theirs.get(name)) for name, value in ours.items() if name != "timestamp" and value)
    if isinstance(sent, (list, tuple)) and isinstance(shown, (list, tuple)):
        many, other = cast("list[object]", sent), cast("list[object]", shown)
        return len(many) == len(other) and all(_within(*pair) for pair in zip(many, other, strict=True))
    if isinstance(sent, str) and isinstance(shown, str):
        return sent.strip() == shown.strip()
    return sent == shown
