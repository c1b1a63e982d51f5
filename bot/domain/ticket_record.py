"""What was said in a ticket, as it is on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


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
