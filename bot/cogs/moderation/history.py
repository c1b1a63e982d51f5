"""/history and /mylogs: the files of members."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.people import Somebody
from bot.cogs.moderation.case_controls import open_history, open_own
from bot.cogs.moderation.case_options import KINDS
from bot.domain.case_search import CaseFilter
from bot.domain.cases import CaseKind
from bot.ui.inputs import When
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]

_PAST = When(past=True)


class HistoryCog(commands.Cog):
    """What is on file about somebody."""

    @for_staff
    @app_commands.command(
        name="history",
        description="Read what is on file about a member: counts, points, and every case.",
        extras={"examples": ["/history member:@Bob", "/history member:@Bob kind:Warning since:1 week ago"]},
    )
    @app_commands.describe(
        member="Who; also by id, whether they are here or not.",
        kind="Cases of one kind alone.",
        moderator="Cases of one moderator alone.",
        since="From when on, such as 24.12. or 1 week ago.",
        until="Until when.",
    )
    @app_commands.choices(kind=KINDS)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def history(
        self,
        interaction: Interaction,
        *,
        member: Transform[int, Somebody],
        kind: str | None = None,
        moderator: Transform[int, Somebody] | None = None,
        since: Transform[datetime, _PAST] | None = None,
        until: Transform[datetime, _PAST] | None = None,
    ) -> None:
        """Show the newest page."""
        wanted = CaseFilter(member, None if kind is None else CaseKind(kind), moderator, since, until)
        await open_history(interaction, wanted)

    @app_commands.command(
        name="mylogs",
        description="Read what is on file here about yourself.",
        extras={"examples": ["/mylogs"]},
    )
    @app_commands.guild_only()
    async def mylogs(self, interaction: Interaction) -> None:
        """Show the newest page."""
        await open_own(interaction)
