"""What becomes of a person's data when they ask to have it erased."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Self


class Erasure(StrEnum):
    """What erasing does to the rows of a table that name somebody."""

    DELETE = "delete"
    """The rows go."""

    BLANK = "blank"
    """The rows stay and no longer say who."""

    UNNAME = "unname"
    """The rows stay and say that it was one and the same nobody, so that sums hold."""

    SHADOW = "shadow"
    """The rows stay under a keyed hash of the person, so that erasing is no way to do once-only things twice."""

    KEEP = "keep"
    """The rows stay as they are, for a reason that is told."""


@dataclass(frozen=True)
class CopiedFile:
    """A file that is kept about somebody, for their copy of all that is."""

    path: str
    """What it is called among the others; no two are called alike."""
    about: Mapping[str, Any]
    """What is on record of it, as plain values."""
    content: bytes | None
    """None: there was no room for it, or the disk does not have it any more."""


@dataclass(frozen=True)
class Erased:
    """Whom an erasure is about, and where: None for everywhere."""

    user_id: int
    guild_id: int | None

    def written(self) -> str:
        """As one process tells another."""
        return f"{self.user_id}:{'' if self.guild_id is None else self.guild_id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What another process told; None if it makes no sense."""
        user_id, colon, guild_id = text.partition(":")
        if not colon or not user_id.isdecimal() or not (guild_id == "" or guild_id.isdecimal()):
            return None
        return cls(int(user_id), int(guild_id) if guild_id else None)


def shadow(key: bytes, guild_id: int, user_id: int) -> int:
    """The id under which a person's once-only things are kept after erasing: negative, so that nobody has it.

    The first 62 bits of HMAC-SHA256. Whoever lacks the key can't tell whose it is; whoever has it can only ask about
    one person in one guild at a time.
    """
    digest = hmac.new(key, f"{guild_id}:{user_id}".encode(), sha256).digest()
    return -1 - (int.from_bytes(digest[:8], "big") >> 2)


def is_nobody(holder: int) -> bool:
    """Whether an id stands for somebody whose data was erased."""
    return holder < 0
