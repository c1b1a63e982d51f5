"""The services of leveling, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.curves import CurvesService
from bot.services.level_paths import LevelPathsService
from bot.services.level_ups import LevelUps
from bot.services.level_wishes import LevelWishesService
from bot.services.leveling import LevelingService
from bot.services.multipliers import MultipliersService
from bot.services.ranks import RanksService
from bot.services.rewards import RewardsService
from bot.services.xp_rules import XpRulesService
from bot.services.xp_staff import XpStaffService


@dataclass(frozen=True)
class LevelingServices:
    """The services of leveling."""

    curves: CurvesService
    level_paths: LevelPathsService
    level_ups: LevelUps
    level_wishes: LevelWishesService
    leveling: LevelingService
    multipliers: MultipliersService
    ranks: RanksService
    rewards: RewardsService
    xp_rules: XpRulesService
    xp_staff: XpStaffService
