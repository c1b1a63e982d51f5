"""The composition root's part for leveling."""

from __future__ import annotations

from bot.clock import Clock
from bot.db.engine import Database
from bot.services.guild_settings import GuildSettingsService
from bot.services.level_changes import nothing
from bot.services.leveling import LevelingService
from bot.services.leveling_services import LevelingServices
from bot.services.settings_cache import SettingsCache
from bot.services.xp_rules import XpRulesService


def leveling_services(
    database: Database, clock: Clock, *, settings: GuildSettingsService, cache: SettingsCache
) -> LevelingServices:
    """The services of leveling on a database."""
    return LevelingServices(
        leveling=LevelingService(database, clock, settings, nothing),
        xp_rules=XpRulesService(database, clock, settings, cache),
    )
