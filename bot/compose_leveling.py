"""The composition root's part for leveling."""

from __future__ import annotations

from collections.abc import Callable

from bot.clock import Clock
from bot.db.engine import Database
from bot.i18n import Tongue
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.curves import CurvesService
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger
from bot.services.level_announcements import LevelAnnouncements
from bot.services.level_paths import LevelPathsService
from bot.services.level_ups import LevelUps
from bot.services.level_wishes import LevelWishesService
from bot.services.leveling import LevelingService
from bot.services.leveling_services import LevelingServices
from bot.services.multipliers import MultipliersService
from bot.services.outbox import OutboxService
from bot.services.ranks import RanksService
from bot.services.rewards import RewardsService
from bot.services.role_grants import RoleGrantsService
from bot.services.shadows import Shadows
from bot.services.xp_rules import XpRulesService
from bot.services.xp_staff import XpStaffService
from bot.ui.level_speech import LevelSpeech


def leveling_services(
    database: Database,
    clock: Clock,
    ids: IdMaker,
    *,
    settings: GuildSettingsService,
    xp_rules: XpRulesService,
    audit: AuditService,
    outbox: OutboxService,
    role_grants: RoleGrantsService,
    shadows: Shadows,
    tongue: Callable[[str], Tongue],
) -> LevelingServices:
    """The services of leveling on a database."""
    ledger = Ledger(clock, ids, shadows, settings)
    announcements = LevelAnnouncements(ids, settings, outbox, LevelSpeech(tongue))
    level_ups = LevelUps(settings, role_grants, ledger, shadows, announcements)
    return LevelingServices(
        curves=CurvesService(database, clock, ids, settings),
        level_paths=LevelPathsService(database, settings),
        level_ups=level_ups,
        level_wishes=LevelWishesService(database, settings),
        leveling=LevelingService(database, clock, settings, level_ups.apply),
        multipliers=MultipliersService(database, audit, settings, xp_rules),
        ranks=RanksService(database, clock, settings),
        rewards=RewardsService(
            database, ids, audit, settings, role_grants=role_grants, level_ups=level_ups, announcements=announcements
        ),
        xp_rules=xp_rules,
        xp_staff=XpStaffService(database, clock, ids, audit, settings=settings, follow=level_ups.apply),
    )
