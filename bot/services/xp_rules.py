"""What decides about gains in a guild, in memory for as long as this process hears of every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db import notices
from bot.db.engine import Database
from bot.db.repositories.leveling import factors
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.features import Feature, FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.multipliers import Rules
from bot.services.guild_settings import GuildSettingsService
from bot.services.settings_cache import SettingsCache, notice

_NOTICE = "xp"
"""Under this name others are told, beside the sections of settings, that multipliers or boosts changed."""

_DECIDE = {one.section for one in (FeatureSettings, GeneralSettings, LevelingSettings)} | {_NOTICE, ""}

_SKEW = timedelta(minutes=1)
"""How far Discord's clock, which messages bear, may be behind ours."""

UNHEARD_FOR = timedelta(seconds=5)
"""For how long rules are used while changes may be missed: then they are looked up again."""


@dataclass(frozen=True)
class Loaded:
    """What was read of a guild."""

    rules: Rules
    earned_at: Mapping[int, datetime]
    """Members whose cooldown may still run, and when a message of theirs earned last."""


class XpRulesService:
    """Knows the rules of guilds in which something is earned."""

    def __init__(self, database: Database, clock: Clock, settings: GuildSettingsService, cache: SettingsCache) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._cache = cache
        self._known: dict[int, Rules] = {}
        self._unheard: dict[int, datetime] = {}
        """Of those that were read while changes may be missed: until when they are used."""
        cache.on_change(self._heard)

    def known(self, guild_id: int) -> Rules | None:
        """A guild's rules if they are in memory. Asked for each message."""
        found = self._known.get(guild_id)
        if found is None or not self._unheard:
            return found
        until = self._unheard.get(guild_id)
        if until is not None and self._clock.now() >= until:
            self._drop(guild_id)
            return None
        return found

    async def load(self, guild_id: int) -> Loaded:
        """Read a guild's rules, and remember them unless they changed meanwhile.

        Raises:
            DatabaseAway: they are not known.
        """
        now, mark = self._clock.now(), self._cache.mark

        async def unit(session: ReadSession) -> Loaded:
            settings = await self._settings.within(session, guild_id, LevelingSettings)
            features = await self._settings.within(session, guild_id, FeatureSettings)
            general = await self._settings.within(session, guild_id, GeneralSettings)
            rules = Rules(
                settings,
                general.zone,
                await factors.multipliers(session, guild_id, now),
                is_on=features.has(Feature.LEVELING),
                prefix=general.prefix,
            )
            since = now - timedelta(seconds=settings.cooldown) - _SKEW
            earned_at = (
                await factors.earned_since(session, guild_id, since) if rules.is_on and settings.cooldown else {}
            )
            return Loaded(rules, earned_at)

        loaded = await self._database.query(unit)
        if mark == self._cache.mark:
            self._known[guild_id] = loaded.rules
            if not self._cache.trusted:
                self._unheard[guild_id] = now + UNHEARD_FOR
        return loaded

    async def changed(self, session: WriteSession, guild_id: int) -> None:
        """Say, inside the transaction that changes a guild's multipliers or boosts, that its rules are others now."""
        await notices.send(session, self._cache.channel, notice(guild_id, _NOTICE))
        self._database.after_commit(lambda: self._cache.drop(guild_id, _NOTICE))

    def _heard(self, guild_id: int | None, section: str) -> None:
        if guild_id is None:
            self._known.clear()
            self._unheard.clear()
        elif section in _DECIDE:
            self._drop(guild_id)

    def _drop(self, guild_id: int) -> None:
        self._known.pop(guild_id, None)
        self._unheard.pop(guild_id, None)
