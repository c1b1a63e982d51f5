"""The services of tickets, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.ticket_access import TicketAccessService
from bot.services.ticket_closing import TicketClosing
from bot.services.ticket_file import TicketFile
from bot.services.ticket_guests import TicketGuestsService
from bot.services.ticket_leaving import TicketLeaving
from bot.services.ticket_opening import TicketOpeningService
from bot.services.ticket_ratings import TicketRatings
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_stages import TicketStages


@dataclass(frozen=True)
class TicketServices:
    """The services of tickets."""

    ticket_access: TicketAccessService
    ticket_closing: TicketClosing
    ticket_file: TicketFile
    """For those who change tickets in transactions of their own, and for those who carry out what is owed."""
    ticket_guests: TicketGuestsService
    ticket_leaving: TicketLeaving
    ticket_opening: TicketOpeningService
    ticket_ratings: TicketRatings
    ticket_rules: TicketRulesService
    ticket_stages: TicketStages
