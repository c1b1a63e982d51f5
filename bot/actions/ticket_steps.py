"""Who does each step of a ticket: the one keeper that commands, buttons, ticker and recovery share."""

from __future__ import annotations

import discord

from bot.actions.ticket_access import TicketAccess
from bot.actions.ticket_closing import TicketCloser
from bot.actions.ticket_moves import TicketMoves
from bot.actions.ticket_notes import TicketNotes
from bot.actions.ticket_opening import OpeningHandler
from bot.actions.ticket_parts import ClosingParts, copies_of
from bot.actions.ticket_record import TicketRecorder
from bot.actions.tickets import Handler, TicketKeeper
from bot.domain.tickets import Step
from bot.services import Services


def ticket_keeper(client: discord.Client, services: Services) -> TicketKeeper:
    """What goes on with tickets; it keeps nothing, so everybody may have their own."""
    access = TicketAccess(client, services.ticket_access, services.ticket_closing.gone)
    parts = ClosingParts(
        seal=TicketRecorder(client, services).catch_up,
        access=access.carry_out,
        copies=copies_of(client, services.ticket_transcripts),
    )
    closer = TicketCloser(client, services, parts)
    steps: dict[Step, Handler] = {
        Step.ACCESS: access.carry_out,
        Step.CLOSE: closer.close,
        Step.DELETE: closer.delete,
        Step.END: closer.end,
        Step.NOTES: TicketNotes(client, services.ticket_notes, services.ticket_access).show,
        Step.OPEN: OpeningHandler(services).open,
        Step.WARN: closer.warn,
        Step.PLACE: TicketMoves(services.ticket_rules, services.ticket_work).place,
    }
    return TicketKeeper(client, services.ticket_file, steps)
