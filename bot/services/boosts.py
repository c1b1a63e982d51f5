"""Members' boosts: a factor of their own for some time, written in the transaction of what brought it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bot.clock import Clock
from bot.db.repositories.leveling import multipliers as rows
from bot.db.repositories.leveling.multipliers import NewBoost
from bot.db.sessions import WriteSession
from bot.domain.features import Feature, FeatureSettings
from bot.domain.shop import BoostXp
from bot.errors import FeatureOff
from bot.ids import IdMaker
from bot.services.guild_settings import GuildSettingsService
from bot.services.xp_rules import XpRulesService


class Boosts:
    """Gives them. What is over is pruned by whoever prunes XP; nothing is to be done when one ends."""

    def __init__(self, clock: Clock, ids: IdMaker, settings: GuildSettingsService, rules: XpRulesService) -> None:
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._rules = rules

    async def give(
        self, session: WriteSession, guild_id: int, user_id: int, boosts: Iterable[BoostXp], *, source: str
    ) -> None:
        """Give a member boosts, each behind one of the same factor that still runs. Of several factors the best counts.

        Whoever calls it keeps others from giving the same member boosts until the transaction ends.

        Raises:
            FeatureOff: leveling is switched off, so they would pass unused.
        """
        given = tuple(boosts)
        if not given:
            return
        if not (await self._settings.within(session, guild_id, FeatureSettings)).has(Feature.LEVELING):
            raise FeatureOff(Feature.LEVELING.value, Feature.LEVELING.label)
        now = self._clock.now()
        for one in given:
            running = await rows.boosts_until(session, guild_id, user_id, one.per_mille, now)
            until = (running or now) + timedelta(seconds=one.seconds)
            new = NewBoost(self._ids.new(), user_id, one.per_mille, until, source)
            await rows.boost(session, guild_id, new)
        await self._rules.changed(session, guild_id)
