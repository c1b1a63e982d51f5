"""How far a level is, and how long the way there takes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.curves import Progress, Table
from bot.domain.leveling import UNIT
from bot.domain.leveling_settings import LevelingSettings
from bot.errors import LevelAboveCap, XpOrLevel


@dataclass(frozen=True)
class Path:
    """What a level or an amount of XP is, and how far somebody is from it."""

    asked: Progress
    """At the amount that was asked for, or at the beginning of the level."""
    mine: Progress
    """Where they are."""
    messages: int | None
    """How many messages that earn lie between, on an average; None: none is missing, or messages earn nothing."""

    @property
    def missing(self) -> int:
        """XP between; 0 if they are there."""
        return max(self.asked.total - self.mine.total, 0)


def path(table: Table, settings: LevelingSettings, held: int, *, level: int | None, xp: int | None) -> Path:
    """The way to a level or to an amount of XP, whichever is given, for somebody with so much XP.

    Raises:
        XpOrLevel: none is given, or both.
        LevelAboveCap: nobody can reach the level.
    """
    if level is not None and level > table.cap:
        raise LevelAboveCap(level, table.cap)
    if level is not None and xp is None:
        target = table.total(level)
    elif xp is not None and level is None:
        target = xp
    else:
        raise XpOrLevel
    # Twice the average per mille, so that there is nothing to round before the end.
    twice = (settings.message_least + settings.message_most) * settings.factor
    missing = max(target - held, 0)
    messages = -(-missing * 2 * UNIT // twice) if missing and twice else None
    return Path(table.progress(target), table.progress(held), messages)
