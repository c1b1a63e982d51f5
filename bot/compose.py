"""The composition root: makes every object once and hands each what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random, SystemRandom

import aiohttp

from bot.actions.outbox import OutboxSender
from bot.app import READY_PATIENCE, FolkmootBot, Shards
from bot.clock import Clock, SteeredClock
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.notices import Listener
from bot.domain.features import FeatureSettings
from bot.ids import IdMaker
from bot.jobs.batches import PRUNING_INTERVAL as BATCH_PRUNING_INTERVAL
from bot.jobs.batches import BatchSource
from bot.jobs.erasure import ErasureSource
from bot.jobs.outbox import PRUNING_INTERVAL, OutboxSource
from bot.jobs.periodic import Periodic
from bot.jobs.ticker import Ticker
from bot.log import SecretsHidden
from bot.services import Services
from bot.services.app_state import AppStateService
from bot.services.audit import AuditService
from bot.services.batches import BatchesService
from bot.services.economy import EconomyService
from bot.services.guild_settings import GuildSettingsService
from bot.services.guilds import GuildsService
from bot.services.incidents import IncidentsService
from bot.services.ledger import Ledger
from bot.services.outbox import OutboxService
from bot.services.recorder import INTERVAL, Recorder
from bot.services.settings_cache import CHANNEL, SettingsCache
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
    outbox: OutboxSource
    batches: BatchSource
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
) -> Services:
    """The services on a database, for the bot and for commands that run without it.

    `features` are those that guilds have which never chose. Without a `cache` that hears of other processes' changes
    (`listen`) settings are remembered on SQLite alone, where there are no other processes.
    """
    ids = IdMaker(clock, rng)
    audit = AuditService(database, clock, ids)
    cache = cache or SettingsCache(trusted=database.is_sqlite)
    guild_settings = GuildSettingsService(database, audit, cache, [features or FeatureSettings()])
    outbox = OutboxService(database, clock, ids)
    return Services(
        app_state=AppStateService(database),
        audit=audit,
        batches=BatchesService(database, clock, ids, outbox, audit),
        economy=EconomyService(database, clock, Ledger(clock, ids), guild_settings),
        guild_settings=guild_settings,
        guilds=GuildsService(database, clock, ids, guild_settings, outbox, keep_for=keep_guilds_for),
        incidents=IncidentsService(database),
        outbox=outbox,
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
    )
    gate = Gate(settings.allowed_guild_ids)
    recorder = Recorder(services.guilds)
    bot = FolkmootBot(
        services=services,
        recorder=recorder,
        reporter=ErrorReporter(services.incidents, IdMaker(clock, rng), hide),
        gate=gate,
        shards=Shards(settings.shard.count, settings.shard.ids),
        http_trace=http_trace,
        ready_patience=ready_patience,
        sync=sync,
    )
    sender = OutboxSender(bot, services.outbox)
    outbox = OutboxSource(services.outbox, sender.deliver, bot.shard_range)
    batches = BatchSource(services.batches, bot.batches.take_turn, bot.shard_range)
    erasure = ErasureSource(services.guilds, bot.shard_range, lambda guild_id: bot.get_guild(guild_id) is not None)
    ticker = Ticker(clock, [outbox, batches, erasure])
    services.outbox.on_queued(ticker.wake)
    services.batches.on_due(ticker.wake)
    periodic = _periodic(database, clock, services, recorder)
    listener = listen(config, cache)
    return App(database, services, bot, gate, recorder, ticker, outbox, batches, periodic, listener, clock)


def _periodic(database: Database, clock: Clock, services: Services, recorder: Recorder) -> list[Periodic]:
    jobs = [
        Periodic("recorder", INTERVAL, recorder.flush),
        Periodic("outbox pruning", PRUNING_INTERVAL, services.outbox.prune),
        Periodic("batch pruning", BATCH_PRUNING_INTERVAL, services.batches.prune),
    ]
    if isinstance(clock, SteeredClock):
        jobs.append(Periodic("clock", STEER_INTERVAL, lambda: database.steer(clock)))
    return jobs
