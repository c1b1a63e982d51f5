"""/case: one case, and what can be changed about it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.host import services_of
from bot.actions.sanctions import SanctionKeeper
from bot.cogs.moderation import case_pages
from bot.cogs.moderation.case_access import changeable, reader_of
from bot.cogs.moderation.case_options import CaseNumber
from bot.cogs.moderation.options import WHY, usual_reasons
from bot.domain.case_search import CaseView
from bot.i18n import _
from bot.ui.answers import reply, settled
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]


@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
class CaseCog(commands.GroupCog, group_name="case", group_description="Read a case, and mend what is wrong about it."):
    """Cases, for moderators."""

    def __init__(self, keeper: SanctionKeeper) -> None:
        self._keeper = keeper

    @for_staff
    @app_commands.command(
        name="view",
        description="Read a case, with everything that was changed about it.",
        extras={"examples": ["/case view number:12"]},
    )
    @app_commands.describe(number="Which case, such as 12.")
    async def view(self, interaction: Interaction, number: Transform[int, CaseNumber]) -> None:
        """Show it."""

        async def work() -> CaseView:
            return await services_of(interaction).case_search.view(await reader_of(interaction), number)

        found = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=case_pages.case(found), ephemeral=True)

    @for_staff
    @app_commands.command(
        name="reason",
        description="Say otherwise why; what was said before stays on record.",
        extras={"examples": ["/case reason number:12 reason:Scam links, see #7"]},
    )
    @app_commands.describe(number="Which case, such as 12.", reason="Why; staff reads it, and the member in /mylogs.")
    @app_commands.autocomplete(reason=usual_reasons)
    async def reason(self, interaction: Interaction, number: Transform[int, CaseNumber], reason: WHY) -> None:
        """Change it."""

        async def work() -> CaseView:
            services, case = services_of(interaction), await changeable(interaction, number)
            await services.case_edits.reason(case.guild_id, number, reason, by=interaction.user.id)
            return await services.case_search.view(case.guild_id, number)

        found = await settled(interaction, work(), ephemeral=True)
        said = case_pages.case(found, _("✅ Changed."))
        await reply(interaction, embed=said, ephemeral=True, done=True)
