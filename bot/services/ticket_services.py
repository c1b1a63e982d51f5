"""The services of tickets, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.ticket_file import TicketFile
from bot.services.ticket_files import TicketFilesService
from bot.services.ticket_places import TicketPlaces
from bot.services.ticket_record import TicketRecordService
from bot.services.ticket_rules import TicketRulesService


@dataclass(frozen=True)
class TicketServices:
    """The services of tickets."""

    ticket_file: TicketFile
    """For those who change tickets in transactions of their own, and for those who carry out what is owed."""
    ticket_files: TicketFilesService
    ticket_places: TicketPlaces
    """Which channels are tickets'."""
    ticket_record: TicketRecordService
    ticket_rules: TicketRulesService
