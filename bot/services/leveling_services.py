"""The services of leveling, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.level_ups import LevelUps
from bot.services.level_wishes import LevelWishesService
from bot.services.rewards import RewardsService


@dataclass(frozen=True)
class LevelingServices:
    """The services of leveling."""

    level_ups: LevelUps
    level_wishes: LevelWishesService
    rewards: RewardsService
