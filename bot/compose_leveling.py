"""The composition root's part for leveling."""

from __future__ import annotations

from bot.clock import Clock
from bot.db.engine import Database
from bot.services.guild_settings import GuildSettingsService
from bot.services.leveling_services import LevelingServices
from bot.services.ranks import RanksService


def leveling_services(database: Database, clock: Clock, *, settings: GuildSettingsService) -> LevelingServices:
    """The services of leveling on a database."""
    return LevelingServices(
        ranks=RanksService(database, clock, settings),
    )
