"""The purse's commands: look at it, give from it, and read where it went."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.coin_batches import CoinBatches
from bot.actions.host import ServiceHost, services_of
from bot.cogs.economy import (
    embeds,
    inventory_controls,
    job_controls,
    shop_controls,
    shop_shelves,
)
from bot.cogs.economy.amounts import HowMuch
from bot.cogs.economy.bank import BankCog
from bot.cogs.economy.controls import CONTROLS, dynamic_items, guild_of, pay, purse_view
from bot.cogs.economy.earning import EarningCog
from bot.cogs.economy.inventory import InventoryCog
from bot.cogs.economy.items import ITEM_CONTROLS, ItemCog
from bot.cogs.economy.jobs import JobsCog
from bot.cogs.economy.kinds import CHOICES
from bot.cogs.economy.shop import ShopCog
from bot.cogs.economy.staff import TreasuryCog
from bot.cogs.economy.staff_controls import STAFF_CONTROLS
from bot.cogs.economy.statements import Wanted, open_statement
from bot.domain.amounts import Share
from bot.domain.economy import Kind, Party, Pocket
from bot.ui.answers import reply, settled
from bot.ui.controls import Form

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
        work = services_of(interaction).economy.overview(guild_of(interaction), whose.id, is_bot=whose.bot)
        shown = await settled(interaction, work, ephemeral=True)
        view = purse_view(shown) if own else None
        await reply(interaction, embed=embeds.balance(shown, own=own), view=view, ephemeral=True)

    @app_commands.command(
        name="pay",
        description="Give some of your coins to another member.",
        extras={"examples": ["/pay member:@Bob amount:50", "/pay member:@Bob amount:half"]},
    )
    @app_commands.describe(member="Who gets them.", amount="How many coins: a number, all, half, 25% or 2k.")
    @app_commands.guild_only()
    async def pay(
        self,
        interaction: Interaction,
        member: discord.Member | discord.User,
        amount: Transform[Share, HowMuch(Pocket.WALLET)],
    ) -> None:
        """Pay another member."""
        is_member = isinstance(member, discord.Member)
        await pay(interaction, Party(member.id, is_bot=member.bot, is_member=is_member), amount)

    @app_commands.command(
        name="transactions",
        description="Read where your coins came from and went.",
        extras={
            "examples": ["/transactions", "/transactions kind:Payments", "/transactions member:@Bob"],
            "secret": True,
        },
    )
    @app_commands.describe(
        kind="Movements of this kind alone; all if you leave it out.",
        member="Whose; yours if you leave it out. Others' are for staff.",
    )
    @app_commands.choices(kind=CHOICES)
    @app_commands.guild_only()
    async def transactions(
        self,
        interaction: Interaction,
        kind: str | None = None,
        member: discord.Member | discord.User | None = None,
    ) -> None:
        """Show the newest page of a statement."""
        whose = interaction.user if member is None else member
        await open_statement(interaction, Wanted(whose.id, None if kind is None else Kind(kind)))


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    host: ServiceHost = bot
    shop = (*shop_shelves.CONTROLS, *shop_controls.CONTROLS, *inventory_controls.CONTROLS)
    host.router.add(*CONTROLS, *job_controls.CONTROLS, *shop, *ITEM_CONTROLS, *STAFF_CONTROLS)
    others = (one for one in (*shop, *ITEM_CONTROLS, *STAFF_CONTROLS) if not issubclass(one, Form))
    bot.add_dynamic_items(*dynamic_items(), *job_controls.dynamic_items(), *others)
    for kind in CoinBatches(bot, host.services).kinds():
        host.batches.add(kind)
    for cog in (EconomyCog(), EarningCog(), BankCog(), ShopCog(), InventoryCog(), ItemCog(), JobsCog(), TreasuryCog()):
        await bot.add_cog(cog)
