"""What members ask about levels that nobody has reached yet."""

from __future__ import annotations

from bot.db.engine import Database
from bot.db.repositories.leveling import rewards as rows
from bot.db.sessions import ReadSession
from bot.domain.features import Feature
from bot.domain.level_paths import Path, path
from bot.domain.leveling_settings import CurveSettings, LevelingSettings
from bot.services.guild_settings import GuildSettingsService


class LevelPathsService:
    """Calculates with a guild's curve."""

    def __init__(self, database: Database, settings: GuildSettingsService) -> None:
        self._database = database
        self._settings = settings

    async def calculate(self, guild_id: int, user_id: int, *, level: int | None, xp: int | None) -> Path:
        """The way to a level or to an amount of XP, whichever is given.

        Raises:
            FeatureOff: leveling is switched off.
            XpOrLevel: none is given, or both.
            LevelAboveCap: nobody can reach the level.
        """
        await self._settings.require(guild_id, Feature.LEVELING)

        async def unit(session: ReadSession) -> Path:
            curve = (await self._settings.within(session, guild_id, CurveSettings)).curve
            settings = await self._settings.within(session, guild_id, LevelingSettings)
            held = await rows.xp_of(session, guild_id, user_id)
            return path(curve.table(), settings, held, level=level, xp=xp)

        return await self._database.query(unit)

    async def require(self, guild_id: int) -> None:
        """Go on only where there are levels.

        Raises:
            FeatureOff: leveling is switched off.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
