"""/ticket close and /ticket reopen, and the buttons by which the same is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands
from discord.ui import Button, Label, TextInput, View

from bot.actions.host import services_of
from bot.actions.ticket_desk import AtTicket, at_ticket
from bot.cogs.tickets.opening_flow import Asked, open_ticket
from bot.domain.tickets import MAX_REASON, Origin, Ticket
from bot.errors import NotSupport, TicketDeleted, TicketOver
from bot.i18n import _
from bot.ui import text
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Answers, Control, Form, Interaction
from bot.ui.theme import embed

_NUMBER = r"(?P<number>\d{1,20})"
_STAMP = r"(?P<stamp>\d{1,20})"


async def _closer_at(interaction: Interaction, number: int | None = None) -> AtTicket:
    """Somebody at a ticket that they may close: staff, or the member whose it is.

    Raises:
        NotSupport, TicketOver: they are neither, or it is closed or being closed.
        What `at_ticket` raises.
    """
    here = await at_ticket(interaction, number)
    if not (here.is_staff or here.is_opener):
        raise NotSupport
    if not here.ticket.status.is_live:
        raise TicketOver(here.ticket.marker)
    return here


async def _ask_first(interaction: Interaction, here: AtTicket, reason: str | None) -> None:
    """Ask whoever wants to close a ticket whether they do. A reason stands in the question, and is read from there."""
    number = here.ticket.number
    view = View(timeout=None)
    view.add_item(
        EndButton(Button(label=_("Close it"), style=discord.ButtonStyle.danger, custom_id=f"ticket:end:v1:{number}"))
    )
    if reason is None:
        view.add_item(WhyButton(Button(label=_("Close it with a reason…"), custom_id=f"ticket:why:v1:{number}")))
    if here.is_staff and not here.is_opener:
        view.add_item(AskButton(Button(label=_("Ask the member"), custom_id=f"ticket:ask:v1:{number}")))
    question = embed(description=_("Close ticket {ticket}?").format(ticket=here.ticket.marker))
    if reason is not None:
        question.add_field(name=_("Reason"), value=reason)
    await reply(interaction, embed=question, view=view, ephemeral=True)


async def _close(interaction: Interaction, number: int, reason: str | None) -> Ticket:
    here = await _closer_at(interaction, number)
    closing = services_of(interaction).ticket_closing
    return await closing.close(here.guild.id, number, by=here.member.id, reason=reason)


def _is_closing(ticket: Ticket) -> discord.Embed:
    return embed(description=_("Ticket {ticket} is being closed.").format(ticket=ticket.marker))


class CloseButton(Control, template=rf"ticket:close:v1:{_NUMBER}"):
    """Close, on the header of a ticket."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask first."""
        here = await settled(interaction, _closer_at(interaction, int(self.arguments["number"])), ephemeral=True)
        await _ask_first(interaction, here, None)


class EndButton(Control, template=rf"ticket:end:v1:{_NUMBER}"):
    """Yes, close it."""

    async def pressed(self, interaction: Interaction) -> None:
        """Close it, for the reason that the question shows."""
        asked = [] if interaction.message is None else interaction.message.embeds
        reason = next((field.value for one in asked for field in one.fields), None)
        work = _close(interaction, int(self.arguments["number"]), None if reason is None else reason[:MAX_REASON])
        ticket = await settled(interaction, work, ephemeral=True, in_place=True)
        await redraw(interaction, embed=_is_closing(ticket), view=View(timeout=None), done=True)


class WhyButton(Control, template=rf"ticket:why:v1:{_NUMBER}"):
    """Close it, and say why."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show the form for the reason."""
        await interaction.response.send_modal(ReasonForm(int(self.arguments["number"])))


class ReasonForm(Form):
    """Why a ticket is closed."""

    template = re.compile(rf"ticket:reason:v1:{_NUMBER}")

    def __init__(self, number: int) -> None:
        title = _("Close ticket {ticket}").format(ticket=f"#{number}")
        super().__init__(title=title[:45], custom_id=f"ticket:reason:v1:{number}")
        why = TextInput[View](custom_id="reason", max_length=MAX_REASON, style=discord.TextStyle.paragraph)
        self.add_item(Label(text=_("Reason"), description=_("The member reads it too."), component=why))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Close it."""
        reason = answers.text("reason").strip()[:MAX_REASON] or None
        work = _close(interaction, int(arguments["number"]), reason)
        ticket = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=_is_closing(ticket), ephemeral=True, done=True)


# The question to the member -------------------------------------------------------------------------------


class AskButton(Control, template=rf"ticket:ask:v1:{_NUMBER}"):
    """Ask the member whether it may be closed."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask them, in the ticket."""
        ticket = await settled(interaction, self._asked(interaction), ephemeral=True, in_place=True)
        said = _("I asked {member}. Without an answer the ticket is closed {moment}.").format(
            member=text.mention(ticket.opener_id),
            moment="" if ticket.closes_at is None else text.timestamp(ticket.closes_at),
        )
        await redraw(interaction, embed=embed(description=said), view=View(timeout=None), done=True)

    async def _asked(self, interaction: Interaction) -> Ticket:
        here = await _closer_at(interaction, int(self.arguments["number"]))
        if not here.is_staff:
            raise NotSupport
        closing = services_of(interaction).ticket_closing
        return await closing.ask(here.guild.id, here.ticket.number, by=here.member.id)


