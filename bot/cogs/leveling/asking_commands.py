"""/level calculate and /level why: how far a level is, and why something earned nothing."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.actions.authority import guild_of
from bot.actions.host import host_of, services_of
from bot.actions.level_sync import may_manage_xp
from bot.cogs.leveling import asking_pages
from bot.domain.curves import HIGHEST
from bot.domain.gains import Verdict
from bot.domain.xp_changes import MOST_AT_ONCE
from bot.errors import BotsHaveNoRank
from bot.ui.answers import reply, settled

Interaction = discord.Interaction[Any]


class AskingCommands(commands.Cog):
    """What members ask about levels."""

    @app_commands.command(
        name="calculate",
        description="See how much XP a level takes, or which level some XP is, and how far you are from it.",
        extras={"examples": ["/level calculate level:20", "/level calculate xp:10000"]},
    )
    @app_commands.describe(level="Which level; leave out the XP then.", xp="How much XP; leave out the level then.")
    async def calculate(
        self,
        interaction: Interaction,
        level: Range[int, 1, HIGHEST] | None = None,
        xp: Range[int, 0, MOST_AT_ONCE] | None = None,
    ) -> None:
        """Calculate with the server's curve."""
        paths, guild_id = services_of(interaction).level_paths, guild_of(interaction).id
        work = paths.calculate(guild_id, interaction.user.id, level=level, xp=xp)
        found = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=asking_pages.path(found, by_level=level is not None), ephemeral=True)

    @app_commands.command(
        name="why",
        description="See what your last messages and minutes in voice earned, and why not more.",
        extras={"examples": ["/level why", "/level why member:@Bob"]},
    )
    @app_commands.describe(member="Whose; for staff. Yours if you leave it out.")
    async def why(self, interaction: Interaction, member: discord.Member | discord.User | None = None) -> None:
        """Show the last verdicts."""
        person = interaction.user if member is None else member

        async def work() -> tuple[Verdict, ...]:
            guild_id = guild_of(interaction).id
            if person.id != interaction.user.id:
                await may_manage_xp(interaction)
            await services_of(interaction).level_paths.require(guild_id)
            if person.bot:
                raise BotsHaveNoRank
            return host_of(interaction).xp.verdicts(guild_id, person.id)

        found = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=asking_pages.why(person.id, found), ephemeral=True)
