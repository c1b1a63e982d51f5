"""/purge: many messages of one channel."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.host import source_of
from bot.actions.people import Somebody
from bot.actions.purge import Purge, Purger
from bot.cogs.moderation.options import WHY, usual_reasons
from bot.cogs.moderation.purge_controls import COG, PurgeConfirm
from bot.cogs.moderation.purge_flow import PurgeFlow, require_purging
from bot.domain.purge import ASKED_ABOVE, LONGEST_PATTERN, MOST, Wanted, message_id, plan
from bot.i18n import _
from bot.ui import purge as said
from bot.ui.answers import reply, settled
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]

_TEXT = Range[str, 1, 200]


class PurgeCog(commands.Cog, name=COG):
    """Deletes messages, and shows how far it is."""

    def __init__(self, purger: Purger) -> None:
        self.flow = PurgeFlow(purger)

    async def cog_unload(self) -> None:
        """Called by discord.py when the bot leaves."""
        await self.flow.close()

    @for_staff
    @app_commands.command(
        name="purge",
        description="Delete many messages of this channel, the newest first; what is pinned stays.",
        extras={
            "examples": [
                "/purge count:50",
                "/purge count:100 user:@Bob links:True",
                "/purge count:20 contains:free nitro",
            ]
        },
    )
    @app_commands.describe(
        count="How many at most, 1 to 1,000; above 100 I ask first.",
        user="Only this one's, also of somebody who left.",
        contains="Only with these words in them.",
        regex="Only what this regular expression matches, such as (buy|sell) now; case does not matter.",
        bots="Only of bots and webhooks.",
        links="Only with a link.",
        invites="Only with an invite to a server.",
        files="Only with something attached.",
        embeds="Only with an embed.",
        before="Only before this message: its link or id.",
        after="Only after this message: its link or id.",
        around="Only around this message, the nearest first, of the 100 around it: its link or id.",
        pinned="Whether pinned messages go too.",
        reason="Why; staff reads it in the log.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_messages=True)
    async def purge(
        self,
        interaction: Interaction,
        *,
        count: Range[int, 1, MOST],
        user: Transform[int, Somebody] | None = None,
        contains: _TEXT | None = None,
        regex: Range[str, 1, LONGEST_PATTERN] | None = None,
        bots: bool = False,
        links: bool = False,
        invites: bool = False,
        files: bool = False,
        embeds: bool = False,
        before: _TEXT | None = None,
        after: _TEXT | None = None,
        around: _TEXT | None = None,
        pinned: bool = False,
        reason: WHY | None = None,
    ) -> None:
        """Find what is meant, ask if it is much, and delete it."""
        edges = {
            name: message_id(value, interaction.guild_id or 0, interaction.channel_id or 0)
            for name, value in (("before", before), ("after", after), ("around", around))
            if value is not None
        }
        wanted = Wanted(
            count=count, user_id=user, bots=bots, contains=contains, pattern=regex, links=links, invites=invites,
            files=files, embeds=embeds, pinned=pinned, **edges,
        )  # fmt: skip
        found = await settled(interaction, self._found(interaction, wanted, reason), ephemeral=True)
        if not found.found.meant:
            await reply(interaction, embed=said.nothing(found.found), ephemeral=True)
        elif len(found.found.meant) > ASKED_ABOVE:
            await self._ask(interaction, found)
        else:
            await self.flow.carry_out(interaction, found)

    async def _found(self, interaction: Interaction, wanted: Wanted, reason: str | None) -> Purge:
        channel_id = await require_purging(interaction)
        guild_id, asked_by = interaction.guild_id or 0, interaction.user
        found = await self.flow.purger.find(guild_id, channel_id, wanted, until=interaction.id)
        return Purge(
            guild_id, channel_id, asked_by.id, asked_by.name, source_of(interaction), interaction.created_at, wanted,
            reason, found,
        )  # fmt: skip

    async def _ask(self, interaction: Interaction, purge: Purge) -> None:
        self.flow.purger.hold(interaction.id, purge)
        view = PurgeConfirm.ask(interaction.user.id, str(interaction.id), yes=_("Delete"), no=_("Never mind"))
        old = plan(purge.found.meant, purge.asked_at)
        shown = said.question(purge.found, len(old.alone) + old.too_old)
        await reply(interaction, embed=shown, view=view, ephemeral=True)
