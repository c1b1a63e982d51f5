"""The shop's commands: look, and buy."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.host import interaction_key
from bot.cogs.economy.shop_answers import place_of
from bot.cogs.economy.shop_controls import buy, open_offer
from bot.cogs.economy.shop_shelves import open_shelf, sign_of
from bot.cogs.economy.wares import ForSale, Pick, for_sale
from bot.domain.paging import NEWEST
from bot.domain.purchases import Asked
from bot.domain.shop import MOST_AT_ONCE
from bot.ui.answers import settled

Interaction = discord.Interaction[Any]


class ShopCog(commands.Cog):
    """What is for sale."""

    @app_commands.command(
        name="shop",
        description="See what is for sale in this server.",
        extras={"examples": ["/shop", "/shop item:Bronze badge"]},
    )
    @app_commands.describe(item="What to look at; everything if you leave it out.")
    @app_commands.guild_only()
    async def shop(self, interaction: Interaction, item: Transform[Pick, ForSale] | None = None) -> None:
        """Show the shelves, or one thing."""
        if item is None:
            await open_shelf(interaction, sign_of(None), NEWEST, in_place=False)
            return
        find = for_sale(interaction, place_of(interaction), item)
        item_id = await settled(interaction, find, ephemeral=True)
        await open_offer(interaction, item_id, in_place=False)

    @app_commands.command(
        name="buy",
        description="Buy something in the shop.",
        extras={"examples": ["/buy item:Bronze badge", "/buy item:Bronze badge quantity:3"]},
    )
    @app_commands.describe(item="What to buy.", quantity="How many; one if you leave it out.")
    @app_commands.guild_only()
    async def buy(
        self, interaction: Interaction, item: Transform[Pick, ForSale], quantity: Range[int, 1, MOST_AT_ONCE] = 1
    ) -> None:
        """Buy at the price that was shown; whoever was shown none sees it first."""
        find = for_sale(interaction, place_of(interaction), item)
        item_id = await settled(interaction, find, ephemeral=True)
        if item.shown_price is None:
            await open_offer(interaction, item_id, quantity=quantity, in_place=False)
            return
        asked = Asked(item_id, quantity, item.shown_price)
        await buy(interaction, asked, key=interaction_key(interaction), in_place=False)
