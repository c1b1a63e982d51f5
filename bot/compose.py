"""The composition root: makes every object once and hands each what it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
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
from bot.jobs.erasure import ErasureSource
from bot.jobs.outbox import PRUNING_INTERVAL, OutboxSource
from bot.jobs.periodic import Periodic
from bot.jobs.retention import RETENTION_INTERVAL, Retention
from bot.jobs.ticker import Ticker
from bot.log import SecretsHidden
from bot.monitor.gauges import AppGauges
from bot.monitor.metrics import Metrics
from bot.monitor.readiness import Readiness
from bot.monitor.server import MonitorServer
from bot.services import Services
from bot.services.app_state import AppStateService
from bot.services.audit import AuditService
from bot.services.command_logs import CommandLogBuffer, CommandLogService
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
from bot.ui.uses import UseWatch

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
    command_log: CommandLogBuffer
    ticker: Ticker
    outbox: OutboxSource
    periodic: Sequence[Periodic]
    listener: Listener
    clock: Clock
    metrics: Metrics
    gauges: AppGauges
    monitor: MonitorServer | None
    """Serves the metrics; None without METRICS_PORT."""


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
        command_logs=CommandLogService(database),
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
    metrics = Metrics()
    database = Database(config, clock, rng, metrics)
    cache = SettingsCache(trusted=database.is_sqlite)
    features = FeatureSettings.of(settings.default_features)
    services = make_services(
        database, clock, rng, keep_guilds_for=settings.guild_retention, features=features, cache=cache
    )
    ids = IdMaker(clock, rng)
    recorder, command_log = Recorder(services.guilds), CommandLogBuffer(services.command_logs, ids)
    watch = UseWatch(clock, [metrics.used, command_log.note])
    http_trace = http_trace or aiohttp.TraceConfig()
    metrics.watch_requests(http_trace)
    bot = FolkmootBot(
        services=services,
        recorder=recorder,
        reporter=ErrorReporter(services.incidents, ids, hide, watch),
        watch=watch,
        meter=metrics,
        gate=Gate(settings.allowed_guild_ids),
        shards=Shards(settings.shard.count, settings.shard.ids),
        http_trace=http_trace,
        ready_patience=ready_patience,
        sync=sync,
    )
    ticker, outbox = _ticker(clock, services, bot)
    periodic = _periodic(settings, database, services, clock, [recorder.flush, command_log.flush])
    gauges = AppGauges(
        bot=bot, ticker=ticker, database=database, settings_cache=cache, command_log=command_log, clock=clock
    )
    return App(
        database, services, bot, bot.gate, recorder, command_log, ticker, outbox, periodic, listen(config, cache),
        clock, metrics, gauges, _monitor(settings, bot, metrics, gauges, database),
    )  # fmt: skip


def _ticker(clock: Clock, services: Services, bot: FolkmootBot) -> tuple[Ticker, OutboxSource]:
    sender = OutboxSender(bot, services.outbox)
    outbox = OutboxSource(services.outbox, sender.deliver, bot.shard_range)
    erasure = ErasureSource(services.guilds, bot.shard_range, lambda guild_id: bot.get_guild(guild_id) is not None)
    ticker = Ticker(clock, [outbox, erasure])
    services.outbox.on_queued(ticker.wake)
    return ticker, outbox


def _periodic(
    settings: Settings,
    database: Database,
    services: Services,
    clock: Clock,
    flushes: Sequence[Callable[[], Awaitable[object]]],
) -> list[Periodic]:
    retention = Retention(
        clock,
        services.command_logs,
        services.incidents,
        keep_uses_for=timedelta(days=settings.command_log_days),
        keep_incidents_for=timedelta(days=settings.incident_days),
    )
    periodic = [
        *(Periodic("buffers", INTERVAL, flush) for flush in flushes),
        Periodic("outbox pruning", PRUNING_INTERVAL, services.outbox.prune),
        Periodic("retention", RETENTION_INTERVAL, retention.prune),
    ]
    if isinstance(clock, SteeredClock):
        steered = clock
        periodic.append(Periodic("clock", STEER_INTERVAL, lambda: database.steer(steered)))
    return periodic


def _monitor(
    settings: Settings, bot: FolkmootBot, metrics: Metrics, gauges: AppGauges, database: Database
) -> MonitorServer | None:
    if settings.metrics.port is None:
        return None
    return MonitorServer(
        settings.metrics.host,
        settings.metrics.port,
        metrics=metrics,
        gauges=gauges,
        readiness=Readiness(bot, database, bot.gate),
        outbox_depth=lambda: bot.services.outbox.depth(bot.shard_range()),
    )
