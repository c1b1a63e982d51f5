"""Uses: each command, control and form that somebody used, how it ended, and how long it took."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.amounts import read_share
from bot.errors import UserError

MAX_NAME = 120
"""Characters of a use's name."""

NOBODY = 0
"""Who used something, of those who do not want to be named."""

SOMEONE = "@someone"
"""In place of a person that something was used on: the use is not theirs, so erasing them would not find it."""

SOMETHING = "id"
"""In place of an id that may be a person's."""

MAX_ERROR = 100
"""Characters of an error's name."""

_SMALLEST_ID = 1 << 32
"""Smaller numbers are counts, versions, pages and seconds. Every id is larger."""

_LONGEST_NUMBER = 20
"""Digits. No id and no number that Discord lets through is longer."""

Value = int | float | bool | str | None | dict[str, int] | list["Value"]
"""What is kept of one parameter."""


class UseKind(StrEnum):
    """What was used."""

    COMMAND = "command"
    CONTROL = "control"
    FORM = "form"


class UseOutcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"
    """Answered with a `UserError` or another refusal in plain words."""
    UNHEARD = "unheard"
    """The answer came too late for Discord."""
    INCIDENT = "incident"


@dataclass(frozen=True)
class Ending:
    """How a use ended, and the name of the error that ended it. The default: well."""

    outcome: UseOutcome = UseOutcome.DONE
    error: str | None = None
    incident_id: int | None = None


@dataclass(frozen=True)
class Use:
    """One use, without anything that somebody wrote in words of their own. `seconds` until it was answered."""

    at: datetime
    kind: UseKind
    name: str
    """A command's qualified name, or `feature:verb:v1` of a control or form."""
    guild_id: int
    """0 in a direct message."""
    user_id: int
    """`NOBODY` for those who do not want to be named."""
    channel_id: int | None
    parameters: Mapping[str, Value]
    ending: Ending
    seconds: float


def nameless(use: Use) -> Use:
    """A use as it is kept of somebody who does not want to be named: what, where and how it ended, and no more.

    The incident goes too, since its own record names them.
    """
    ending = replace(use.ending, incident_id=None)
    return replace(use, user_id=NOBODY, channel_id=None, parameters={}, ending=ending)


def without_words(value: object, choices: Collection[object] = ()) -> Value:
    """What may be kept of a value that came with a use: numbers, switches and known choices; of a text its length."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if value in choices else {"length": len(value)}
    return None


def id_or_length(text: str) -> Value:
    """What may be kept of a text that is an id wherever all is well: the id, or else the text's length."""
    return text if is_number(text) else {"length": len(text)}


def number_or_length(text: str) -> Value:
    """What may be kept of a text that is a number wherever all is well, and may be anybody's id."""
    kept = id_or_length(text)
    return SOMETHING if isinstance(kept, str) and abs(int(kept)) >= _SMALLEST_ID else kept


def amount_or_length(text: str) -> Value:
    """What may be kept of a text that is an amount wherever all is well: the coins or the part, or else its length."""
    try:
        share = read_share(text)
    except UserError:
        return {"length": len(text)}
    if share.is_part:
        return share.written
    return share.coins if abs(share.coins) < _SMALLEST_ID else SOMETHING


def is_number(text: str) -> bool:
    """Whether a text is an id or another whole number, with or without a sign."""
    digits = text.removeprefix("-")
    return len(digits) <= _LONGEST_NUMBER and digits.isascii() and digits.isdecimal()
