"""What members wish about levels: each their own, in each guild."""

from __future__ import annotations

from dataclasses import replace

from bot.db.engine import Database
from bot.db.repositories.leveling import wishes as rows
from bot.db.sessions import WriteSession
from bot.domain.features import Feature
from bot.domain.leveling import Wish
from bot.services.guild_settings import GuildSettingsService


class LevelWishesService:
    """Reads and keeps them."""

    def __init__(self, database: Database, settings: GuildSettingsService) -> None:
        self._database = database
        self._settings = settings

    async def read(self, guild_id: int, user_id: int) -> Wish:
        """What a member wishes.

        Raises:
            FeatureOff: leveling is switched off.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        return await self._database.query(lambda session: rows.get(session, guild_id, user_id))

    async def choose(
        self, guild_id: int, user_id: int, *, ping: bool | None = None, nameless: bool | None = None
    ) -> Wish:
        """Change what is not None; how it is then.

        Raises:
            FeatureOff: leveling is switched off.
        """
        await self._settings.require(guild_id, Feature.LEVELING)

        async def unit(session: WriteSession) -> Wish:
            before = await rows.get(session, guild_id, user_id)
            after = replace(
                before,
                ping=before.ping if ping is None else ping,
                nameless=before.nameless if nameless is None else nameless,
            )
            if after != before:
                await rows.put(session, guild_id, user_id, after)
            return after

        return await self._database.transact(unit, idempotent=True)
