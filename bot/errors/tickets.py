"""Errors of tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.errors.asked import InvalidInput
from bot.errors.base import UserError, WrongPlace
from bot.words import Phrase


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
class PanelNameTaken(InvalidInput):
    """A second panel of the same name."""

    panel: str
    template = "There is a panel **{panel}** already. Please choose another name."


@dataclass(eq=False)
class TooManyPanels(InvalidInput):
    """One panel more than a server can have."""

    most: int
    template = "There are {most} panels, and more can't be. Please delete one you don't need."


@dataclass(eq=False)
class TooManyTopics(InvalidInput):
    """One topic more than Discord shows on a message."""

    most: int
    template = "A panel has room for {most} topics. Please remove one, or make another panel."


@dataclass(eq=False)
class PanelChanged(UserError):
    """A panel or topic that somebody changed since it was shown."""

    template = "Somebody changed it meanwhile, so I changed nothing."


@dataclass(eq=False)
class PanelEmpty(InvalidInput):
    """A panel on which there would be nothing to press."""

    panel: str
    template = "**{panel}** has no topics yet, so there would be nothing to press. Please add one first."


@dataclass(eq=False)
class PanelNotSent(InvalidInput):
    """A panel that stands nowhere, and so can't be moved."""

    panel: str
    template = "**{panel}** stands nowhere yet. `/panel send` sends it."


@dataclass(eq=False)
class ChannelClosedToMe(InvalidInput):
    """A channel in which the bot lacks a permission, named as Discord's settings name it. `channel` as a mention."""

    channel: str
    permission: str
    template = "For this I need the permission **{permission}** in {channel}, and I don't have it there."


@dataclass(eq=False)
class EmojiNotUnderstood(InvalidInput):
    """Something on a button that is no emoji."""

    template = "I need one emoji there, such as 🎫, or one of this server's own."


@dataclass(eq=False)
class TopicRefused(InvalidInput):
    """Something of a topic that can't be so. `problem` goes on after its name."""

    title: str
    problem: Phrase
    template = "**{title}** {problem}."


@dataclass(eq=False)
class NotBlocked(InvalidInput):
    """Somebody who may open tickets anyway."""

    user_id: int
    template = "{user_id} may open tickets already."


@dataclass(eq=False)
class PanelGone(InvalidInput):
    """A panel that was deleted meanwhile."""

    template = "That panel is not there any more."
