"""/level, for members, and /xp, for staff: each one group, put together from what the parts of leveling bring.

A part writes its commands as methods of a cog without state, named after its purpose, in a module of its own:

    class WhyCommands(commands.Cog):
        @app_commands.command(name="why", …)
        async def why(self, interaction: Interaction, …) -> None: …

and is listed below among the bases, which are the only place where it is used. A group inside (`/xp reward set`) is an
`app_commands.Group` as a class attribute, whose commands are methods of the same class. All parts of a group share one
class in the end, so methods bear names that no other part has (`reward_set`, not `set_`); `together` sees to that.
"""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.cogs.leveling.asking_commands import AskingCommands
from bot.cogs.leveling.curve_commands import CurveCommands
from bot.cogs.leveling.multiplier_commands import MultiplierCommands
from bot.cogs.leveling.reward_commands import RewardCommands
from bot.cogs.leveling.staff_commands import StaffCommands
from bot.cogs.leveling.wish_commands import WishCommands
from bot.ui.groups import together


@together
@app_commands.guild_only()
class LevelCog(
    AskingCommands,
    WishCommands,
    commands.GroupCog,
    group_name="level",
    group_description="Look what levels take and bring, and choose how you hear of them.",
):
    """Levels, for members."""


@together
@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class XpCog(
    CurveCommands,
    MultiplierCommands,
    RewardCommands,
    StaffCommands,
    commands.GroupCog,
    group_name="xp",
    group_description="Manage XP, levels and what they bring.",
):
    """XP, for staff."""
