"""The services of tickets, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.ticket_agents import TicketAgentsService
from bot.services.ticket_desk import TicketDeskService
from bot.services.ticket_file import TicketFile
from bot.services.ticket_notes import TicketNotesService
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_work import TicketWorkService


@dataclass(frozen=True)
class TicketServices:
    """The services of tickets."""

    ticket_agents: TicketAgentsService
    ticket_desk: TicketDeskService
    ticket_file: TicketFile
    """For those who change tickets in transactions of their own, and for those who carry out what is owed."""
    ticket_notes: TicketNotesService
    ticket_rules: TicketRulesService
    ticket_work: TicketWorkService
