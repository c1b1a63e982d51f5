"""How a purge looks to whoever asked for it: what is checked, how far it is, and what came of it."""

from __future__ import annotations

import contextlib
from typing import Any

import discord

from bot.actions.authority import require_standing
from bot.actions.host import host_of
from bot.actions.purge import Purge, Purger, copy_of
from bot.cogs.moderation.acting import settings_of
from bot.domain.authority import Permission, Staff
from bot.domain.permissions import name_of
from bot.domain.probes import shortfall
from bot.domain.purge import Report, plan
from bot.errors import BotPermissionNeededHere
from bot.i18n import _
from bot.ui import purge as said
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import buttons_view
from bot.ui.live import LiveAnswers
from bot.ui.progress import Shown

Interaction = discord.Interaction[Any]

_FEW_OLD = 5
"""Old messages, deleted one by one, that are waited for without showing progress."""


class PurgeFlow:
    """Has purges done, and shows how far they are."""

    def __init__(self, purger: Purger) -> None:
        self.purger = purger
        self.live = LiveAnswers()

    async def close(self) -> None:
        """Let nothing more begin; answers that were being changed stay as they are."""
        await self.purger.close()
        await self.live.close()

    async def carry_out(self, interaction: Interaction, purge: Purge, *, in_place: bool = False) -> None:
        """Delete what was found. What takes long goes on beside, and shows how far it is."""
        planned = plan(purge.found.meant, purge.asked_at)
        if len(planned.together) <= 1 and len(planned.alone) <= _FEW_OLD:
            work = self.purger.carry_out(purge, lambda _report: None)
            report = await settled(interaction, work, ephemeral=True, in_place=in_place)
            await self._end(interaction, purge, report)
            return
        self.purger.require_free(purge.channel_id)
        self.live.watch(interaction.id, interaction)
        first = said.progress(Report(len(purge.found.meant)), purge.channel_id)
        view = buttons_view(first.buttons) or discord.ui.View()
        if in_place:
            await redraw(interaction, embed=first.embed, view=view)
        else:
            await reply(interaction, embed=first.embed, view=view, ephemeral=True)
        self.live.open(interaction.id)
        self.purger.spawn(interaction.id, self._go_on(interaction, purge))

    async def _go_on(self, interaction: Interaction, purge: Purge) -> None:
        try:
            report = await self.purger.carry_out(purge, lambda now: self._show(interaction.id, purge, now))
            await self._end(interaction, purge, report)
        except Exception as error:  # noqa: BLE001 — nobody else would tell them
            self.live.drop(interaction.id)
            await host_of(interaction).reporter.report(interaction, error)

    def _show(self, key: int, purge: Purge, report: Report) -> None:
        self.live.put(key, said.progress(report, purge.channel_id))

    async def _end(self, interaction: Interaction, purge: Purge, report: Report) -> None:
        shown = said.done(report)
        shown.colour = discord.Colour(await host_of(interaction).accent(interaction.guild_id))
        if not await self.live.last(interaction.id, Shown(shown)):
            await reply(interaction, embed=shown, view=discord.ui.View(), ephemeral=True, done=True)
        if not report.copy_kept:
            await _hand_over(interaction, purge)


async def _hand_over(interaction: Interaction, purge: Purge) -> None:
    """Give the copy to whoever asked, since the log channel has none: what was typed is answered in private."""
    file, words = await copy_of(purge), _("No log channel took the copy, so here it is.")
    with contextlib.suppress(discord.HTTPException):
        if isinstance(interaction, discord.Interaction):
            await interaction.followup.send(words, file=file, ephemeral=True)
        else:
            await interaction.user.send(words, file=file)


async def require_purging(interaction: Interaction) -> int:
    """The channel of an interaction, in which whoever asks may have messages deleted and I may delete them.

    Raises:
        GuildOnly, FeatureOff: not here.
        ActorTimedOut, StaffNeeded: they may not.
        BotPermissionNeededHere: I may not, in this channel.
    """
    await settings_of(interaction)
    await require_standing(interaction, Permission.MANAGE_MESSAGES, Staff.MODERATOR)
    needed = ["read_messages", "read_message_history", "manage_messages"]
    if isinstance(interaction.channel, discord.VoiceChannel | discord.StageChannel):
        needed.append("connect")
    missing = shortfall(needed, [name for name, allowed in interaction.app_permissions if allowed])
    if missing:
        raise BotPermissionNeededHere(" / ".join(_(name_of(one)) for one in missing))
    return interaction.channel_id or 0
