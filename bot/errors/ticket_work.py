"""Errors of working on tickets."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors.asked import InvalidInput
from bot.errors.base import UserError


@dataclass(eq=False)
class TicketTaken(UserError):
    """A ticket that somebody has already."""

    assignee_id: int
    template = "{assignee_id} has this ticket already."


@dataclass(eq=False)
class TicketNotTaken(UserError):
    """A ticket that is to be given back, and nobody has it."""

    template = "Nobody has this ticket."


@dataclass(eq=False)
class TicketOfAnother(UserError):
    """A ticket that somebody else would have to give back."""

    assignee_id: int
    template = "{assignee_id} has this ticket. They can give it back, and so can those with Manage Server."


@dataclass(eq=False)
class AgentFull(UserError):
    """Somebody of staff who has as many tickets as they may. `count` is how many."""

    agent_id: int
    count: int
    template = "{agent_id} has as many open tickets as they may have: {count}."


@dataclass(eq=False)
class AgentCannotSee(InvalidInput):
    """Somebody who does not answer such tickets, and so could not see it."""

    agent_id: int
    template = "{agent_id} doesn't answer tickets of this kind, and couldn't see it."


@dataclass(eq=False)
class AgentOffDuty(UserError):
    """Somebody of staff who takes no tickets just now."""

    agent_id: int
    template = "{agent_id} is off duty."


@dataclass(eq=False)
class TicketUnchanged(UserError):
    """Something that a ticket is already."""

    template = "It is so already; nothing was changed."


@dataclass(eq=False)
class NotInThreads(UserError):
    """Something that Discord offers for channels alone."""

    template = "This ticket is a thread, and whoever sees a thread can write in it."


@dataclass(eq=False)
class TagsRefused(InvalidInput):
    """Too many tags, or one that is too long."""

    count: int
    length: int
    template = "A ticket takes up to {count} tags, each of up to {length} characters, divided by commas."


@dataclass(eq=False)
class NameRefused(InvalidInput):
    """A name for a ticket of which nothing can be used."""

    template = "That can't be the name of a channel."
