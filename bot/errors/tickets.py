"""Errors of tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.errors.asked import InvalidInput
from bot.errors.base import UserError, WrongPlace


@dataclass(eq=False)
class TicketNotFound(InvalidInput):
    """A ticket that this server does not have. `ticket` as people write it."""

    ticket: str
    template = "There is no ticket {ticket} in this server."


@dataclass(eq=False)
class NoTicketHere(WrongPlace):
    """A command for tickets in a channel that is none."""

    template = "This works in the channel of a ticket."


@dataclass(eq=False)
class TicketOver(UserError):
    """Something that can't be done any more, because the ticket is closed or about to be."""

    ticket: str
    template = "Ticket {ticket} is closed."


@dataclass(eq=False)
class TicketChanged(UserError):
    """A ticket that somebody changed since it was shown."""

    ticket: str
    template = "Somebody changed ticket {ticket} meanwhile, so I changed nothing. Please look again."


@dataclass(eq=False)
class NotSupport(UserError):
    """Something that only staff of a ticket may do."""

    template = "Only those who answer tickets here may do that."


@dataclass(eq=False)
class TopicNotFound(InvalidInput):
    """A topic that this server does not have, or has no more."""

    template = "That topic is not there any more. Please look at the panel again."


@dataclass(eq=False)
class PanelNotFound(InvalidInput):
    """A panel that this server does not have. `panel` as somebody wrote it."""

    panel: str
    template = "There is no panel **{panel}**."


@dataclass(eq=False)
class TicketLimitReached(UserError):
    """Somebody who has as many tickets of a topic open as they may. `where` is a mention of the newest."""

    count: int
    where: str
    template = "You have a ticket about that already: {where}"


@dataclass(eq=False)
class TicketCooldown(UserError):
    """Somebody who has to wait before the next ticket of a topic."""

    ready_at: datetime
    template = "You can open the next one {ready_at}."


@dataclass(eq=False)
class TooManyTickets(UserError):
    """A server in which so many tickets were opened within a minute that no more are for now."""

    template = "Very many tickets are being opened just now. Please try again in a minute."


@dataclass(eq=False)
class TicketBlocked(UserError):
    """Somebody who may open no tickets."""

    template = "You can't open tickets in this server."


@dataclass(eq=False)
class TicketBusy(UserError):
    """A ticket that is just being closed."""

    ticket: str
    template = "Ticket {ticket} is just being closed. Please try again in a moment."


@dataclass(eq=False)
class TicketNotClosed(UserError):
    """Something that is done with closed tickets, and this one is not."""

    ticket: str
    template = "Ticket {ticket} is not closed."


@dataclass(eq=False)
class TicketDeleted(UserError):
    """A ticket that can't be reopened, because its channel is gone."""

    ticket: str
    template = "The channel of ticket {ticket} is gone, so it can't be reopened. You can open one that follows it up."


@dataclass(eq=False)
class TicketAsked(UserError):
    """A question that the member was asked already. `until`: how long they have for it."""

    until: datetime
    template = "The member is being asked already. Without an answer the ticket is closed {until}."


@dataclass(eq=False)
class NotAsked(UserError):
    """An answer to a question that is not asked any more."""

    ticket: str
    template = "Nobody asks about ticket {ticket} any more."


@dataclass(eq=False)
class NotYourTicket(UserError):
    """Something that only the member may do for whom a ticket was opened."""

    template = "Only the member whose ticket this is may do that."


@dataclass(eq=False)
class RatingKept(UserError):
    """A rating that is too old to be changed."""

    ticket: str
    template = "Your rating of ticket {ticket} is more than a day old, so it stays as it is."
