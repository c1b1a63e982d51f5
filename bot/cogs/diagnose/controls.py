"""The controls of a diagnosis. Each checks the permission and the state again, in the guild that its custom id names.

So they work in a direct message too, where the bot's first words in a server stand.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import discord
from discord.ui import View

from bot.actions import diagnosis
from bot.actions.authority import require_standing_in
from bot.actions.host import ServiceHost
from bot.domain.authority import Permission, Staff
from bot.domain.findings import Own, read
from bot.errors import ControlExpired, SettingsChanged
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Interaction
from bot.ui.diagnosis import EVERYTHING, Place, diagnosis_embed, diagnosis_view

_ABOUT = r"(?P<guild>\d{1,20}):(?P<scope>[a-z_]{1,20})"


@dataclass(frozen=True)
class Drawn:
    """A diagnosis as a message."""

    embed: discord.Embed
    view: View


async def _examined(interaction: Interaction, guild_id: int, scope: str, step: Own | None = None) -> Drawn:
    """Examine a guild for whoever may know, after taking a step that they ask for."""
    guild = await require_standing_in(interaction, guild_id, Permission.MANAGE_GUILD, Staff.ADMIN)
    if step is not None:
        with suppress(SettingsChanged):  # how it stands now is shown, with the button if it is still needed
            await diagnosis.take(interaction.client, guild, step, interaction.user.id)
    found = await diagnosis.diagnose(interaction.client, guild)
    if scope != EVERYTHING:
        found = found.about(scope)
        if not found.features:
            raise ControlExpired
    ids = cast("ServiceHost", interaction.client).command_ids
    place = Place(guild, interaction.guild_id == guild_id, ids)
    return Drawn(diagnosis_embed(found, place), diagnosis_view(found, place, scope))


async def answer(interaction: Interaction, guild_id: int, scope: str) -> None:
    """Answer with a diagnosis."""
    drawn = await settled(interaction, _examined(interaction, guild_id, scope), ephemeral=True)
    await reply(interaction, embed=drawn.embed, view=drawn.view, ephemeral=True)


async def _again(interaction: Interaction, guild_id: int, scope: str, step: Own | None = None) -> None:
    """Show the diagnosis anew, in place of the one that was pressed."""
    work = _examined(interaction, guild_id, scope, step)
    drawn = await settled(interaction, work, ephemeral=True, in_place=True)
    await redraw(interaction, embed=drawn.embed, view=drawn.view)


class RunButton(Control, template=r"diagnose:run:v1:(?P<guild>\d{1,20})"):
    """Examines a server, from the bot's first words there."""

    async def pressed(self, interaction: Interaction) -> None:
        """Examine it."""
        await answer(interaction, int(self.arguments["guild"]), EVERYTHING)


class LookButton(Control, template=rf"diagnose:look:v1:{_ABOUT}"):
    """Looks again."""

    async def pressed(self, interaction: Interaction) -> None:
        """Look."""
        await _again(interaction, int(self.arguments["guild"]), self.arguments["scope"])


class MendButton(Control, template=rf"diagnose:mend:v1:{_ABOUT}:(?P<verb>[a-z-]{{1,20}}):(?P<thing>[a-z0-9_]{{1,20}})"):
    """Takes a step that is the bot's, and looks again."""

    async def pressed(self, interaction: Interaction) -> None:
        """Take it."""
        step = read(self.arguments["verb"], self.arguments["thing"])
        if step is None:
            raise ControlExpired
        await _again(interaction, int(self.arguments["guild"]), self.arguments["scope"], step)


BUTTONS: tuple[type[Control], ...] = (RunButton, LookButton, MendButton)
