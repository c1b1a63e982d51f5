"""/ticket doctor: whether tickets are seen by the right people, and a button that puts in order what is not."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands
from discord.ui import Button, View

from bot.actions.authority import guild_of, require_standing
from bot.actions.host import services_of
from bot.actions.ticket_doctor import Examined, TicketDoctor
from bot.actions.ticket_symptoms import MENDED, Trouble
from bot.cogs.tickets import doctor_pages as pages
from bot.domain.authority import Permission, Staff
from bot.i18n import _
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control

Interaction = discord.Interaction[Any]


async def _examined(interaction: Interaction) -> Examined:
    """What is found in the guild, for those who manage it.

    Raises:
        What `require_standing` raises.
    """
    await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)
    access = services_of(interaction).ticket_access  # open tickets go on while tickets are switched off
    return await TicketDoctor(interaction.client, access).examine(guild_of(interaction))


class MendButton(Control, template=r"ticket:mend:v1"):
    """Puts in order what can be: looks again first."""

    async def pressed(self, interaction: Interaction) -> None:
        """Do it."""
        count = await settled(interaction, _mend(interaction), ephemeral=True, in_place=True)
        said = pages.mending(count) if count else pages.nothing()
        await redraw(interaction, embed=said, view=View(timeout=None), done=True)


async def _mend(interaction: Interaction) -> int:
    found, services, guild_id = await _examined(interaction), services_of(interaction), guild_of(interaction).id
    for number in found.numbers(Trouble.GONE):
        await services.ticket_closing.gone(guild_id, number)
    await services.ticket_access.look_again(guild_id, found.numbers(Trouble.DIFFERS, Trouble.WAITS))
    return len(found.numbers(*MENDED))


class DoctorCommands(commands.Cog):
    """Looking after tickets."""

    @app_commands.command(
        name="doctor",
        description="See whether tickets are shown to the right people, and put in order what is not.",
        extras={"examples": ["/ticket doctor"]},
    )
    async def ticket_doctor(self, interaction: Interaction) -> None:
        """Say what was found."""
        found = await settled(interaction, _examined(interaction), ephemeral=True)
        view = View(timeout=None)
        if found.numbers(*MENDED):
            style = discord.ButtonStyle.primary
            view.add_item(MendButton(Button(label=_("Put in order"), style=style, custom_id="ticket:mend:v1")))
        await reply(interaction, embed=pages.report(found), view=view if view.children else None, ephemeral=True)


DOCTOR_CONTROLS = (MendButton,)
