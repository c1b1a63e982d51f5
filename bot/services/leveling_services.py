"""The services of leveling, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.leveling import LevelingService
from bot.services.xp_rules import XpRulesService


@dataclass(frozen=True)
class LevelingServices:
    """The services of leveling."""

    leveling: LevelingService
    xp_rules: XpRulesService
