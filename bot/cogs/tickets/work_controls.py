"""The buttons on a ticket's header that say whose it is, and the question before it is given to somebody off duty."""

from __future__ import annotations

from discord.ui import View

from bot.actions.ticket_desk import staff_at
from bot.cogs.tickets import work_pages as pages
from bot.cogs.tickets.work_acts import done, say, transfer_to
from bot.errors import AgentOffDuty
from bot.i18n import _
from bot.ui.answers import redraw, reply
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Control, Form, Interaction, Menu
from bot.ui.theme import embed

NUMBER = r"(?P<number>\d{1,18})"


class ClaimButton(Control, template=rf"ticket:claim:v1:{NUMBER}"):
    """Takes a ticket."""

    async def pressed(self, interaction: Interaction) -> None:
        """Take it; of many who press at once, one has it."""
        filed = await done(interaction, int(self.arguments["number"]), lambda work, here: work.claim(here.asked))
        await say(interaction, pages.claimed(filed.ticket))


class UnclaimButton(Control, template=rf"ticket:unclaim:v1:{NUMBER}"):
    """Gives a ticket back."""

    async def pressed(self, interaction: Interaction) -> None:
        """Give it back, if one has it or manages the server."""
        number = int(self.arguments["number"])
        filed = await done(interaction, number, lambda work, here: work.unclaim(here.asked, manages=here.manages))
        await say(interaction, pages.unclaimed(filed.ticket))


class TransferConfirm(Confirm, template=confirm_template("ticket:transfer-sure:v1", rf"{NUMBER}:(?P<to>\d{{1,20}})")):
    """Gives a ticket to somebody off duty, or leaves it."""

    question = "ticket:transfer-sure:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Give it to them; everything is looked at again."""
        act = transfer_to(interaction, int(self.arguments["to"]), anyway=True)
        filed = await done(interaction, int(self.arguments["number"]), act, in_place=True)
        await redraw(interaction, embed=embed(description=pages.transferred(filed.ticket)), view=View(timeout=None))


async def give(interaction: Interaction, number: int | None, user_id: int) -> None:
    """Give a ticket to somebody; if they are off duty, ask first."""
    try:
        filed = await done(interaction, number, transfer_to(interaction, user_id))
    except AgentOffDuty as refused:
        await _ask(interaction, number, refused)
        return
    await say(interaction, pages.transferred(filed.ticket))


async def _ask(interaction: Interaction, number: int | None, refused: AgentOffDuty) -> None:
    if number is None:
        number = await number_here(interaction)
    about = f"{number}:{refused.agent_id}"
    view = TransferConfirm.ask(interaction.user.id, about, yes=_("Give it to them"), no=_("Leave it"), danger=False)
    await reply(interaction, embed=pages.off_duty(refused.agent_id), view=view, ephemeral=True)


async def number_here(interaction: Interaction) -> int:
    """The number of the ticket of this channel.

    Raises:
        NoTicketHere: it is that of none.
    """
    return (await staff_at(interaction)).ticket.number


WORK_CONTROLS: tuple[type[Control | Menu | Form], ...] = (ClaimButton, UnclaimButton, TransferConfirm)
