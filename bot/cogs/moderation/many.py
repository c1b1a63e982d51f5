"""/massban."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.host import batches_of, host_of
from bot.actions.mass_bans import Named, kind_for
from bot.cogs.moderation.options import HOW_FAR, WHY, usual_reasons
from bot.domain.mass_bans import Joined, MassBan
from bot.errors import NobodyNamed
from bot.ui.inputs import When
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]

MOST_TYPED = 6_000
"""Characters that Discord takes in one option: some three hundred ids."""

PAST = When(past=True)


class ManyCog(commands.Cog):
    """Bans of many at once."""

    @for_staff
    @app_commands.command(
        name="massban",
        description="Ban many at once; you see who, and who is left out, before anything is done.",
        extras={
            "examples": [
                "/massban ids:175928847299117063 175928847299117064 reason:Raid",
                "/massban joined_after:1h ago reason:Raid delete_messages:1h",
            ]
        },
    )
    @app_commands.describe(
        ids="Whom, by ids or mentions, with anything between them.",
        file="A text file with ids in it.",
        joined_after="Whoever joined since then.",
        joined_before="Until when, with joined_after; until now if you leave it out.",
        reason="Why; staff reads it, and Discord's audit log shows it.",
        delete_messages="How far back their messages are deleted, such as 1d; none if you leave it out.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def massban(
        self,
        interaction: Interaction,
        *,
        ids: Range[str, 1, MOST_TYPED] | None = None,
        file: discord.Attachment | None = None,
        joined_after: Transform[datetime, PAST] | None = None,
        joined_before: Transform[datetime, PAST] | None = None,
        reason: WHY | None = None,
        delete_messages: Transform[int, HOW_FAR] | None = None,
    ) -> None:
        """Answer with the dry run."""
        joined: Joined | None = None
        if joined_after is not None:
            joined = Joined(joined_after, joined_before or host_of(interaction).now())
        if (joined_before is not None and joined_after is None) or not (ids or file or joined):
            raise NobodyNamed
        order = MassBan(reason, delete_messages or 0)
        kind = kind_for(interaction.guild)
        await batches_of(interaction).propose(interaction, kind, order.stored(), given=Named(ids or "", file, joined))
