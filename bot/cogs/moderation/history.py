"""/history, /mylogs and /modstats: the files of members, and what moderators did."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.host import ServiceHost, services_of
from bot.actions.people import Somebody
from bot.cogs.moderation import case_pages
from bot.cogs.moderation.case_access import reader_of
from bot.cogs.moderation.case_controls import open_history, open_own
from bot.cogs.moderation.case_options import KINDS
from bot.domain.case_search import MOST_DAYS, CaseFilter, ModStats
from bot.domain.cases import CaseKind
from bot.ui.answers import reply, settled
from bot.ui.inputs import When
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]

_PAST = When(past=True)


class HistoryCog(commands.Cog):
    """What is on file about somebody, and by whom."""

    def __init__(self, bot: Any) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came, perhaps with a record."""
        if member.bot or member.joined_at is None:
            return
        host: ServiceHost = cast("Any", self._bot)
        await host.services.rejoins.joined(member.guild.id, member.id, member.joined_at)

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

    @for_staff
    @app_commands.command(
        name="modstats",
        description="See what moderators did: acts by kind, and what was taken back.",
        extras={"examples": ["/modstats", "/modstats moderator:@Bob days:7"]},
    )
    @app_commands.describe(moderator="Whose; everybody's if you leave it out.", days="Of how many days; 30 by default.")
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def modstats(
        self,
        interaction: Interaction,
        moderator: Transform[int, Somebody] | None = None,
        days: Range[int, 1, MOST_DAYS] = 30,
    ) -> None:
        """Count it."""

        async def work() -> ModStats:
            search = services_of(interaction).case_search
            return await search.stats(await reader_of(interaction), days=days, moderator_id=moderator)

        found = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=case_pages.stats(found), ephemeral=True)
