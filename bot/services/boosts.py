"""Members' boosts: a factor of their own for some time, written in the transaction of what brought it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bot.clock import Clock
from bot.db.repositories.leveling import multipliers as rows
from bot.db.repositories.leveling.multipliers import OwnBoost
from bot.db.sessions import Session, WriteSession
from bot.domain.features import Feature, FeatureSettings
from bot.domain.purchases import Stretch, ends_without
from bot.domain.shop import LONGEST_BOOST, BoostXp
from bot.errors import FeatureOff, QuantityOutOfBounds
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

    async def check(self, session: Session, guild_id: int, boosts: Iterable[BoostXp], copies: int) -> None:
        """Refuse, before anything is paid or used up, boosts that would pass unused, or are too long at once.

        Raises:
            FeatureOff: leveling is switched off.
            QuantityOutOfBounds: so many copies are more than `LONGEST_BOOST`.
        """
        given = tuple(boosts)
        if not given:
            return
        if not (await self._settings.within(session, guild_id, FeatureSettings)).has(Feature.LEVELING):
            raise FeatureOff(Feature.LEVELING.value, Feature.LEVELING.label)
        most = LONGEST_BOOST // max(one.seconds for one in given)
        if copies > most:
            raise QuantityOutOfBounds(copies, most)

    async def give(
        self,
        session: WriteSession,
        guild_id: int,
        user_id: int,
        boosts: Iterable[BoostXp],
        *,
        source: str,
        copies: int = 1,
    ) -> None:
        """Give a member boosts, each behind one of the same factor that still runs. Of several factors the best counts.

        Whoever calls it keeps others from giving the same member boosts until the transaction ends.

        Raises:
            FeatureOff, QuantityOutOfBounds: as `check` does.
        """
        given = tuple(boosts)
        if not given:
            return
        await self.check(session, guild_id, given, copies)
        now = self._clock.now()
        for one in given:
            running = await rows.boosts_until(session, guild_id, user_id, one.per_mille, now)
            until = (running or now) + timedelta(seconds=one.seconds * copies)
            new = OwnBoost(self._ids.new(), user_id, one.per_mille, until, source)
            await rows.boost(session, guild_id, new)
        await self._rules.changed(session, guild_id)

    async def running(self, session: Session, guild_id: int, user_id: int, source: str) -> int:
        """How many boosts from a source a member has that are not over."""
        theirs = await rows.boosts_of(session, guild_id, user_id, self._clock.now())
        return sum(one.source == source for one in theirs)

    async def take_back(self, session: WriteSession, guild_id: int, user_id: int, source: str) -> None:
        """End a member's boosts from a source; those of the same factor behind them move up. What was earned stays.

        Whoever calls it keeps others from changing the same member's boosts until the transaction ends.
        """
        now = self._clock.now()
        theirs = await rows.boosts_of(session, guild_id, user_id, now)
        for gone in [one for one in theirs if one.source == source]:
            left = await rows.boosts_of(session, guild_id, user_id, now)
            times = [Stretch(str(one.id), one.until) for one in left if one.per_mille == gone.per_mille]
            for name, until in ends_without(times, str(gone.id), now).items():
                await rows.end_boost_at(session, guild_id, int(name), until)
            await rows.drop_boost(session, guild_id, gone.id)
        await self._rules.changed(session, guild_id)
