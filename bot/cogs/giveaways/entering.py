"""What members press under a giveaway: enter, leave, claim."""

from __future__ import annotations

import discord
from discord.ui import Button, View

from bot.actions.authority import guild_of
from bot.actions.giveaways import person_of
from bot.actions.host import services_of
from bot.cogs.giveaways.entering_pages import claimed, stands
from bot.errors import ControlExpired, GuildOnly
from bot.i18n import _
from bot.services.giveaway_entering import Pressed
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Interaction

_NUMBER = r"(?P<number>\d{1,20})"


class EnterButton(Control, template=rf"giveaway:enter:v1:{_NUMBER}"):
    """Enter, or see how one stands."""

    async def pressed(self, interaction: Interaction) -> None:
        """Answer once it is committed."""
        entering, number = services_of(interaction).giveaway_entering, int(self.arguments["number"])
        work = entering.enter(guild_of(interaction).id, number, person_of(_member(interaction)))
        pressed = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=stands(pressed), view=_leaving(pressed), ephemeral=True, done=True)


class LeaveButton(Control, template=rf"giveaway:leave:v1:{_NUMBER}"):
    """Leave again."""

    async def pressed(self, interaction: Interaction) -> None:
        """Answer in place."""
        entering, number = services_of(interaction).giveaway_entering, int(self.arguments["number"])
        work = entering.leave(guild_of(interaction).id, number, person_of(_member(interaction)))
        pressed = await settled(interaction, work, ephemeral=True, in_place=True)
        await redraw(interaction, embed=stands(pressed), view=_leaving(pressed))


class ClaimButton(Control, template=rf"giveaway:claim:v1:{_NUMBER}"):
    """Claim a prize, in the server."""

    async def pressed(self, interaction: Interaction) -> None:
        """Whether it is theirs is the service's to see."""
        await _claim(interaction, guild_of(interaction).id, int(self.arguments["number"]))


class TakeButton(Control, template=rf"giveaway:take:v1:(?P<guild>\d{{1,20}}):{_NUMBER}"):
    """Claim a prize, from the letter: direct messages know no server, so the custom id names it."""

    async def pressed(self, interaction: Interaction) -> None:
        """As in the server."""
        if interaction.guild_id is not None:
            raise ControlExpired
        await _claim(interaction, int(self.arguments["guild"]), int(self.arguments["number"]))


async def _claim(interaction: Interaction, guild_id: int, number: int) -> None:
    work = services_of(interaction).giveaway_claims.claim(guild_id, number, interaction.user.id)
    giveaway, winner = await settled(interaction, work, ephemeral=True)
    await reply(interaction, embed=claimed(giveaway, winner), ephemeral=True, done=True)


def _member(interaction: Interaction) -> discord.Member:
    if not isinstance(interaction.user, discord.Member):
        raise GuildOnly
    return interaction.user


def _leaving(pressed: Pressed) -> View:
    view = View(timeout=None)
    if pressed.entered:
        custom_id = f"giveaway:leave:v1:{pressed.giveaway.number}"
        view.add_item(LeaveButton(Button(label=_("Leave"), custom_id=custom_id)))
    return view


ENTERING_CONTROLS: tuple[type[Control], ...] = (EnterButton, LeaveButton, ClaimButton, TakeButton)
