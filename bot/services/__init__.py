"""The use cases: one public method, one transaction, frozen dataclasses out."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.app_state import AppStateService
from bot.services.audit import AuditService
from bot.services.backups import BackupsService
from bot.services.batches import BatchesService
from bot.services.command_logs import CommandLogService
from bot.services.economy_services import EconomyServices
from bot.services.giveaway_services import GiveawayServices
from bot.services.guild_settings import GuildSettingsService
from bot.services.guilds import GuildsService
from bot.services.incidents import IncidentsService
from bot.services.leaderboard import LeaderboardService
from bot.services.leveling_services import LevelingServices
from bot.services.moderation_services import ModerationServices
from bot.services.outbox import OutboxService
from bot.services.people import PeopleService
from bot.services.preferences import PreferencesService
from bot.services.privacy import PrivacyService
from bot.services.role_care import RoleCareService
from bot.services.role_grants import RoleGrantsService
from bot.services.staff_notices import StaffNoticesService
from bot.services.ticket_services import TicketServices


@dataclass(frozen=True)
class Services(EconomyServices, ModerationServices, LevelingServices, TicketServices, GiveawayServices):
    """Every service, as the composition root made them; those of the features among them."""

    app_state: AppStateService
    audit: AuditService
    backups: BackupsService
    batches: BatchesService
    command_logs: CommandLogService
    guild_settings: GuildSettingsService
    guilds: GuildsService
    incidents: IncidentsService
    leaderboards: LeaderboardService
    outbox: OutboxService
    people: PeopleService
    preferences: PreferencesService
    privacy: PrivacyService
    role_care: RoleCareService
    role_grants: RoleGrantsService
    staff_notices: StaffNoticesService
