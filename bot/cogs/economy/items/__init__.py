"""/item: what the shop sells, for the server's staff to write."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.cogs.economy.items import controls, forms, restocking, thing
from bot.cogs.economy.items.desk import merchant_of, open_sketch
from bot.cogs.economy.items.forms import BasicsForm
from bot.cogs.economy.items.options import Stock, Ware, WareOrDraft, ware
from bot.cogs.economy.wares import Pick
from bot.domain.shop import LONGEST_NAME
from bot.domain.stock import Restock
from bot.ui.answers import settled
from bot.ui.controls import Control, Form, Menu
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]


ITEM_CONTROLS: tuple[type[Control | Menu | Form], ...] = (
    *controls.CONTROLS, *forms.CONTROLS, *thing.CONTROLS, *restocking.CONTROLS,
)  # fmt: skip
"""All controls and forms of staff's side of the shop."""


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ItemCog(commands.GroupCog, group_name="item", group_description="Write what the shop of this server sells."):
    """Staff's side of the shop."""

    @for_staff
    @app_commands.command(
        name="create",
        description="Write a new thing; nobody can buy it until you publish it.",
        extras={"examples": ["/item create"], "slash_only": True},
    )
    async def create(self, interaction: Interaction) -> None:
        """Open the empty form."""
        await merchant_of(interaction)
        await interaction.response.send_modal(BasicsForm())

    @for_staff
    @app_commands.command(
        name="edit",
        description="Change a thing that is for sale, or go on with a draft; you see what it means before you save.",
        extras={"examples": ["/item edit item:Bronze badge"], "slash_only": True},
    )
    @app_commands.describe(item="Which one; choose from the list.")
    async def edit(self, interaction: Interaction, item: Transform[Any, WareOrDraft(for_sale=True)]) -> None:
        """Open the panel."""
        if isinstance(item, int):
            await open_sketch(interaction, item, in_place=False)
            return
        item_id = await settled(interaction, ware(interaction, item, for_sale=True), ephemeral=True)
        await thing.open_edit(interaction, item_id, in_place=False)

    @for_staff
    @app_commands.command(
        name="clone",
        description="Write a new thing that is like another one.",
        extras={"examples": ["/item clone item:Bronze badge name:Silver badge"], "slash_only": True},
    )
    @app_commands.describe(item="Which one it is to be like.", name="What the new one is called.")
    async def clone(
        self,
        interaction: Interaction,
        item: Transform[Pick, Ware(for_sale=True, archived=True)],
        name: Range[str, 1, LONGEST_NAME],
    ) -> None:
        """Open the panel with the new thing."""
        find = ware(interaction, item, for_sale=True, archived=True)
        item_id = await settled(interaction, find, ephemeral=True)
        await thing.open_clone(interaction, item_id, name, in_place=False)

    @for_staff
    @app_commands.command(
        name="archive",
        description="Take a thing out of the shop; who owns one keeps it.",
        extras={"examples": ["/item archive item:Bronze badge"]},
    )
    @app_commands.describe(item="Which one.")
    async def archive(self, interaction: Interaction, item: Transform[Pick, Ware(for_sale=True)]) -> None:
        """Ask whether it shall go."""
        item_id = await settled(interaction, ware(interaction, item, for_sale=True), ephemeral=True)
        await thing.ask_to_archive(interaction, item_id, in_place=False)

    @for_staff
    @app_commands.command(
        name="restore",
        description="Put an archived thing up for sale again.",
        extras={"examples": ["/item restore item:Bronze badge"]},
    )
    @app_commands.describe(item="Which one.")
    async def restore(self, interaction: Interaction, item: Transform[Pick, Ware(archived=True)]) -> None:
        """Do it, and show it."""
        item_id = await settled(interaction, ware(interaction, item, archived=True), ephemeral=True)
        await thing.restore(interaction, item_id, in_place=False)

    @for_staff
    @app_commands.command(
        name="restock",
        description="Say how many there are to sell.",
        extras={"examples": ["/item restock item:Bronze badge stock:20", "/item restock item:Bronze badge stock:+10"]},
    )
    @app_commands.describe(item="Which one.", stock="A number, +10 to add to what is left, or unlimited.")
    async def restock(
        self, interaction: Interaction, item: Transform[Pick, Ware(for_sale=True)], stock: Transform[Restock, Stock]
    ) -> None:
        """Change it, and show it."""
        item_id = await settled(interaction, ware(interaction, item, for_sale=True), ephemeral=True)
        await restocking.restock(interaction, item_id, stock, in_place=False)

    @for_staff
    @app_commands.command(
        name="list",
        description="See all things of the shop, archived ones too, with stock and how many were sold.",
        extras={"examples": ["/item list"]},
    )
    async def list_(self, interaction: Interaction) -> None:
        """Show the first page."""
        await thing.open_list(interaction)
