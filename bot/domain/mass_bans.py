"""The rules of bans for many: whom a list names, who is left out of it and why, and how Discord is told of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.authority import Actor, Me, Permission, Target
from bot.domain.sanctions import LONGEST_DELETION, said_in_audit

AT_ONCE = 200
"""Bans in one request."""

MOST = 5_000
"""Entries of one list. Discord is asked about a hundred of them at a time, a hundred times a minute."""

MAX_FILE = 512 * 1024
"""Bytes of a file with a list."""

_ENTRY = re.compile(r"<@!?\d{1,20}>|[^\s,;|/\"'`()\[\]{}<>=:]+")
_ID = re.compile(r"(?:<@!?)?(\d{1,20})>?", re.ASCII)
_FIRST_ID = 1 << 22
"""The least number that Discord could ever have given to anybody; smaller ones stand for what is no id."""

_LAST_ID = 2**63 - 1

_POWERS = (
    Permission.ADMINISTRATOR
    | Permission.BAN_MEMBERS
    | Permission.KICK_MEMBERS
    | Permission.MODERATE_MEMBERS
    | Permission.MANAGE_GUILD
)
"""Whoever has one of these is of the staff, whatever the settings say."""


class LeftOut(StrEnum):
    """Why somebody is left out of a mass ban."""

    NOT_AN_ID = "not an id"
    REPEATED = "repeated"
    ME = "me"
    SELF = "self"
    OWNER = "owner"
    STAFF = "staff"
    ABOVE_ASKER = "above asker"
    ABOVE_ME = "above me"
    BANNED = "banned"


@dataclass(frozen=True)
class IdList:
    """What a text names: the ids, each once and in their order; what was there again; and what is no id."""

    ids: tuple[int, ...]
    repeated: tuple[int, ...]
    wrong: tuple[str, ...]

    def __len__(self) -> int:
        """How many entries it has."""
        return len(self.ids) + len(self.repeated) + len(self.wrong)


def read_ids(text: str) -> IdList:
    """The ids in a text, bare or as mentions, whatever stands between them."""
    ids: dict[int, None] = {}
    repeated: list[int] = []
    wrong: list[str] = []
    for entry in _ENTRY.findall(text):
        match = _ID.fullmatch(entry)
        number = 0 if match is None else int(match[1])
        if not _FIRST_ID <= number <= _LAST_ID:
            wrong.append(entry)
        elif number in ids:
            repeated.append(number)
        else:
            ids[number] = None
    return IdList(tuple(ids), tuple(repeated), tuple(wrong))


def decoded(content: bytes) -> str | None:
    """The text in a file, by its content and not by its name; None if it is none."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


@dataclass(frozen=True)
class MassBan:
    """What is to be done to all of them. It is kept with its batch, as `stored` makes it and `of` reads it."""

    reason: str | None = None
    delete_message_seconds: int = 0

    def stored(self) -> dict[str, Any]:
        """The order as JSON."""
        return {"reason": self.reason, "delete_message_seconds": self.delete_message_seconds}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> MassBan:
        """The order that was stored."""
        seconds = min(max(int(stored["delete_message_seconds"]), 0), LONGEST_DELETION)
        return cls(stored["reason"], seconds)


@dataclass(frozen=True)
class Joined:
    """Members who joined in a span of time, its ends included."""

    after: datetime
    before: datetime

    def has(self, joined_at: datetime | None) -> bool:
        """Whether somebody joined in it."""
        return joined_at is not None and self.after <= joined_at <= self.before


def left_out(actor: Actor, target: Target, me: Me, *, is_staff: bool, permissions: int = 0) -> LeftOut | None:
    """Why this one is never banned with many others; None: they are. `permissions` are what their roles give them.

    It is stricter than a single ban: staff is left out also where the asker stands above them.
    """
    is_here = target.rank is not None
    rank = target.rank or 0
    grounds = {
        LeftOut.ME: target.user_id == me.user_id,
        LeftOut.SELF: target.user_id == actor.user_id,
        LeftOut.OWNER: target.is_owner,
        LeftOut.STAFF: is_here and (is_staff or target.is_administrator or bool(permissions & _POWERS)),
        LeftOut.ABOVE_ASKER: is_here and not actor.is_owner and actor.rank <= rank,
        LeftOut.ABOVE_ME: is_here and not me.is_owner and me.rank <= rank,
    }
    return next((why for why, is_so in grounds.items() if is_so), None)


def bulk_reason(numbers: Sequence[int], moderator: str | None, reason: str | None) -> str:
    """What Discord's audit log says of bans that were made by one request: the cases from the first to the last."""
    return said_in_audit(f"#{min(numbers)}-#{max(numbers)}", moderator, reason)
