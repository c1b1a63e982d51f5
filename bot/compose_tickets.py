"""The composition root's part for tickets: its services share one way to write them."""

from __future__ import annotations

from bot.clock import Clock
from bot.db.engine import Database
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.proof import ProofService
from bot.services.staff_notices import StaffNoticesService, Tell
from bot.services.ticket_blocks import TicketBlocksService
from bot.services.ticket_file import TicketFile
from bot.services.ticket_panel_posts import TicketPanelPosts
from bot.services.ticket_panels import TicketPanelsService
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_services import TicketServices
from bot.services.ticket_topics import TicketTopicsService


def ticket_services(
    database: Database,
    clock: Clock,
    ids: IdMaker,
    *,
    outbox: OutboxService,
    settings: GuildSettingsService,
    notices: StaffNoticesService,
    audit: AuditService,
    proof: ProofService,
    tell: Tell,
) -> TicketServices:
    """The services of tickets on a database; files of tickets are kept where proof is."""
    file = TicketFile(database, clock, ids)
    rules = TicketRulesService(database, settings)
    posts = TicketPanelPosts(outbox, settings, tell)
    panels = TicketPanelsService(database, ids, settings=settings, posts=posts, audit=audit)
    topics = TicketTopicsService(database, ids, rules=rules, posts=posts, audit=audit)
    return TicketServices(
        ticket_blocks=TicketBlocksService(database, clock, audit),
        ticket_file=file,
        ticket_panels=panels,
        ticket_rules=rules,
        ticket_topics=topics,
    )
