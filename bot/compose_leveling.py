"""The composition root's part for leveling."""

from __future__ import annotations

from bot.services.leveling_services import LevelingServices


def leveling_services() -> LevelingServices:
    """The services of leveling on a database."""
    return LevelingServices()
