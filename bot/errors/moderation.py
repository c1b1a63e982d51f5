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
class WarningNotFound(InvalidInput):
    """No warning is called so, and no case of that number is one."""

    written: str
    template = "I know no warning {written}. Write its code, such as W-12, or the number of its case, such as #34."


@dataclass(eq=False)
class WarnRuleNotFound(InvalidInput):
    """A rule for warnings that there is not."""

    written: str
    template = "There is no rule {written}. Choose one from the list."


class KickHasNoLength(InvalidInput):
    """A rule that kicks for a while."""

    template = "A kick has no length: they may come back whenever they like. Leave `lasts` out."


@dataclass(eq=False)
class TooManyWarnRules(InvalidInput):
    """More rules than a guild may have."""

    most: int
    template = "There are {most} rules, which is the most. Remove one first."


@dataclass(eq=False)
class WarningTakenBack(UserError):
    """A warning that does not hold any more."""

    case: str
    template = "That warning was taken back already: case {case}."


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
