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
