"""The services of tickets, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.ticket_access import TicketAccessService
from bot.services.ticket_agents import TicketAgentsService
from bot.services.ticket_blocks import TicketBlocksService
from bot.services.ticket_closing import TicketClosing
from bot.services.ticket_desk import TicketDeskService
from bot.services.ticket_file import TicketFile
from bot.services.ticket_files import TicketFilesService
from bot.services.ticket_guests import TicketGuestsService
from bot.services.ticket_knowing import TicketKnowingService
from bot.services.ticket_leaving import TicketLeaving
from bot.services.ticket_notes import TicketNotesService
from bot.services.ticket_opening import TicketOpeningService
from bot.services.ticket_panels import TicketPanelsService
from bot.services.ticket_places import TicketPlaces
from bot.services.ticket_ratings import TicketRatings
from bot.services.ticket_record import TicketRecordService
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_stages import TicketStages
from bot.services.ticket_topics import TicketTopicsService
from bot.services.ticket_transcripts import TicketTranscripts
from bot.services.ticket_work import TicketWorkService


@dataclass(frozen=True)
class TicketServices:
    """The services of tickets."""

    ticket_access: TicketAccessService
    ticket_agents: TicketAgentsService
    ticket_blocks: TicketBlocksService
    ticket_closing: TicketClosing
    ticket_desk: TicketDeskService
    ticket_file: TicketFile
    """For those who change tickets in transactions of their own, and for those who carry out what is owed."""
    ticket_files: TicketFilesService
    ticket_guests: TicketGuestsService
    ticket_knowing: TicketKnowingService
    ticket_leaving: TicketLeaving
    ticket_notes: TicketNotesService
    ticket_opening: TicketOpeningService
    ticket_panels: TicketPanelsService
    ticket_places: TicketPlaces
    """Which channels are tickets'."""
    ticket_ratings: TicketRatings
    ticket_record: TicketRecordService
    ticket_rules: TicketRulesService
    ticket_stages: TicketStages
    ticket_topics: TicketTopicsService
    ticket_transcripts: TicketTranscripts
    ticket_work: TicketWorkService
