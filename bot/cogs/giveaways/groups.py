"""/giveaway, for hosts and staff: one group, put together from what the parts bring.

A part writes its commands as methods of a cog without state, named after its purpose, in a module of its own, and is
listed below among the bases. All parts share one class in the end, so methods bear names that no other has.
"""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.cogs.giveaways.creating import CreatingCommands
from bot.cogs.giveaways.knowing_commands import KnowingCommands
from bot.cogs.giveaways.making_commands import MakingCommands
from bot.cogs.giveaways.proof_commands import ProofCommands
from bot.ui.groups import together


@together
@app_commands.guild_only()
class GiveawayCog(
    CreatingCommands,
    MakingCommands,
    KnowingCommands,
    ProofCommands,
    commands.GroupCog,
    group_name="giveaway",
    group_description="Give something away, and see how it was drawn.",
):
    """Giveaways, for hosts and staff."""
