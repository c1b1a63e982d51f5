"""The composition root's part for what is remembered: caches, and what keeps them in step between processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.notices import Listener
from bot.services.settings_cache import PREFERENCES_CHANNEL, SettingsCache


def preferences_cache(database: Database) -> SettingsCache:
    """A cache of what people set."""
    return SettingsCache(trusted=database.is_sqlite, channel=PREFERENCES_CHANNEL)


def listen(
    config: DatabaseConfig, *caches: SettingsCache, hears: Mapping[str, Callable[[str], None]] | None = None
) -> Listener:
    """Keeps caches in step with what other processes change, once it is started. `hears` are further channels."""

    def trust() -> None:
        for cache in caches:
            cache.trust()

    def distrust() -> None:
        for cache in caches:
            cache.distrust()

    channels = {cache.channel: cache.heard for cache in caches} | dict(hears or {})
    return Listener(config, channels, on_connected=trust, on_lost=distrust)
