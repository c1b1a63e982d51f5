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
from bot.services.ticket_closing import TicketClosing
from bot.services.ticket_file import TicketFile
from bot.services.ticket_header import TOPIC, TicketHeader
from bot.services.ticket_leaving import TicketLeaving
from bot.services.ticket_ratings import TicketRatings
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_services import TicketServices
from bot.services.ticket_speech import TicketSpeech
from bot.services.ticket_stages import TicketStages


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
    speech = TicketSpeech(outbox, settings, tell)
    closing = TicketClosing(database, clock, file, speech, settings)
    return TicketServices(
        ticket_closing=closing,
        ticket_file=file,
        ticket_leaving=TicketLeaving(database, clock, file, closing=closing, rules=rules, speech=speech),
        ticket_ratings=TicketRatings(database, clock, file),
        ticket_rules=rules,
        ticket_stages=TicketStages(database, clock, file, rules=rules, speech=speech, notices=notices),
    )
