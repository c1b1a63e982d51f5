"""Warnings, their points and the rules for them, in words."""

from __future__ import annotations

from bot.domain.cases import CaseKind
from bot.domain.warn_rules import WarnRule, Weighed
from bot.words import Phrase


def points_said(points: int) -> Phrase:
    """So many points."""
    return Phrase("1 point") if points == 1 else Phrase("{points} points", {"points": points})


def days_said(days: int) -> Phrase:
    """Within so many days."""
    return Phrase("in 1 day") if days == 1 else Phrase("in {days} days", {"days": days})


def line_said(rule: WarnRule) -> Phrase:
    """What a rule looks for."""
    return Phrase("{points} {within}", {"points": points_said(rule.points), "within": days_said(rule.days)})


def measure_said(rule: WarnRule) -> Phrase:
    """What follows from a rule."""
    if rule.kind is CaseKind.KICK:
        return Phrase("kick")
    if rule.lasts is None:
        return Phrase("ban for good")
    length = {"length": rule.lasts}
    return Phrase("ban for {length}", length) if rule.kind is CaseKind.BAN else Phrase("timeout for {length}", length)


def rule_said(rule: WarnRule) -> Phrase:
    """A rule as a line of a list."""
    return Phrase("{line}: {measure}", {"line": line_said(rule), "measure": measure_said(rule)})


def cause_said(rule: WarnRule, reached: int) -> Phrase:
    """Why somebody was timed out, kicked or banned by a rule."""
    return Phrase("Warnings: {points} {within}", {"points": points_said(reached), "within": days_said(rule.days)})


def outlook(weighed: Weighed) -> Phrase:
    """How many points somebody has, and what comes next."""
    if weighed.days is None:
        return Phrase("Points that count: {points}. There are no rules for warnings.", {"points": weighed.points})
    reached = {"reached": weighed.reached, "within": days_said(weighed.days)}
    if weighed.ahead is None:
        return Phrase("Points {within}: {reached}. No rule comes after that.", reached)
    ahead = {"points": weighed.ahead.points, "measure": measure_said(weighed.ahead)}
    return Phrase("{reached} of {points} points {within}; at {points}: {measure}.", {**reached, **ahead})
