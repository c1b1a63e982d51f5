"""What was said in a ticket: as it is heard, and as it is on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from bot.domain.proof import MOST_BYTES
from bot.domain.proof import content_type as known_type

MOST_VERSIONS = 50
"""Of one message that are kept: the first, and the newest of the others."""

MAX_CONTENT = 4_000
MAX_AUTHOR = 100
MAX_FILE_NAME = 200
ANSWERS = 0
"""Stands for the message in the key of a file that came with the form's answers."""

OVERLAP = 10_000 << 22
"""Ten seconds, in Discord's ids, that are read again: messages of a channel and a thread may come out of order."""

ANY_BYTES = "application/octet-stream"
"""What a file is called that is nothing known, such as an archive or a program: kept, and never shown."""

TicketKey: TypeAlias = tuple[int, int]
"""Guild and number."""


class Missing(StrEnum):
    """Why a file's bytes are not on record."""

    FETCHING = "fetching"
    """They are on their way; after a crash they are asked for again."""
    TOO_BIG = "too_big"
    NO_ROOM = "quota"
    """The server's files take as much as they may."""
    EMPTY = "empty"
    GONE = "gone"
    """Discord does not have it any more."""
    AWAY = "away"
    """It did not come, several times."""


@dataclass(frozen=True)
class Version:
    """What a message said until it was edited."""

    content: str
    until: datetime


@dataclass(frozen=True)
class RecordedFile:
    """A file of a message. `digest` None: its bytes are not kept, `missing` says why."""

    seq: int
    name: str
    size: int
    content_type: str
    digest: str | None
    missing: str | None = None


@dataclass(frozen=True)
class RecordedMessage:
    """A message of a ticket, as it is on record."""

    message_id: int
    author_id: int
    author_name: str
    is_staff: bool
    is_bot: bool
    internal: bool
    """Staff's note: never in the member's copy."""
    content: str
    sent_at: datetime
    embeds: Sequence[Mapping[str, Any]] = ()
    reply_to: int | None = None
    versions: Sequence[Version] = ()
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    files: Sequence[RecordedFile] = ()


@dataclass(frozen=True)
class Answer:
    """What the member answered to one question of the form: text, or ids of people, roles, channels or files."""

    position: int
    question: str
    kind: str
    value: Sequence[str]


# As it is heard -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heard:
    """A message as Discord tells of it. Who is staff shows when it is written: until then `is_staff` says nothing."""

    guild_id: int
    number: int
    message: RecordedMessage
    role_ids: tuple[int, ...] = ()
    """The author's."""
    manages: bool = False
    """Whether the author has Manage Server."""
    urls: tuple[str, ...] = ()
    """Where its files are for now, in their order."""


@dataclass(frozen=True)
class Edited:
    """What a message says from now on. `at` None: its words are the same, and only what is shown below them came."""

    guild_id: int
    number: int
    message_id: int
    content: str
    embeds: Sequence[Mapping[str, Any]]
    at: datetime | None


@dataclass(frozen=True)
class Deleted:
    """A message is gone."""

    guild_id: int
    number: int
    message_id: int
    at: datetime


Happening: TypeAlias = Heard | Edited | Deleted


@dataclass(frozen=True)
class WantedFile:
    """A file that is on record without its bytes."""

    guild_id: int
    number: int
    message_id: int
    seq: int
    size: int
    url: str = ""
    """Where it is for now; empty: its message has to be asked."""

    @property
    def key(self) -> TicketKey:
        """Guild and number."""
        return self.guild_id, self.number


@dataclass(frozen=True)
class KeptBytes:
    """Bytes that are on the disk, and what they are by themselves."""

    digest: str
    size: int
    content_type: str


def after(message: RecordedMessage, what: Edited | Deleted) -> RecordedMessage:
    """A message once that happened to it; the same if it changes nothing, as when it is told twice."""
    if isinstance(what, Deleted):
        return message if message.deleted_at is not None else replace(message, deleted_at=what.at)
    if what.content == message.content or what.at is None:
        return replace(message, embeds=tuple(what.embeds))
    if message.edited_at is not None and what.at < message.edited_at:
        return message  # an older edit, told late
    versions = (*message.versions, Version(message.content, what.at))
    if len(versions) > MOST_VERSIONS:
        versions = (versions[0], *versions[-MOST_VERSIONS + 1 :])
    return replace(message, content=what.content, embeds=tuple(what.embeds), versions=versions, edited_at=what.at)


def why_not(size: int) -> Missing | None:
    """Why a file of that many bytes is not kept; None: it may be."""
    if size <= 0:
        return Missing.EMPTY
    return Missing.TOO_BIG if size > MOST_BYTES else None


def type_of(data: bytes) -> str:
    """What bytes are, by themselves, whatever they are called."""
    return known_type(data) or ANY_BYTES


def file_name(name: str) -> str:
    """What a file was called, without what leads elsewhere or can't be seen."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(one for one in last if one.isprintable()).strip()[:MAX_FILE_NAME] or "file"
