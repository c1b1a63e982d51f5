"""The commands for what members own: look at it, use it, wear it, sell it and give it away."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.host import interaction_key
from bot.cogs.economy import inventory_controls
from bot.cogs.economy.gifts import give, may_be_given
from bot.cogs.economy.inventory_controls import ask_sale, open_inventory, wear
from bot.cogs.economy.shop_answers import place_of
from bot.cogs.economy.wares import Mine, Pick, mine
from bot.domain.economy import Party
from bot.domain.inventory import EQUIPABLE
from bot.domain.shop import MOST_AT_ONCE
from bot.ui.answers import settled

Interaction = discord.Interaction[Any]
Usable = Transform[Pick, Mine(lambda one: one.item.is_usable)]
Wearable = Transform[Pick, Mine(lambda one: one.item.draft.kind in EQUIPABLE)]
Worn = Transform[Pick, Mine(lambda one: one.stack.is_worn)]
Sellable = Transform[Pick, Mine(lambda one: bool(one.resale and one.stack.lasting))]
Giftable = Transform[Pick, Mine(may_be_given)]


async def _meant(interaction: Interaction, item: Pick) -> int:
    return await settled(interaction, mine(interaction, place_of(interaction), item), ephemeral=True)


class InventoryCog(commands.Cog):
    """What members own."""

    @app_commands.command(
        name="inventory",
        description="See what you or another member own.",
        extras={"examples": ["/inventory", "/inventory member:@Bob"]},
    )
    @app_commands.describe(member="Whose things; yours if you leave it out.")
    @app_commands.guild_only()
    async def inventory(self, interaction: Interaction, member: discord.Member | discord.User | None = None) -> None:
        """Show the first page."""
        await open_inventory(interaction, (member or interaction.user).id)

    @app_commands.command(
        name="use", description="Use up something that you own.", extras={"examples": ["/use item:Potion"]}
    )
    @app_commands.describe(item="What to use.")
    @app_commands.guild_only()
    async def use(self, interaction: Interaction, item: Usable) -> None:
        """Use one."""
        item_id, key = await _meant(interaction, item), interaction_key(interaction)
        await inventory_controls.use(interaction, item_id, key=key, in_place=False)

    @app_commands.command(
        name="equip",
        description="Wear something that you own, instead of another of its kind.",
        extras={"examples": ["/equip item:Bronze badge"]},
    )
    @app_commands.describe(item="What to wear.")
    @app_commands.guild_only()
    async def equip(self, interaction: Interaction, item: Wearable) -> None:
        """Put it on."""
        await wear(interaction, await _meant(interaction, item), on=True, in_place=False)

    @app_commands.command(
        name="unequip",
        description="Take off something that you wear.",
        extras={"examples": ["/unequip item:Bronze badge"]},
    )
    @app_commands.describe(item="What to take off.")
    @app_commands.guild_only()
    async def unequip(self, interaction: Interaction, item: Worn) -> None:
        """Take it off."""
        await wear(interaction, await _meant(interaction, item), on=False, in_place=False)

    @app_commands.command(
        name="sell",
        description="Sell something that you own back to the shop; you see first what it brings.",
        extras={"examples": ["/sell item:Bronze badge", "/sell item:Bronze badge quantity:3"]},
    )
    @app_commands.describe(item="What to sell.", quantity="How many; one if you leave it out.")
    @app_commands.guild_only()
    async def sell(self, interaction: Interaction, item: Sellable, quantity: Range[int, 1, MOST_AT_ONCE] = 1) -> None:
        """Ask whether it shall be sold."""
        await ask_sale(interaction, await _meant(interaction, item), quantity, in_place=False)

    @app_commands.command(
        name="gift",
        description="Give something that you own to another member.",
        extras={"examples": ["/gift item:Bronze badge member:@Bob", "/gift item:Potion member:@Bob quantity:2"]},
    )
    @app_commands.describe(item="What to give.", member="Who gets it.", quantity="How many; one if you leave it out.")
    @app_commands.guild_only()
    async def gift(
        self,
        interaction: Interaction,
        item: Giftable,
        member: discord.Member | discord.User,
        quantity: Range[int, 1, MOST_AT_ONCE] = 1,
    ) -> None:
        """Give it."""
        receiver = Party(member.id, is_bot=member.bot, is_member=isinstance(member, discord.Member))
        await give(interaction, item, receiver, quantity)
