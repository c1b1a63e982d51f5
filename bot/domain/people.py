"""People by name or id, also those who are not here any more."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

_LONGEST = 64
"""Characters of a folded name; a name has 32 at most, and folding makes some longer."""

_ID = re.compile(r"(?:<@!?(\d{1,20})>|(\d{15,20}))", re.ASCII)
"""A bare number that is shorter is more likely a name than one of Discord's ids."""


@dataclass(frozen=True)
class Person:
    """Somebody who is or was a member of a guild."""

    user_id: int
    name: str
    """The name that others saw here last."""
    username: str
    is_here: bool
    is_bot: bool


@dataclass(frozen=True)
class Stay:
    """When somebody was a member of a guild: the last time, as far as it was seen."""

    joined_at: datetime | None
    left_at: datetime | None
    """None while they are one."""


def folded(name: str) -> str:
    """A name as it is searched by: without case, width and accents' forms, and nothing that can't be stored."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    kept = "".join(char for char in plain if unicodedata.category(char) not in {"Cc", "Cs"})
    return " ".join(kept.split()).removeprefix("@")[:_LONGEST]


def id_in(text: str) -> int | None:
    """The id in a text that is one, or a mention; None if it is neither."""
    match = _ID.fullmatch(text.strip())
    found = int(match[1] or match[2]) if match else 0
    return found if 0 < found < 2**63 else None
