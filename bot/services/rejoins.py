"""Rejoins: staff hears when somebody joins of whom there is something on file."""

from __future__ import annotations

from datetime import datetime

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import search
from bot.domain.features import Feature
from bot.domain.moderation import ModerationSettings
from bot.domain.staff_notices import rejoin_alert
from bot.errors import FeatureOff
from bot.services.guild_settings import GuildSettingsService
from bot.services.staff_notices import StaffNoticesService


class RejoinsService:
    """Looks at those who join."""

    def __init__(
        self, database: Database, clock: Clock, settings: GuildSettingsService, notices: StaffNoticesService
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._notices = notices

    async def joined(self, guild_id: int, user_id: int, joined_at: datetime) -> bool:
        """Somebody joined at that moment: promise an alert if they have a record; whether they have.

        The same join is told once, however often it is heard of.
        """
        try:
            await self._settings.require(guild_id, Feature.MODERATION)
        except FeatureOff:
            return False
        if not (await self._settings.read(guild_id, ModerationSettings)).value.alert_on_return:
            return False
        now = self._clock.now()
        # Most who join keep no writer waiting.
        total = await self._database.query(lambda session: search.sum_of(session, guild_id, user_id, now=now))
        if not total.record:
            return False
        alert = rejoin_alert(user_id, joined_at, total)
        await self._database.transact(lambda session: self._notices.alert(session, guild_id, alert), idempotent=True)
        return True
