"""Answers about levels and XP that name what is in the way."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors.asked import InvalidInput
from bot.errors.base import UserError


@dataclass(eq=False)
class CurveUnsound(UserError):
    """A curve on which levels can't be counted. Raised as one of those below."""

    level: int
    template = "That curve can't be used at level {level}."


@dataclass(eq=False)
class CurveNotRising(CurveUnsound):
    """A level would take no more XP than the one before."""

    template = "On that curve level {level} would take no more XP than the level before. Every level has to take more."


@dataclass(eq=False)
class CurveTooSteep(CurveUnsound):
    """A level would take more XP than anybody can have."""

    template = "On that curve level {level} would take more XP than anybody can have. Lower the numbers or the cap."


@dataclass(eq=False)
class LevelAboveCap(InvalidInput):
    """A level that nobody in the guild can reach."""

    level: int
    cap: int
    template = "The highest level here is {cap}, so nobody would ever reach level {level}."


@dataclass(eq=False)
class RewardEmpty(InvalidInput):
    """A reward of nothing."""

    template = "A reward needs a role, coins or a message: say at least one of them."


@dataclass(eq=False)
class TooManyRewards(InvalidInput):
    """A guild has as many rewards as it can."""

    most: int
    template = "There can be {most} rewards here. Remove one first."


@dataclass(eq=False)
class RewardNotFound(InvalidInput):
    """A reward that is not there, or not any more. `written` is how somebody named it."""

    written: str
    template = "I know no reward {written}. Choose one from the list."


@dataclass(eq=False)
class BotsHaveNoRank(UserError):
    """A bot's rank was asked for."""

    template = "Bots earn no XP, so they have no rank."


@dataclass(eq=False)
class RankHidden(UserError):
    """Somebody else's rank was asked for, and they wish not to be named."""

    user_id: int
    template = "<@{user_id}> keeps their rank to themselves."


@dataclass(eq=False)
class XpOrLevel(InvalidInput):
    """Staff named neither XP nor a level, or both."""

    template = "Say either XP or levels: exactly one of the two."


@dataclass(eq=False)
class FactorNotUnderstood(InvalidInput):
    """No factor, or one out of bounds, or too fine."""

    written: str
    template = "I can't read {written} as a factor. Write it as x1.5 or 150%, from 0 to x100, in steps of 0.1%."


@dataclass(eq=False)
class BoostTooSmall(InvalidInput):
    """A boost that makes nothing more."""

    template = "A boost has to be more than x1, such as x1.5 or 200%."


@dataclass(eq=False)
class MultiplierOfOne(InvalidInput):
    """Staff named neither a channel nor a role for a multiplier, or both."""

    template = "A multiplier is for a channel or for a role: say one of the two."


@dataclass(eq=False)
class TooManyMultipliers(InvalidInput):
    """A guild has as many multipliers as it can."""

    most: int
    template = "There can be {most} multipliers here. Remove one first."


@dataclass(eq=False)
class MultiplierNotFound(InvalidInput):
    """A multiplier that is not there, or not any more. `written` is how somebody named it."""

    written: str
    template = "I know no multiplier {written}. Choose one from the list."


@dataclass(eq=False)
class XpAlreadySo(UserError):
    """Staff would make a member's XP what it is."""

    member_id: int
    xp: int
    template = "{member_id} has exactly {xp} XP already, so I changed nothing."


@dataclass(eq=False)
class NoXpChange(UserError):
    """No change of XP that could be taken back."""

    template = "I know of no change of XP in the last 30 days that could be undone."


@dataclass(eq=False)
class CurveNotUnderstood(InvalidInput):
    """Something else than the four numbers of a custom curve."""

    template = "I need four numbers with spaces between them, such as 1.5 22 75 0, each of up to 12 characters."


@dataclass(eq=False)
class CurveNamedTwice(InvalidInput):
    """Staff named a curve, and gave numbers of another besides."""

    template = "Choose a curve by name or give four numbers of your own: one of the two."


@dataclass(eq=False)
class CurveTooMany(UserError):
    """More members than can keep their levels."""

    most: int
    template = "Levels can be kept for up to {most} members, and there are more here. Keep the XP instead."
