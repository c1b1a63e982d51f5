"""The services of leveling, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.ranks import RanksService


@dataclass(frozen=True)
class LevelingServices:
    """The services of leveling."""

    ranks: RanksService
