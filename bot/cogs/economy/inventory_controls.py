"""The menu and the buttons of inventories. What changes anything is for the owner's own things alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord.ui import Button, Select, View

from bot.actions.host import services_of
from bot.cogs.economy import inventory_pages
from bot.cogs.economy.gifts import GiveAwayButton, GiveAwayForm, may_be_given
from bot.cogs.economy.shop_answers import OWNER, place_of, row_id, show
from bot.cogs.economy.shop_controls import buyer_of
from bot.domain.inventory import EQUIPABLE
from bot.domain.paging import NEWEST, Cursor
from bot.domain.shop import MOST_AT_ONCE, GiveItem, Item
from bot.errors import ControlExpired, ItemNotForResale, NotEnoughCopies, PriceChanged
from bot.i18n import _
from bot.services.belongings import Belonging, Belongings
from bot.services.inventory import Used
from bot.ui.answers import settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Control, Form, Interaction, Menu
from bot.ui.pager import PagerButton, check_owner, pager_template

_ITEM, _PAGE = r"(?P<item>\d{1,19})", r"(?P<page>\d{1,20})"


async def open_inventory(
    interaction: Interaction, user_id: int, cursor: Cursor = NEWEST, *, in_place: bool = False
) -> None:
    """Show a page of what somebody owns; of one's own, with a menu that leads to each thing."""
    read = services_of(interaction).belongings.page(place_of(interaction), user_id, cursor)
    page = await settled(interaction, read, ephemeral=True, in_place=in_place)
    own = user_id == interaction.user.id
    view = _list_view(interaction.user.id, page, own=own)
    await show(interaction, embed=inventory_pages.listed(page, own=own), view=view, in_place=in_place)


def _list_view(reader_id: int, page: Belongings, *, own: bool) -> View:
    view = InventoryPager.under(reader_id, newer=page.before, older=page.after, about=str(page.user_id))
    if not (page.before or page.after):
        view.clear_items()
    if own and page.things:
        options = [inventory_pages.option(one) for one in page.things]
        custom_id = f"inv:item:v1:{reader_id}"
        select = Select[Any](custom_id=custom_id, options=options, placeholder=_("Use, wear, sell or give away…"))
        view.add_item(ThingMenu(select, custom_id))
    return view


class InventoryPager(PagerButton, template=pager_template("inv:page:v1", r"\d{1,20}")):
    """Turns the pages of an inventory, and leads back to it."""

    list_name = "inv:page:v1"

    @classmethod
    def labels(cls) -> tuple[str, str, str]:
        """Names are in order, so there is nothing new or old about them."""
        return _("First page"), _("Page before"), _("Next page")

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG002 — the pager has looked
        """Show the page at a cursor, in place."""
        await open_inventory(interaction, int(self.arguments["about"]), cursor, in_place=True)


class ThingMenu(Menu, template=rf"inv:item:v1:{OWNER}"):
    """Leads to a thing of one's own."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it, in place."""
        check_owner(interaction, int(self.arguments["owner"]))
        await open_thing(interaction, row_id("".join(values)), in_place=True)


async def open_thing(interaction: Interaction, item_id: int, *, notice: str = "", in_place: bool) -> None:
    """Show one of the person's own things, with what can be done with it.

    Raises:
        ItemGone, NotEnoughCopies: they have none.
    """
    services, guild_id, user_id = services_of(interaction), place_of(interaction), interaction.user.id

    async def work() -> tuple[Belonging, Mapping[int, str]]:
        found = await services.belongings.get(guild_id, user_id, item_id)
        return found, await _names(interaction, found.item)

    one, names = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    embed = inventory_pages.thing(one, names, notice)
    await show(interaction, embed=embed, view=_thing_view(interaction, one), in_place=in_place)


async def _names(interaction: Interaction, item: Item) -> Mapping[int, str]:
    ids = {one.item_id for one in item.draft.effects.on_use if isinstance(one, GiveItem)}
    return await services_of(interaction).offers.names(place_of(interaction), ids) if ids else {}


def _thing_view(interaction: Interaction, one: Belonging) -> View:
    view, place = View(timeout=None), f"{interaction.user.id}:{one.item.id}"
    if one.item.is_usable:
        style = discord.ButtonStyle.success
        view.add_item(UseButton(Button(label=_("Use"), style=style, custom_id=f"inv:use:v1:{place}:{interaction.id}")))
    if one.item.draft.kind in EQUIPABLE:
        label, side = (_("Take off"), "n") if one.stack.is_worn else (_("Wear"), "y")
        view.add_item(WearButton(Button(label=label, custom_id=f"inv:wear:v1:{place}:{side}")))
    if one.resale and one.stack.lasting:
        view.add_item(SellButton(Button(label=_("Sell one…"), custom_id=f"inv:sell:v1:{place}")))
    if may_be_given(one):
        view.add_item(GiveAwayButton.make(interaction.user.id, one.item.id))
    view.add_item(_back(interaction))
    return view


