"""The composition root: makes every object once and hands each what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random, SystemRandom

import aiohttp

from bot import __version__
from bot.app import READY_PATIENCE, FolkmootBot, Shards
from bot.clock import Clock, SteeredClock
from bot.db.archive import Archive
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.notices import Listener
from bot.domain.about import About
from bot.domain.features import FeatureSettings
from bot.features import FEATURES, Kit, aliases, holdings, sections
from bot.ids import IdMaker
from bot.jobs.backups import BackupJob
from bot.jobs.periodic import Periodic
from bot.jobs.ticker import Bell, Ticker
from bot.log import SecretsHidden
from bot.pictures.studio import REST, Pictures
from bot.services import Services
from bot.services.app_state import AppStateService
from bot.services.audit import AuditService
from bot.services.backups import BackupsService
from bot.services.economy import EconomyService
from bot.services.guild_settings import GuildSettingsService
from bot.services.guilds import GuildsService
from bot.services.incidents import IncidentsService
from bot.services.ledger import Ledger
from bot.services.outbox import OutboxService
from bot.services.people import PeopleService
from bot.services.privacy import PrivacyService
from bot.services.recorder import Recorder
from bot.services.settings_cache import CHANNEL, SettingsCache
from bot.services.shadows import Shadows
from bot.settings import Settings
from bot.ui.errors import ErrorReporter
from bot.ui.gate import Gate

STEER_INTERVAL = 30.0
"""Seconds between two looks at the database server's clock."""


@dataclass(frozen=True)
class App:
    """A whole bot, not yet started."""

    database: Database
    services: Services
    bot: FolkmootBot
    gate: Gate
    recorder: Recorder
    ticker: Ticker
    pictures: Pictures
    periodic: Sequence[Periodic]
    listener: Listener
    clock: Clock


def make_services(
    database: Database,
    clock: Clock,
    rng: Random,
    *,
    keep_guilds_for: timedelta,
    features: FeatureSettings | None = None,
    cache: SettingsCache | None = None,
    back_up_every: timedelta = timedelta(),
) -> Services:
    """The services on a database, for the bot and for commands that run without it.

    `features` are those that guilds have which never chose. Without a `cache` that hears of other processes' changes
    (`listen`) settings are remembered on SQLite alone, where there are no other processes.
    """
    ids = IdMaker(clock, rng)
    audit = AuditService(database, clock, ids)
    shadows = Shadows(rng)
    cache = cache or SettingsCache(trusted=database.is_sqlite)
    guild_settings = GuildSettingsService(database, audit, cache, sections(), [features or FeatureSettings()])
    outbox = OutboxService(database, clock, ids)
    return Services(
        app_state=AppStateService(database),
        audit=audit,
        backups=BackupsService(database, clock, ids, every=back_up_every),
        economy=EconomyService(database, clock, Ledger(clock, ids, shadows), guild_settings, shadows),
        guild_settings=guild_settings,
        guilds=GuildsService(database, clock, ids, guild_settings, outbox, keep_for=keep_guilds_for),
        incidents=IncidentsService(database),
        outbox=outbox,
        privacy=PrivacyService(database, holdings(), shadows, audit, ids),
        people=PeopleService(database),
    )


def listen(config: DatabaseConfig, cache: SettingsCache) -> Listener:
    """Keeps a cache in step with what other processes change, once it is started."""
    return Listener(config, CHANNEL, on_notice=cache.heard, on_connected=cache.trust, on_lost=cache.distrust)


def make_app(
    settings: Settings,
    config: DatabaseConfig,
    *,
    hide: SecretsHidden,
    clock: Clock | None = None,
    rng: Random | None = None,
    http_trace: aiohttp.TraceConfig | None = None,
    ready_patience: float = READY_PATIENCE,
    sync: bool = False,
) -> App:
    """A bot with everything it needs. Must be called inside a running loop."""
    clock = clock or SteeredClock()
    rng = rng or SystemRandom()
    database = Database(config, clock, rng)
    cache = SettingsCache(trusted=database.is_sqlite)
    services = make_services(
        database,
        clock,
        rng,
        keep_guilds_for=settings.guild_retention,
        features=FeatureSettings.of(settings.default_features),
        cache=cache,
        back_up_every=settings.backup.every,
    )
    gate = Gate(settings.allowed_guild_ids)
    recorder = Recorder(services.guilds)
    pictures = Pictures()
    bot = FolkmootBot(
        services=services,
        recorder=recorder,
        reporter=ErrorReporter(services.incidents, IdMaker(clock, rng), hide),
        gate=gate,
        shards=Shards(settings.shard.count, settings.shard.ids),
        pictures=pictures,
        chapters=[feature.chapter for feature in FEATURES],
        aliases=aliases(),
        about=About(__version__, clock.now(), settings.links.source, settings.links.support, settings.links.privacy),
        http_trace=http_trace,
        ready_patience=ready_patience,
        sync=sync,
    )
    bell = Bell()
    kit = Kit(services, bot, bell.ring)
    ticker = Ticker(clock, [source for feature in FEATURES for source in feature.due(kit)], bell)
    periodic = [job for feature in FEATURES for job in feature.rounds(kit)]
    periodic += _upkeep(settings, database, services, pictures, clock)
    return App(database, services, bot, gate, recorder, ticker, pictures, periodic, listen(config, cache), clock)


def _upkeep(
    settings: Settings, database: Database, services: Services, pictures: Pictures, clock: Clock
) -> list[Periodic]:
    """What the process does now and then for itself."""
    periodic = [Periodic("pictures", REST, pictures.rest)]
    if settings.backup.every:
        archive = Archive(database.config, settings.data_dir, settings.backup.retention)
        periodic.append(BackupJob(services.backups, archive, clock))
    if isinstance(clock, SteeredClock):
        periodic.append(Periodic("clock", STEER_INTERVAL, lambda: database.steer(clock)))
    return periodic
