"""The services of tickets, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.ticket_blocks import TicketBlocksService
from bot.services.ticket_file import TicketFile
from bot.services.ticket_panels import TicketPanelsService
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_topics import TicketTopicsService


@dataclass(frozen=True)
class TicketServices:
    """The services of tickets."""

    ticket_blocks: TicketBlocksService
    ticket_file: TicketFile
    """For those who change tickets in transactions of their own, and for those who carry out what is owed."""
    ticket_panels: TicketPanelsService
    ticket_rules: TicketRulesService
    ticket_topics: TicketTopicsService
