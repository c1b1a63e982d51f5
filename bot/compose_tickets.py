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
from bot.services.ticket_agents import TicketAgentsService
from bot.services.ticket_desk import TicketDeskService
from bot.services.ticket_file import TicketFile
from bot.services.ticket_header import TOPIC, TicketHeader
from bot.services.ticket_log import TicketLog
from bot.services.ticket_notes import TOPIC as NOTES
from bot.services.ticket_notes import TicketNotesService
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_services import TicketServices
from bot.services.ticket_work import TicketWorkService


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
    header = TicketHeader(file, rules, outbox, settings, tell)
    file.on_shown(header.show)
    outbox.listen(TOPIC, header.heard)
    file.on_told(TicketLog(rules, outbox, settings, tell).tell)
    notes = TicketNotesService(database, file, outbox, settings, tell)
    outbox.listen(NOTES, notes.heard)
    agents = TicketAgentsService(database, settings)
    return TicketServices(
        ticket_agents=agents,
        ticket_desk=TicketDeskService(database, rules, settings),
        ticket_file=file,
        ticket_notes=notes,
        ticket_rules=rules,
        ticket_work=TicketWorkService(database, clock, file, rules, agents),
    )
