"""The purse's commands: look at it, fill it once a day, give from it, and read where it went."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.coin_batches import CoinBatches
from bot.actions.host import ServiceHost, interaction_key, services_of
from bot.cogs.economy import embeds
from bot.cogs.economy.controls import CONTROLS, dynamic_items, guild_of, pay, purse_view, statement_view
from bot.cogs.economy.staff import TreasuryCog
from bot.cogs.economy.staff_controls import STAFF_CONTROLS
from bot.domain.economy import Party
from bot.ui.answers import reply, settled
from bot.ui.controls import Control

PERMISSIONS = discord.Permissions(attach_files=True)
"""What this feature needs in a guild: for the chart of a wallet. Without it there are the words alone."""

Interaction = discord.Interaction[Any]


class EconomyCog(commands.Cog):
    """A purse for every member."""

    @app_commands.command(
        name="balance",
        description="See how many coins you or another member have.",
        extras={"examples": ["/balance", "/balance member:@Bob"]},
    )
    @app_commands.describe(member="Whose purse; yours if you leave it out.")
    @app_commands.guild_only()
    async def balance(self, interaction: Interaction, member: discord.Member | discord.User | None = None) -> None:
        """Show a purse."""
        whose = member or interaction.user
        own = whose.id == interaction.user.id
        work = services_of(interaction).economy.balance(guild_of(interaction), whose.id, is_bot=whose.bot)
        purse = await settled(interaction, work, ephemeral=True)
        view = purse_view() if own else None
        await reply(interaction, embed=embeds.balance(purse, own=own), view=view, ephemeral=True)

    @app_commands.command(name="daily", description="Take your coins for today.", extras={"examples": ["/daily"]})
    @app_commands.guild_only()
    async def daily(self, interaction: Interaction) -> None:
        """Pay the daily amount."""
        economy = services_of(interaction).economy
        work = economy.daily(guild_of(interaction), interaction.user.id, key=interaction_key(interaction))
        paid = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=embeds.daily(paid), ephemeral=True, done=True)

    @app_commands.command(
        name="pay",
        description="Give some of your coins to another member.",
        extras={"examples": ["/pay member:@Bob amount:50"]},
    )
    @app_commands.describe(member="Who gets them.", amount="How many coins.")
    @app_commands.guild_only()
    async def pay(self, interaction: Interaction, member: discord.Member | discord.User, amount: int) -> None:
        """Pay another member."""
        is_member = isinstance(member, discord.Member)
        await pay(interaction, Party(member.id, is_bot=member.bot, is_member=is_member), amount)

    @app_commands.command(
        name="transactions",
        description="Read where your coins came from and went.",
        extras={"examples": ["/transactions"], "secret": True},
    )
    @app_commands.guild_only()
    async def transactions(self, interaction: Interaction) -> None:
        """Show the newest page of one's statement."""
        work = services_of(interaction).economy.statement(guild_of(interaction), interaction.user.id)
        page = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=embeds.statement(page), view=statement_view(page), ephemeral=True)


async def setup(bot: Any) -> None:
    """Called by discord.py."""
    host: ServiceHost = bot
    host.router.add(*CONTROLS)
    bot.add_dynamic_items(*dynamic_items())
    host.router.add(*STAFF_CONTROLS)
    bot.add_dynamic_items(*(one for one in STAFF_CONTROLS if issubclass(one, Control)))
    await bot.add_cog(EconomyCog())
    coins = CoinBatches(bot, host.services)
    for kind in coins.kinds():
        host.batches.add(kind)
    await bot.add_cog(TreasuryCog())