class AgreeButton(Control, template=rf"ticket:agree:v1:{_NUMBER}:{_STAMP}"):
    """The member agrees that it is closed."""

    async def pressed(self, interaction: Interaction) -> None:
        """Close it."""
        ticket = await settled(interaction, self._agreed(interaction), ephemeral=True)
        await reply(interaction, embed=_is_closing(ticket), ephemeral=True, done=True)

    async def _agreed(self, interaction: Interaction) -> Ticket:
        here, stamp = await at_ticket(interaction, int(self.arguments["number"])), int(self.arguments["stamp"])
        closing = services_of(interaction).ticket_closing
        return await closing.agree(here.guild.id, here.ticket.number, by=here.member.id, stamp=stamp)


class DenyButton(Control, template=rf"ticket:deny:v1:{_NUMBER}:{_STAMP}"):
    """The member has more to say."""

    async def pressed(self, interaction: Interaction) -> None:
        """Leave it open."""
        await settled(interaction, self._denied(interaction), ephemeral=True)
        said = embed(description=_("It stays open. Tell us what there is still to do."))
        await reply(interaction, embed=said, ephemeral=True, done=True)

    async def _denied(self, interaction: Interaction) -> Ticket:
        here, stamp = await at_ticket(interaction, int(self.arguments["number"])), int(self.arguments["stamp"])
        closing = services_of(interaction).ticket_closing
        return await closing.deny(here.guild.id, here.ticket.number, by=here.member.id, stamp=stamp)


# Going on -------------------------------------------------------------------------------------------------


async def _reopen(interaction: Interaction, number: int | None) -> None:
    """Go on with a closed ticket; where its channel is gone, with one that follows it up."""
    here = await settled(interaction, _concerned_at(interaction, number), ephemeral=True)
    closing = services_of(interaction).ticket_closing
    work = closing.reopen(here.guild.id, here.ticket.number, by=here.member.id)
    try:
        ticket = await settled(interaction, work, ephemeral=True)
    except TicketDeleted:
        if not here.is_opener:
            raise
        await open_ticket(interaction, here.ticket.topic_id, Asked(Origin.FOLLOW_UP, here.ticket.number))
        return
    said = _("Ticket {ticket} is open again: {channel}").format(ticket=ticket.marker, channel=f"<#{ticket.channel_id}>")
    await reply(interaction, embed=embed(description=said), ephemeral=True, done=True)


async def _concerned_at(interaction: Interaction, number: int | None) -> AtTicket:
    here = await at_ticket(interaction, number)
    if not (here.is_staff or here.is_opener):
        raise NotSupport
    return here


class ReopenButton(Control, template=rf"ticket:reopen:v1:{_NUMBER}"):
    """Reopen, below the word that a ticket is closed."""

    async def pressed(self, interaction: Interaction) -> None:
        """Go on with it."""
        await _reopen(interaction, int(self.arguments["number"]))


class ClosingCommands(commands.Cog):
    """The part of /ticket that ends tickets, and goes on with them."""

    @app_commands.command(
        name="close",
        description="Close the ticket of this channel; you are asked first, and staff can ask the member.",
        extras={"examples": ["/ticket close", "/ticket close reason:Solved"]},
    )
    @app_commands.describe(reason="Why; the member and staff read it.")
    async def close_ticket(
        self, interaction: discord.Interaction[Any], reason: Range[str, 1, MAX_REASON] | None = None
    ) -> None:
        """Ask whether it shall be closed."""
        here = await settled(interaction, _closer_at(interaction), ephemeral=True)
        await _ask_first(interaction, here, reason)

    @app_commands.command(
        name="reopen",
        description="Go on with a closed ticket; if its channel is gone, in a new one that follows it up.",
        extras={"examples": ["/ticket reopen", "/ticket reopen number:42"]},
    )
    @app_commands.describe(number="Which; that of this channel if you leave it out.")
    async def reopen_ticket(
        self, interaction: discord.Interaction[Any], number: Range[int, 1, 2**53 - 1] | None = None
    ) -> None:
        """Reopen it."""
        await _reopen(interaction, number)


CLOSING_CONTROLS: tuple[type[Control | Form], ...] = (
    CloseButton, EndButton, WhyButton, ReasonForm, AskButton, AgreeButton, DenyButton, ReopenButton,
)  # fmt: skip