def back_view(interaction: Interaction) -> View:
    """The way back to all that one owns."""
    view = View(timeout=None)
    view.add_item(_back(interaction))
    return view


def _back(interaction: Interaction) -> PagerButton:
    user_id = interaction.user.id
    return InventoryPager.to(user_id, NEWEST, _("What I own"), str(user_id))


# What is done with things -----------------------------------------------------------------------------------


async def use(interaction: Interaction, item_id: int, *, key: str, in_place: bool) -> None:
    """Use a copy up, and say what it did."""
    buyer, guild_id = buyer_of(interaction), place_of(interaction)

    async def work() -> tuple[Used, Mapping[int, str]]:
        done = await services_of(interaction).inventory.use(guild_id, buyer, item_id, key=key)
        return done, await _names(interaction, done.item)

    done, names = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    embed = inventory_pages.used(done, names)
    await show(interaction, embed=embed, view=back_view(interaction), in_place=in_place, done=True)


async def wear(interaction: Interaction, item_id: int, *, on: bool, in_place: bool) -> None:
    """Put a thing on, or take it off, and show it."""
    inventory, guild_id, user_id = services_of(interaction).inventory, place_of(interaction), interaction.user.id
    dress = inventory.equip if on else inventory.take_off
    item = await settled(interaction, dress(guild_id, user_id, item_id), ephemeral=True, in_place=in_place)
    await open_thing(interaction, item.id, notice=inventory_pages.worn(item.name, on=on), in_place=in_place)


async def ask_sale(interaction: Interaction, item_id: int, quantity: int, *, notice: str = "", in_place: bool) -> None:
    """Ask whether so many copies shall be sold for what they bring now.

    Raises:
        ItemNotForResale: nothing is paid for it.
        NotEnoughCopies: the person has fewer that can be sold.
    """
    read = services_of(interaction).belongings.get(place_of(interaction), interaction.user.id, item_id)
    one = await settled(interaction, read, ephemeral=True, in_place=in_place)
    if not one.resale:
        raise ItemNotForResale(one.item.name)
    if one.stack.lasting < quantity:
        raise NotEnoughCopies(one.item.name, one.stack.lasting, quantity)
    about = f"{item_id}:{quantity}x{one.resale}:{interaction.id}"
    view = SellConfirm.ask(interaction.user.id, about, yes=_("Sell"), no=_("Keep"))
    await show(interaction, embed=inventory_pages.question(one, quantity, notice), view=view, in_place=in_place)


class UseButton(Control, template=rf"inv:use:v1:{OWNER}:{_ITEM}:{_PAGE}"):
    """Uses a copy up; of one page one, however often it is pressed."""

    async def pressed(self, interaction: Interaction) -> None:
        """Use it, and show in place what it did."""
        check_owner(interaction, int(self.arguments["owner"]))
        key = f"u:{self.arguments['page']}"
        await use(interaction, row_id(self.arguments["item"]), key=key, in_place=True)


class WearButton(Control, template=rf"inv:wear:v1:{OWNER}:{_ITEM}:(?P<on>[yn])"):
    """Puts a thing on, or takes it off."""

    async def pressed(self, interaction: Interaction) -> None:
        """Do it, in place."""
        check_owner(interaction, int(self.arguments["owner"]))
        await wear(interaction, row_id(self.arguments["item"]), on=self.arguments["on"] == "y", in_place=True)


class SellButton(Control, template=rf"inv:sell:v1:{OWNER}:{_ITEM}"):
    """Asks whether a copy shall be sold."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask, in place."""
        check_owner(interaction, int(self.arguments["owner"]))
        await ask_sale(interaction, row_id(self.arguments["item"]), 1, in_place=True)


class SellConfirm(
    Confirm, template=confirm_template("inv:sold:v1", rf"{_ITEM}:(?P<asked>\d{{1,4}}x\d{{1,19}}):{_PAGE}")
):
    """Sells so many copies for so much each, or keeps them."""

    question = "inv:sold:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Sell for what was shown; if it is another price by now, ask again."""
        item_id = row_id(self.arguments["item"])
        quantity, each = map(int, self.arguments["asked"].split("x"))
        if not 1 <= quantity <= MOST_AT_ONCE:
            raise ControlExpired
        sell, guild_id = services_of(interaction).inventory.sell, place_of(interaction)
        work = sell(guild_id, interaction.user.id, item_id, quantity, key=f"s:{self.arguments['page']}", shown=each)
        try:
            done = await settled(interaction, work, ephemeral=True, in_place=True)
        except PriceChanged as changed:
            notice = inventory_pages.resale_changed(changed.shown, changed.price)
            await ask_sale(interaction, item_id, quantity, notice=notice, in_place=True)
            return
        embed, view = inventory_pages.sold(done), back_view(interaction)
        await show(interaction, embed=embed, view=view, in_place=True, done=True)


CONTROLS: tuple[type[Control | Menu | Form], ...] = (
    InventoryPager, ThingMenu, UseButton, WearButton, SellButton, SellConfirm, GiveAwayButton, GiveAwayForm,
)  # fmt: skip
