"""/rank: where somebody stands, as a card and in words."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.audience import address_readers, is_quiet
from bot.actions.authority import guild_of
from bot.actions.host import host_of, services_of
from bot.actions.pictures import drawn
from bot.actions.profile import face
from bot.cogs.leveling import rank_pages
from bot.domain.features import Feature
from bot.domain.ranks import Rank
from bot.pictures.specs import Picture
from bot.ui.answers import reply, settled

Interaction = discord.Interaction[Any]
Somebody = discord.Member | discord.User

PATIENCE = 2.0
"""Seconds for drawing a card; then there are the words alone."""


class RankCog(commands.Cog):
    """Where members stand."""

    @app_commands.command(
        name="rank",
        description="See your level and your place, or another member's.",
        extras={"examples": ["/rank", "/rank member:@Bob"]},
    )
    @app_commands.describe(member="Whose; yours if you leave it out.")
    @app_commands.guild_only()
    async def rank(self, interaction: Interaction, member: discord.Member | discord.User | None = None) -> None:
        """Show a rank."""
        await show(interaction, interaction.user if member is None else member)


async def show(interaction: Interaction, person: Somebody) -> None:
    """Answer with somebody's rank: for everybody, but where the feature is quiet, or they wish to be nameless."""
    guild, viewer = guild_of(interaction), interaction.user
    work = services_of(interaction).ranks.rank(guild.id, person.id, viewer_id=viewer.id, is_bot=person.bot)
    # Whether they wish to be nameless is not known yet, so what takes long is theirs alone in any case.
    shown = await settled(interaction, work, ephemeral=person.id == viewer.id)
    quiet = shown.is_hidden or await is_quiet(interaction, Feature.LEVELING)
    await address_readers(interaction, quiet=quiet)
    picture = await settled(interaction, _card(interaction, guild.id, person, shown), ephemeral=quiet)
    await reply(interaction, embed=rank_pages.rank(person, shown), picture=picture, ephemeral=quiet)


async def _card(interaction: Interaction, guild_id: int, person: Somebody, shown: Rank) -> Picture | None:
    host = host_of(interaction)
    own, accent = await host.preferences(person.id), await host.accent(guild_id)
    look = rank_pages.Look(accent if own.accent is None else own.accent, own.background, await face(person))
    return await drawn(interaction, rank_pages.card(person.display_name, person.name, shown, look), within=PATIENCE)
