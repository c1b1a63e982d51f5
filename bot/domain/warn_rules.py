"""Rules for warnings: so many points within so many days, and what follows from that.

A warning brings points. They count until they expire or the warning is taken back. A rule draws a line, and acts when
a warning takes the total of its days across that line: less before it, and not less after it. So it acts once, and
again only after the total was below the line in between. Of several lines crossed at once the highest one acts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.cases import Case, CaseKind

MOST_POINTS = 100
"""The highest line."""

MOST_DAYS = 1_825
"""The longest time that a rule looks back."""

MOST_RULES = 20

MEASURES = (CaseKind.TIMEOUT, CaseKind.KICK, CaseKind.BAN)
"""What may follow, the mildest first."""

VIA = "warning rule"
"""What brought a case that a rule decided."""

CODE = "W-{number}"
"""What the n-th warning of a server is called."""


@dataclass(frozen=True)
class WarnRule:
    """Who gets so many points within so many days is timed out, kicked or banned."""

    points: int
    days: int
    kind: CaseKind
    lasts: timedelta | None = None
    """A timeout always has a length, a kick never; a ban without one is for good."""

    @property
    def line(self) -> tuple[int, int]:
        """What there is one rule for at most: points and days."""
        return self.points, self.days

    @property
    def weight(self) -> tuple[int, int, timedelta, int]:
        """What makes a rule come before another: its line, then how hard it is, then how far it looks back."""
        lasts = timedelta.max if self.lasts is None else self.lasts
        return self.points, MEASURES.index(self.kind), lasts, self.days


USUAL = (
    WarnRule(3, 30, CaseKind.TIMEOUT, timedelta(hours=1)),
    WarnRule(5, 30, CaseKind.TIMEOUT, timedelta(days=1)),
    WarnRule(8, 30, CaseKind.TIMEOUT, timedelta(days=7)),
)
"""What a server gets that asks for the usual rules."""


@dataclass(frozen=True)
class Counted:
    """A warning that was not taken back: its points, when it was given, and until when they count."""

    points: int
    at: datetime
    until: datetime | None


@dataclass(frozen=True)
class Weighed:
    """What a warning amounts to."""

    points: int
    """All that count, this warning's too."""
    fired: WarnRule | None = None
    """The rule whose line it crossed."""
    ahead: WarnRule | None = None
    """The rule with the fewest points missing."""
    reached: int = 0
    """Points within the days of the rule `ahead`, or of the highest one if none is ahead."""
    days: int | None = None
    """Those days; None: there are no rules."""
    spared: int | None = None
    """The case that is no weaker than what the rule asks for, so that nothing followed."""

    def but_spared(self, number: int) -> Weighed:
        """The same, but nothing followed: that case holds."""
        return replace(self, spared=number)


def total(counted: Iterable[Counted], now: datetime, days: int | None = None) -> int:
    """The points that count now; with `days`, those of warnings that were given since then."""
    since = None if days is None else now - timedelta(days=days)
    return sum(
        one.points
        for one in counted
        if (one.until is None or one.until > now) and (since is None or one.at > since)
    )  # fmt: skip


def weigh(rules: Collection[WarnRule], before: Collection[Counted], points: int, now: datetime) -> Weighed:
    """What a new warning of so many points amounts to, beside those of `before`. With 0 points: how it stands."""
    totals = {days: total(before, now, days) for days in {rule.days for rule in rules}}
    crossed = [rule for rule in rules if totals[rule.days] < rule.points <= totals[rule.days] + points]
    left = [rule for rule in rules if rule.points > totals[rule.days] + points]
    ahead = min(left, key=lambda rule: (rule.points - totals[rule.days], rule.weight), default=None)
    shown = ahead or max(rules, key=lambda rule: rule.weight, default=None)
    return Weighed(
        points=total(before, now) + points,
        fired=max(crossed, key=lambda rule: rule.weight, default=None),
        ahead=ahead,
        reached=0 if shown is None else totals[shown.days] + points,
        days=None if shown is None else shown.days,
    )


def is_weaker(rule: WarnRule, case: Case, now: datetime) -> bool:
    """Whether what a rule asks for adds nothing to a case that holds, or is being done."""
    if case.is_over(now):
        return False
    match case.kind:
        case CaseKind.BAN:
            return rule.kind is not CaseKind.BAN or _ends_no_later(rule, case, now)
        case CaseKind.TIMEOUT:
            return rule.kind is CaseKind.TIMEOUT and _ends_no_later(rule, case, now)
        case CaseKind.KICK | CaseKind.SOFTBAN:
            return rule.kind is CaseKind.KICK
        case _:
            return False


def _ends_no_later(rule: WarnRule, case: Case, now: datetime) -> bool:
    return case.expires_at is None or (rule.lasts is not None and now + rule.lasts <= case.expires_at)
