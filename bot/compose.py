"""The composition root: makes every object once and hands each what it needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Any

import aiohttp

from bot import __version__
from bot.actions.voice import VoiceRooms
from bot.actions.xp import XpGatherer
from bot.app import READY_PATIENCE, FolkmootBot, Shards
from bot.clock import Clock, SteeredClock
from bot.compose_caches import listen, preferences_cache
from bot.compose_economy import economy_services
from bot.compose_giveaways import giveaway_services
from bot.compose_leveling import leveling_services
from bot.compose_moderation import moderation_services
from bot.compose_tickets import ticket_services
from bot.db.archive import Archive
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.notices import Listener
from bot.domain.about import About
from bot.domain.features import FeatureSettings
from bot.domain.privacy import Erased
from bot.domain.staff_notices import Story
from bot.features import (
    FEATURES,
    Kit,
    aliases,
    audited,
    boards,
    holdings,
    invariants,
    log_channels,
    sections,
    tellers,
)
from bot.i18n import Tongue, tongue
from bot.ids import IdMaker
from bot.jobs.backups import BackupJob
from bot.jobs.periodic import Periodic
from bot.jobs.retention import RETENTION_INTERVAL, Retention
from bot.jobs.ticker import Bell, Ticker
from bot.log import SecretsHidden
from bot.monitor.gauges import AppGauges, Stock
from bot.monitor.metrics import Metrics
from bot.monitor.readiness import Readiness
from bot.pictures.studio import REST, Pictures
from bot.services import Services
from bot.services.app_state import AppStateService
from bot.services.audit import AuditService
from bot.services.backups import BackupsService
from bot.services.batches import BatchesService
from bot.services.command_logs import CommandLogBuffer, CommandLogService
from bot.services.guild_settings import GuildSettingsService
from bot.services.guilds import GuildsService
from bot.services.incidents import IncidentsService
from bot.services.leaderboard import LeaderboardService
from bot.services.outbox import OutboxService
from bot.services.people import PeopleService
from bot.services.preferences import PreferencesService
from bot.services.privacy import ERASURES_CHANNEL, PrivacyService
from bot.services.recorder import INTERVAL, Recorder
from bot.services.role_care import RoleCareService
from bot.services.role_grants import RoleGrantsService
from bot.services.settings_cache import SettingsCache
from bot.services.shadows import Shadows
from bot.services.staff_notices import StaffNoticesService
from bot.services.ticket_places import TICKETS_CHANNEL
from bot.services.xp_rules import XpRulesService
from bot.settings import Settings
from bot.ui.errors import ErrorReporter
from bot.ui.gate import Gate
from bot.ui.phrases import teller
from bot.ui.uses import UseWatch

if TYPE_CHECKING:
    from bot.monitor.server import MonitorServer

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
    pictures: Pictures
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
    people_cache: SettingsCache | None = None,
    back_up_every: timedelta = timedelta(),
    data_dir: Path | None = None,
    tongue: Callable[[str], Tongue] = tongue,
) -> Services:
    """The services on a database, for the bot and for commands that run without it.

    `features` are those that guilds have which never chose. What guilds (`cache`) and people (`people_cache`) set is
    remembered in caches that hear of other processes' changes (`listen`); without them on SQLite alone, where there are
    none. Files are kept in `data_dir`; without it none can be.
    """
    ids = IdMaker(clock, rng)
    outbox = OutboxService(database, clock, ids)
    story = Story(sections(), audited(), log_channels())
    notices = StaffNoticesService(database, clock, outbox, story, teller(tongue))
    outbox.on_given_up(notices.given_up)
    audit = AuditService(database, clock, ids, notices, audited())
    role_grants = RoleGrantsService(database, clock, ids, audit, notices)
    shadows = Shadows(rng)
    cache = SettingsCache(trusted=database.is_sqlite) if cache is None else cache  # an empty one is false
    people_cache = preferences_cache(database) if people_cache is None else people_cache
    preferences = PreferencesService(database, people_cache)
    guild_settings = GuildSettingsService(database, audit, cache, sections(), [features or FeatureSettings()])
    of_features = _of_features(
        database, clock, ids, rng, data_dir=data_dir, tongue=tongue, cache=cache, outbox=outbox,
        settings=guild_settings, notices=notices, audit=audit, role_grants=role_grants, shadows=shadows,
        preferences=preferences,
    )  # fmt: skip
    made = Services(
        **of_features,
        app_state=AppStateService(database),
        audit=audit,
        backups=BackupsService(database, clock, ids, every=back_up_every),
        batches=BatchesService(database, clock, ids, outbox, audit),
        command_logs=CommandLogService(database),
        guild_settings=guild_settings,
        guilds=GuildsService(database, clock, ids, guild_settings, outbox, keep_for=keep_guilds_for),
        incidents=IncidentsService(database),
        leaderboards=LeaderboardService(clock, guild_settings),
        outbox=outbox,
        preferences=preferences,
        privacy=PrivacyService(database, holdings(), shadows, audit, ids, preferences=preferences),
        people=PeopleService(database),
        role_care=RoleCareService(database, clock, audit, role_grants.wake),
        role_grants=role_grants,
        staff_notices=notices,
    )
    return _acquainted(made)


def _of_features(
    database: Database,
    clock: Clock,
    ids: IdMaker,
    rng: Random,
    *,
    data_dir: Path | None,
    tongue: Callable[[str], Tongue],
    cache: SettingsCache,
    outbox: OutboxService,
    settings: GuildSettingsService,
    notices: StaffNoticesService,
    audit: AuditService,
    role_grants: RoleGrantsService,
    shadows: Shadows,
    preferences: PreferencesService,
) -> dict[str, Any]:
    """The services of the features that have several, by name."""
    tell, xp_rules = teller(tongue), XpRulesService(database, clock, settings, cache)
    money = economy_services(
        database, clock, ids, rng, settings=settings, audit=audit, role_grants=role_grants, shadows=shadows,
        preferences=preferences, promises=invariants()["economy"], xp_rules=xp_rules,
    )  # fmt: skip
    cases = moderation_services(
        database, clock, ids, data_dir, outbox=outbox, settings=settings, notices=notices, audit=audit, tell=tell
    )
    levels = leveling_services(
        database, clock, ids, settings=settings, xp_rules=xp_rules, audit=audit, outbox=outbox,
        role_grants=role_grants, shadows=shadows, tongue=tongue,
    )  # fmt: skip
    tickets = ticket_services(
        database, clock, ids, data_dir, outbox=outbox, settings=settings, notices=notices, audit=audit,
        proof=cases.proof, tell=tell,
    )  # fmt: skip
    giveaways = giveaway_services(
        database, clock, ids, rng.randbytes, outbox=outbox, settings=settings, audit=audit, role_grants=role_grants,
        shadows=shadows, tell=tell,
    )  # fmt: skip
    return {**vars(money), **vars(cases), **vars(levels), **vars(tickets), **vars(giveaways)}


def _acquainted(services: Services) -> Services:
    """The services, with every leaderboard of the features to be asked for, and files to be handed out with rows."""
    services.privacy.on_copying(services.proof.about)
    services.privacy.on_copying(services.ticket_files.about)
    for switch, board in boards():
        is_on = None if board.is_on is None else board.is_on(services)
        services.leaderboards.offer(board, switch, board.source(services), is_on)
    return services


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
    tongue: Callable[[str], Tongue] = tongue,
    monotonic: Callable[[], float] = time.monotonic,
) -> App:
    """A bot with everything it needs. Must be called inside a running loop.

    `tongue` gives what it takes to speak a language; by default the catalogues that come along. `monotonic`
    says how seconds pass, from any beginning.
    """
    clock = clock or SteeredClock()
    rng = rng or SystemRandom()
    metrics = Metrics()
    database = Database(config, clock, rng, metrics)
    caches = {"settings": SettingsCache(trusted=database.is_sqlite), "preferences": preferences_cache(database)}
    services = _services_of(settings, database, clock, rng, caches=caches, tongue=tongue)
    caches["settings"].on_change(services.ticket_places.heard_of_settings)
    ids = IdMaker(clock, rng)
    command_log = _command_log(services, clock, ids)
    watch = UseWatch(clock, [metrics.used, command_log.note])
    http_trace = http_trace or aiohttp.TraceConfig()
    metrics.watch_requests(http_trace)
    xp = XpGatherer(Random(rng.getrandbits(64)).randint, ids.new)  # noqa: S311 — nobody gains by guessing XP
    bot = FolkmootBot(
        services=services,
        recorder=Recorder(services.guilds),
        reporter=ErrorReporter(services.incidents, ids, hide, watch),
        watch=watch,
        meter=metrics,
        gate=Gate(settings.allowed_guild_ids),
        shards=Shards(settings.shard.count, settings.shard.ids),
        features=[feature.probed for feature in FEATURES],
        pictures=Pictures(),
        xp=xp,
        voice=VoiceRooms(xp, services.xp_rules, services.leveling, now=clock.now, seconds=monotonic),
        aliases=aliases(),
        about=_about(settings, clock),
        tongue=tongue, tellers=tellers(), http_trace=http_trace, ready_patience=ready_patience, sync=sync,
    )  # fmt: skip
    bell = Bell()
    kit = Kit(services, bot, bell.ring)
    ticker = Ticker(clock, [source for feature in FEATURES for source in feature.due(kit)], bell)
    periodic = [job for feature in FEATURES for job in feature.rounds(kit)]
    periodic += _periodic(settings, database, bot, clock, command_log)
    gauges = AppGauges(bot=bot, ticker=ticker, database=database, caches=caches, command_log=command_log, clock=clock)
    return App(
        database, services, bot, bot.gate, bot.recorder, command_log, ticker, bot.pictures, periodic,
        listen(config, *caches.values(), hears=_hears(command_log, bot)),
        clock, metrics, gauges, _monitor(settings, bot, metrics, gauges, database),
    )  # fmt: skip


def _about(settings: Settings, clock: Clock) -> About:
    links = settings.links
    return About(__version__, clock.now(), links.source, links.support, links.privacy, links.docs)


def _command_log(services: Services, clock: Clock, ids: IdMaker) -> CommandLogBuffer:
    made = CommandLogBuffer(services.command_logs, clock, ids)
    services.privacy.on_erasing(made.forget)
    return made


def _hears(command_log: CommandLogBuffer, bot: FolkmootBot) -> Mapping[str, Callable[[str], None]]:
    """What is to be done about what other processes tell, by the channel on which they do."""
    return {
        ERASURES_CHANNEL: _erased_elsewhere(command_log, bot),
        TICKETS_CHANNEL: bot.services.ticket_places.heard,
    }


def _erased_elsewhere(command_log: CommandLogBuffer, bot: FolkmootBot) -> Callable[[str], None]:
    """What is to be done when another process erases somebody: forget what is not written yet."""

    def heard(notice: str) -> None:
        command_log.heard(notice)
        erased = Erased.read(notice)
        if erased is not None:
            bot.voice.forget(erased.user_id, erased.guild_id)
            bot.xp.forget(erased.user_id, erased.guild_id)
            bot.services.ticket_record.drop(erased)

    return heard


def _services_of(
    settings: Settings,
    database: Database,
    clock: Clock,
    rng: Random,
    *,
    caches: Mapping[str, SettingsCache],
    tongue: Callable[[str], Tongue],
) -> Services:
    return make_services(
        database,
        clock,
        rng,
        keep_guilds_for=settings.guild_retention,
        features=FeatureSettings.of(settings.default_features),
        cache=caches["settings"],
        people_cache=caches["preferences"],
        back_up_every=settings.backup.every,
        data_dir=settings.data_dir,
        tongue=tongue,
    )


def _periodic(
    settings: Settings, database: Database, bot: FolkmootBot, clock: Clock, command_log: CommandLogBuffer
) -> list[Periodic]:
    """What the process does every so often, whatever features it has."""
    retention = Retention(
        clock,
        bot.services.command_logs,
        bot.services.incidents,
        bot.services.xp_staff,
        keep_uses_for=timedelta(days=settings.command_log_days),
        keep_incidents_for=timedelta(days=settings.incident_days),
        keep_xp_changes_for=timedelta(days=settings.xp_change_days),
    )
    periodic = [
        Periodic("pictures", REST, bot.pictures.rest),
        Periodic("command log", INTERVAL, command_log.flush),
        Periodic("retention", RETENTION_INTERVAL, retention.prune),
    ]
    if settings.backup.every:
        archive = Archive(database.config, settings.data_dir, settings.backup.retention)
        periodic.append(BackupJob(bot.services.backups, archive, clock))
    if isinstance(clock, SteeredClock):
        steered = clock
        periodic.append(Periodic("clock", STEER_INTERVAL, lambda: database.steer(steered)))
    return periodic


def _monitor(
    settings: Settings, bot: FolkmootBot, metrics: Metrics, gauges: AppGauges, database: Database
) -> MonitorServer | None:
    if settings.metrics.port is None:
        return None
    from bot.monitor.server import MonitorServer  # noqa: PLC0415 — aiohttp's server is 2 MiB, and few ask for it

    return MonitorServer(
        settings.metrics.host,
        settings.metrics.port,
        metrics=metrics,
        gauges=gauges,
        readiness=Readiness(bot, database, bot.gate),
        stock=lambda: _stock(bot),
    )


async def _stock(bot: FolkmootBot) -> Stock:
    depth = await bot.services.outbox.depth(bot.shard_range())
    return Stock(depth, (await bot.services.backups.state()).last_at)
