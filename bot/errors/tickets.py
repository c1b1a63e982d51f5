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

    where: str
    template = "You have a ticket about that already: {where}."


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
    template = "The channel of ticket {ticket} is gone. Its member can go on in a new one, with the same command."


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


@dataclass(eq=False)
class TicketNotForYou(UserError):
    """Somebody whom a topic is not for, by their roles."""

    template = "These tickets are not for you: they are for members with other roles."


@dataclass(eq=False)
class TooYoungForTicket(UserError):
    """Somebody whose Discord account is younger than a topic wants."""

    possible_at: datetime
    template = "Your Discord account is too new for that. You can open a ticket {possible_at}."


@dataclass(eq=False)
class TooNewForTicket(UserError):
    """Somebody who has not been in the server for as long as a topic wants."""

    possible_at: datetime
    template = "You are too new in this server for that. You can open a ticket {possible_at}."


@dataclass(eq=False)
class TicketNotOpened(UserError):
    """A ticket that was begun and could not be opened."""

    why: Phrase
    template = "I couldn't open the ticket: {why} You can try again at any time."


@dataclass(eq=False)
class NoTopics(WrongPlace):
    """A server in which there is nothing to open a ticket about."""

    template = "Tickets can't be opened here yet: there is no panel. Owners make one with `/panel create`."


@dataclass(eq=False)
class TicketFormChanged(InvalidInput):
    """A form that was sent after staff had changed its questions."""

    template = "The questions were changed while you wrote. Please open the form again."


@dataclass(eq=False)
class AnswerMissing(InvalidInput):
    """A question of a form that has to be answered. `question` as staff wrote it."""

    question: str
    template = "Please answer **{question}**."


@dataclass(eq=False)
class AnswerNotNumber(InvalidInput):
    """An answer that has to be a whole number. `question` as staff wrote it."""

    question: str
    template = "**{question}** takes a whole number, such as 42."


@dataclass(eq=False)
class AnswerNumberOutOfBounds(InvalidInput):
    """A number that is below or above what a question takes. The bounds as they are written."""

    question: str
    least: str
    most: str
    template = "**{question}** takes a number from {least} to {most}."


@dataclass(eq=False)
class TicketForBot(InvalidInput):
    """A ticket that staff wants to open for a bot."""

    template = "Bots have nothing to ask. Please name a member."


@dataclass(eq=False)
class GuestIsOpener(InvalidInput):
    """Somebody who can be neither added to a ticket nor taken out of it, because it is theirs."""

    ticket: str
    template = "Ticket {ticket} is theirs, so they see it anyway."


@dataclass(eq=False)
class TooManyGuests(UserError):
    """A ticket to which as many people were added as may be."""

    ticket: str
    most: int
    template = "Ticket {ticket} has {most} people added to it, which is as many as I can keep track of."


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
