"""A cog that no server gets: one command for each thing of the kit that no feature uses yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.authority import require_act
from bot.actions.people import Somebody
from bot.compose import App
from bot.domain.authority import Act, Permission, Staff
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.inputs import HowLong, When
from bot.ui.theme import embed

Interaction = discord.Interaction[Any]

DAY = 86_400
KICK = Act(Permission.KICK_MEMBERS, Staff.MODERATOR, Permission.KICK_MEMBERS)
BAN = Act(Permission.BAN_MEMBERS, Staff.MODERATOR, Permission.BAN_MEMBERS, on_absent=True)


class TrialCog(commands.Cog):
    """Says what it understood."""

    @app_commands.command(name="how-long", description="A length.")
    async def how_long(
        self, interaction: Interaction, length: app_commands.Transform[int, HowLong(least=60, most=7 * DAY)]
    ) -> None:
        await say(interaction, f"{length} seconds")

    @app_commands.command(name="when", description="A moment.")
    async def when(self, interaction: Interaction, moment: app_commands.Transform[datetime, When()]) -> None:
        await say(interaction, moment.isoformat())

    @app_commands.command(name="since", description="A moment that was.")
    async def since(self, interaction: Interaction, moment: app_commands.Transform[datetime, When(past=True)]) -> None:
        await say(interaction, moment.isoformat())

    @app_commands.command(name="who", description="Somebody.")
    async def who(self, interaction: Interaction, somebody: app_commands.Transform[int, Somebody]) -> None:
        await say(interaction, text.mention(somebody))

    @app_commands.command(name="evict", description="Whether.")
    async def kick(self, interaction: Interaction, member: discord.Member | discord.User) -> None:
        await self._may(interaction, KICK, member.id)

    @app_commands.command(name="exile", description="Whether, by name.")
    async def ban(self, interaction: Interaction, somebody: app_commands.Transform[int, Somebody]) -> None:
        await self._may(interaction, BAN, somebody)

    async def _may(self, interaction: Interaction, act: Act, target_id: int) -> None:
        ground, target = await settled(interaction, require_act(interaction, act, target_id), ephemeral=True)
        await say(interaction, f"{ground}: {'left' if target.rank is None else target.rank}")


async def say(interaction: Interaction, said: str) -> None:
    await reply(interaction, embed=embed(description=said), ephemeral=True)


def with_trial(app: App, _trace: aiohttp.TraceConfig) -> None:
    """For `Stage.arrange`: the commands of this cog beside all others."""
    usual: Callable[[], Any] = app.bot.setup_hook

    async def hook() -> None:
        await app.bot.add_cog(TrialCog())
        await usual()

    app.bot.setup_hook = hook
