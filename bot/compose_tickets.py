"""The composition root's part for tickets: its services share one way to write them."""

from __future__ import annotations

from pathlib import Path

from bot.clock import Clock
from bot.db.engine import Database
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.proof import ProofService
from bot.services.staff_notices import StaffNoticesService, Tell
from bot.services.ticket_access import TicketAccessService
from bot.services.ticket_agents import TicketAgentsService
from bot.services.ticket_blocks import TicketBlocksService
from bot.services.ticket_closing import TicketClosing
from bot.services.ticket_desk import TicketDeskService
from bot.services.ticket_file import TicketFile
from bot.services.ticket_files import TicketFilesService
from bot.services.ticket_guests import TicketGuestsService
from bot.services.ticket_header import TOPIC, TicketHeader
from bot.services.ticket_knowing import TicketKnowingService
from bot.services.ticket_leaving import TicketLeaving
from bot.services.ticket_log import TicketLog
from bot.services.ticket_notes import TicketNotesService
from bot.services.ticket_opening import TicketOpeningService
from bot.services.ticket_panel_posts import TicketPanelPosts
from bot.services.ticket_panels import TicketPanelsService
from bot.services.ticket_places import TicketPlaces
from bot.services.ticket_ratings import TicketRatings
from bot.services.ticket_record import TicketRecordService
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_services import TicketServices
from bot.services.ticket_speech import TicketSpeech
from bot.services.ticket_stages import TicketStages
from bot.services.ticket_topics import TicketTopicsService
from bot.services.ticket_transcripts import TicketTranscripts
from bot.services.ticket_work import TicketWorkService


def ticket_services(
    database: Database,
    clock: Clock,
    ids: IdMaker,
    data_dir: Path | None,
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
    _tell_of(file, rules, outbox, settings, tell)
    speech = TicketSpeech(outbox, settings, tell)
    closing = TicketClosing(database, clock, file, speech, settings)
    posts = TicketPanelPosts(outbox, settings, tell)
    agents = TicketAgentsService(database, settings)
    access = TicketAccessService(database, clock, file=file, rules=rules, settings=settings)
    files = TicketFilesService(database, clock, settings, proof.store)
    leaving = TicketLeaving(database, clock, file, closing=closing, rules=rules, speech=speech)
    opening = TicketOpeningService(
        database, clock, file, rules,
        settings=settings, outbox=outbox, notices=notices, files=files, leaving=leaving, tell=tell,
    )  # fmt: skip
    topics = TicketTopicsService(database, ids, access=access, rules=rules, posts=posts, audit=audit)
    return TicketServices(
        ticket_access=access,
        ticket_agents=agents,
        ticket_blocks=TicketBlocksService(database, clock, audit),
        ticket_closing=closing,
        ticket_desk=TicketDeskService(database, rules, settings),
        ticket_file=file,
        ticket_files=files,
        ticket_guests=TicketGuestsService(database, file, speech),
        ticket_knowing=TicketKnowingService(database, clock, settings),
        ticket_leaving=leaving,
        ticket_notes=TicketNotesService(database, file, outbox, settings, tell),
        ticket_opening=opening,
        ticket_panels=TicketPanelsService(database, ids, settings=settings, posts=posts, audit=audit),
        ticket_places=places,
        ticket_ratings=TicketRatings(database, clock, file),
        ticket_record=TicketRecordService(database, clock, file, rules, places),
        ticket_rules=rules,
        ticket_stages=TicketStages(database, clock, file, rules=rules, speech=speech, notices=notices),
        ticket_topics=topics,
        ticket_transcripts=TicketTranscripts(database, clock, settings, tell, data_dir),
        ticket_work=TicketWorkService(database, clock, file, rules, agents),
    )


def _tell_of(
    file: TicketFile, rules: TicketRulesService, outbox: OutboxService, settings: GuildSettingsService, tell: Tell
) -> None:
    """Keep the headers of tickets in step with them, and tell of what happens to them."""
    header = TicketHeader(file, rules, outbox, settings, tell)
    file.on_shown(header.show)
    outbox.listen(TOPIC, header.heard)
    file.on_told(TicketLog(rules, outbox, settings, tell).tell)
