"""The bank's commands."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.host import interaction_key, services_of
from bot.cogs.economy import embeds
from bot.cogs.economy.amounts import HowMuch
from bot.cogs.economy.controls import guild_of
from bot.domain.amounts import Share
from bot.domain.economy import Pocket
from bot.ui.answers import reply, settled

Interaction = discord.Interaction[Any]


class BankCog(commands.Cog):
    """Coins into the bank, and out of it."""

    @app_commands.command(
        name="deposit",
        description="Put coins from your wallet into the bank.",
        extras={"examples": ["/deposit amount:500", "/deposit amount:half", "/deposit amount:all"]},
    )
    @app_commands.describe(amount="How many coins: a number, all, half, 25% or 2k.")
    @app_commands.guild_only()
    async def deposit(self, interaction: Interaction, amount: Transform[Share, HowMuch(Pocket.WALLET)]) -> None:
        """Move coins into the bank."""
        bank = services_of(interaction).bank
        work = bank.deposit(guild_of(interaction), interaction.user.id, amount, key=interaction_key(interaction))
        done = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=embeds.banked(done, into=True), ephemeral=True, done=True)

    @app_commands.command(
        name="withdraw",
        description="Take coins out of the bank into your wallet.",
        extras={"examples": ["/withdraw amount:500", "/withdraw amount:25%", "/withdraw amount:all"]},
    )
    @app_commands.describe(amount="How many coins: a number, all, half, 25% or 2k.")
    @app_commands.guild_only()
    async def withdraw(self, interaction: Interaction, amount: Transform[Share, HowMuch(Pocket.BANK)]) -> None:
        """Move coins out of the bank."""
        bank = services_of(interaction).bank
        work = bank.withdraw(guild_of(interaction), interaction.user.id, amount, key=interaction_key(interaction))
        done = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=embeds.banked(done, into=False), ephemeral=True, done=True)
