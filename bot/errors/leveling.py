"""Answers about levels and XP that name what is in the way."""

from __future__ import annotations

from dataclasses import dataclass

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
class BotsHaveNoRank(UserError):
    """A bot's rank was asked for."""

    template = "Bots earn no XP, so they have no rank."


@dataclass(eq=False)
class RankHidden(UserError):
    """Somebody else's rank was asked for, and they wish not to be named."""

    user_id: int
    template = "<@{user_id}> keeps their rank to themselves."
