"""Errors of cases and sanctions."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors.asked import InvalidInput
from bot.errors.base import UserError
from bot.words import Phrase


@dataclass(eq=False)
class CaseNotFound(InvalidInput):
    """No case of the guild has this number. `case` with its sign: ``#12``."""

    case: str
    template = "There is no case {case} in this server."


@dataclass(eq=False)
class NotBanned(InvalidInput):
    """Somebody who is to be unbanned, and is not banned."""

    target_id: int
    template = "{target_id} is not banned here, so there is nothing to lift."


@dataclass(eq=False)
class NotTimedOut(InvalidInput):
    """Somebody whose timeout is to be lifted, and who has none."""

    target_id: int
    template = "{target_id} is not timed out, so there is nothing to lift."


@dataclass(eq=False)
class NobodyNamed(InvalidInput):
    """A ban of many, and nothing that says whom."""

    template = (
        "Say whom: with `ids`, with a `file` of ids, or with `joined_after`, and `joined_before` if not until now."
    )


@dataclass(eq=False)
class ListTooLarge(InvalidInput):
    """A file with a list that is too large to be read. `limit` in kilobytes."""

    limit: int
    template = "That file is too large for a list of ids: I read up to {limit} KB."


@dataclass(eq=False)
class ListUnreadable(InvalidInput):
    """A file that is no text, or that Discord does not hand out."""

    template = "I could not read that file. A list of ids is plain text, with anything you like between the ids."


@dataclass(eq=False)
class AlreadyBanned(UserError):
    """Somebody who is to be banned, and is. `how_long` as the end of a sentence."""

    target_id: int
    case: str
    how_long: Phrase
    template = "{target_id} is banned already, {how_long}: case {case}."


@dataclass(eq=False)
class ActUnderWay(UserError):
    """The same is being done to the same member at this moment."""

    target_id: int
    case: str
    template = "Somebody is doing just that to {target_id} at this moment: case {case}."


@dataclass(eq=False)
class CaseChanged(UserError):
    """A case that somebody else changed since it was shown."""

    case: str
    template = "Somebody changed case {case} in this moment. Please look at it again."
