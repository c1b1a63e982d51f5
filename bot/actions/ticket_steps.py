"""Who does each step of a ticket: the one keeper that commands, buttons, ticker and recovery share."""

from __future__ import annotations

import discord

from bot.actions.ticket_closing import TicketCloser
from bot.actions.ticket_parts import ClosingParts
from bot.actions.tickets import Handler, TicketKeeper
from bot.domain.tickets import Step
from bot.services import Services


def ticket_keeper(client: discord.Client, services: Services) -> TicketKeeper:
    """What goes on with tickets; it keeps nothing, so everybody may have their own."""
    closer = TicketCloser(client, services, ClosingParts())
    steps: dict[Step, Handler] = {
        Step.CLOSE: closer.close,
        Step.DELETE: closer.delete,
        Step.END: closer.end,
        Step.WARN: closer.warn,
    }
    return TicketKeeper(client, services.ticket_file, steps)
