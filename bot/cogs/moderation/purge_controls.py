"""The buttons of a purge: the question before it, and the way to stop it."""

from __future__ import annotations

import contextlib
from typing import Any

import discord

from bot.actions.authority import require_standing
from bot.cogs.moderation.purge_flow import PurgeFlow, require_purging
from bot.domain.authority import Permission, Staff
from bot.errors import ControlExpired
from bot.ui import purge as said
from bot.ui.answers import redraw, settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Control

Interaction = discord.Interaction[Any]

COG = "PurgeCog"
"""The cog that has the flow."""


def _flow(interaction: Interaction) -> PurgeFlow:
    """What runs purges in the client that received an interaction.

    Raises:
        ControlExpired: nothing does, at this moment.
    """
    found = getattr(interaction.client.get_cog(COG), "flow", None)
    if not isinstance(found, PurgeFlow):
        raise ControlExpired
    return found


class PurgeConfirm(Confirm, template=confirm_template("purge:confirm:v1", r"(?P<key>\d{1,20})")):
    """Whether so many messages are to be deleted: those that were found when it was asked, and no others."""

    question = "purge:confirm:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Delete them, if that is still allowed."""
        channel_id = await settled(interaction, require_purging(interaction), ephemeral=True, in_place=True)
        flow = _flow(interaction)
        flow.purger.require_free(channel_id)
        purge = flow.purger.take(int(self.arguments["key"]), channel_id=channel_id, asked_by=interaction.user.id)
        await flow.carry_out(interaction, purge, in_place=True)

    async def declined(self, interaction: Interaction) -> None:
        """Forget them."""
        with contextlib.suppress(ControlExpired):
            _flow(interaction).purger.forget(int(self.arguments["key"]), asked_by=interaction.user.id)
        await super().declined(interaction)


class PurgeStop(Control, template=r"purge:stop:v1:(?P<channel>\d{1,20})"):
    """Stops a purge; who may start one may stop one."""

    async def pressed(self, interaction: Interaction) -> None:
        """Let nothing more begin."""
        await settled(
            interaction,
            require_standing(interaction, Permission.MANAGE_MESSAGES, Staff.MODERATOR),
            ephemeral=True,
            in_place=True,
        )
        channel_id = int(self.arguments["channel"])
        if interaction.channel_id != channel_id:
            raise ControlExpired
        stopped = _flow(interaction).purger.stop(channel_id)
        await redraw(interaction, embed=said.stopping() if stopped else said.over(), view=discord.ui.View())


CONTROLS = (PurgeConfirm, PurgeStop)
