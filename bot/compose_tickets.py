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
from bot.services.ticket_file import TicketFile
from bot.services.ticket_files import TicketFilesService
from bot.services.ticket_header import TOPIC, TicketHeader
from bot.services.ticket_places import TicketPlaces
from bot.services.ticket_record import TicketRecordService
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_services import TicketServices


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
    places = TicketPlaces(database)
    file.on_placed(places.placed)
    header = TicketHeader(file, rules, outbox, settings, tell)
    file.on_shown(header.show)
    outbox.listen(TOPIC, header.heard)
    return TicketServices(
        ticket_file=file,
        ticket_files=TicketFilesService(database, clock, settings, proof.store),
        ticket_places=places,
        ticket_record=TicketRecordService(database, clock, file, rules, places),
        ticket_rules=rules,
    )
