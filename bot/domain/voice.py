"""What a stretch in voice earns, and if nothing, why. Everything is judged from what is handed in.

Who takes part: people (no bots) who are not away, and neither muted nor deafened where that is asked for. A room earns
for all who take part in it, as long as there are enough of them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from bot.domain.gains import Denied, Reason, of_stopped
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.multipliers import Factor

MINUTE = 60_000
"""Milliseconds for which `LevelingSettings.voice` is paid."""

LONGEST = 90_000
"""Milliseconds that one look at a room credits at most: who was there in a longer one nobody saw."""


class Presence(NamedTuple):
    """How somebody is in a voice channel."""

    is_bot: bool = False
    is_away: bool = False
    """It is the channel for those who are away."""
    is_muted: bool = False
    """By themselves, by the server, or as one of a stage's audience."""
    is_deafened: bool = False
    """By themselves or by the server."""


class Stretch(NamedTuple):
    """What some time in voice earns."""

    xp: Fraction = Fraction()
    """Exact; rounded down when it is paid."""
    denied: Denied | None = None
    """Why it earns nothing."""


def hindered(settings: LevelingSettings, seen: Presence) -> Denied | None:
    """Why somebody does not take part; None: they do. A bot never does, and nobody is told why.

    Who is deafened is muted as well, and hears of what they have to change first.
    """
    if seen.is_away:
        return Denied(Reason.AFK)
    if seen.is_deafened and not settings.voice_deafened:
        return Denied(Reason.DEAFENED)
    if seen.is_muted and not settings.voice_muted:
        return Denied(Reason.MUTED)
    return None


def takes_part(settings: LevelingSettings, seen: Presence) -> bool:
    """Whether somebody earns, given company, and is company to others."""
    return not seen.is_bot and hindered(settings, seen) is None


def has_company(settings: LevelingSettings, taking_part: int) -> bool:
    """Whether a room in which so many take part earns for them."""
    return taking_part > settings.voice_company


def stretch(settings: LevelingSettings, factor: Factor, lived: int) -> Stretch:
    """What `lived` milliseconds of taking part in company earn, multiplied by this factor."""
    if not factor.numerator:
        return Stretch(denied=of_stopped(factor))
    return Stretch(Fraction(settings.voice * factor.numerator * lived, factor.denominator * MINUTE))


def within_day(most: int | None, spent: int, xp: int) -> int:
    """How much of `xp` is paid to somebody whom voice earned `spent` on that day."""
    return xp if most is None else min(xp, max(most - spent, 0))


def seen_for(elapsed: int) -> int:
    """How many of the milliseconds since the last look count; a clock that goes backwards counts for nothing."""
    return min(max(elapsed, 0), LONGEST)
