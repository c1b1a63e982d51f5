"""The use cases: one public method, one transaction, frozen dataclasses out."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.app_state import AppStateService
from bot.services.audit import AuditService
from bot.services.batches import BatchesService
from bot.services.economy import EconomyService
from bot.services.guild_settings import GuildSettingsService
from bot.services.guilds import GuildsService
from bot.services.incidents import IncidentsService
from bot.services.outbox import OutboxService


@dataclass(frozen=True)
class Services:
    """Every service, as the composition root made them."""

    app_state: AppStateService
    audit: AuditService
    batches: BatchesService
    economy: EconomyService
    guild_settings: GuildSettingsService
    guilds: GuildsService
    incidents: IncidentsService
    outbox: OutboxService
