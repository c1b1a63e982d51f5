"""The shelves of the shop: their pages, and the menus under them. A page belongs to whoever asked for it."""

from __future__ import annotations

from hashlib import blake2s
from typing import Any

import discord
from discord.ui import Select, View

from bot.actions.host import services_of
from bot.cogs.economy import shop_pages
from bot.cogs.economy.shop_answers import OWNER, place_of, show
from bot.domain.paging import NEWEST, Cursor
from bot.i18n import _
from bot.services.shop import Shelf
from bot.ui.answers import settled
from bot.ui.controls import Control, Interaction, Menu
from bot.ui.pager import PagerButton, check_owner, pager_template

_EVERYTHING = "0"
"""Where a custom id names a category."""

_MOST_OPTIONS, _LONGEST_OPTION = 25, 100


def sign_of(category: str | None) -> str:
    """A category in a custom id, whatever its letters."""
    return _EVERYTHING if category is None else blake2s(category.encode(), digest_size=6).hexdigest()


async def open_shelf(interaction: Interaction, sign: str, cursor: Cursor, *, in_place: bool) -> None:
    """Show a page of the shop; a category that is gone is everything."""
    shop, guild_id = services_of(interaction).shop, place_of(interaction)

    async def work() -> tuple[Shelf, str | None, list[str]]:
        names = [one.name for one in await shop.categories(guild_id)]
        category = next((name for name in names if sign_of(name) == sign), None)
        return await shop.shelf(guild_id, category, cursor), category, names

    page, category, names = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    view = _shelf_view(interaction.user.id, page, category, names)
    await show(interaction, embed=shop_pages.shelf(page, category), view=view, in_place=in_place)


def _shelf_view(owner_id: int, page: Shelf, category: str | None, names: list[str]) -> View:
    view = ShopPager.under(owner_id, newer=page.before, older=page.after, about=sign_of(category))
    if not (page.before or page.after):
        view.clear_items()
    if page.items:
        options = [shop_pages.option(item) for item in page.items]
        # Whoever shows a thing answers this menu: it is found by its custom id.
        placeholder = _("See more, and buy…")
        view.add_item(Select[Any](custom_id=f"shop:item:v1:{owner_id}", options=options, placeholder=placeholder))
    if len(names) > 1:
        shelves: list[str | None] = [None, *names[: _MOST_OPTIONS - 1]]
        options = [
            discord.SelectOption(
                label=_("Everything") if one is None else shop_pages.category_name(one)[:_LONGEST_OPTION],
                value=sign_of(one),
                default=one == category,
            )
            for one in shelves
        ]
        select = Select[Any](custom_id=f"shop:shelf:v1:{owner_id}", options=options)
        view.add_item(ShelfMenu(select, select.custom_id))
    return view


class ShopPager(PagerButton, template=pager_template("shop:page:v1", r"[0-9a-f]{1,12}")):
    """Turns the pages of the shop, and leads back to it."""

    list_name = "shop:page:v1"

    @classmethod
    def labels(cls) -> tuple[str, str, str]:
        """Names are in order, so there is nothing new or old about them."""
        return _("First page"), _("Page before"), _("Next page")

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG002 — the pager has looked
        """Show the page at a cursor, in place."""
        await open_shelf(interaction, self.arguments["about"], cursor, in_place=True)


class ShelfMenu(Menu, template=rf"shop:shelf:v1:{OWNER}"):
    """Leads to a category."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show its first page, in place."""
        check_owner(interaction, int(self.arguments["owner"]))
        await open_shelf(interaction, "".join(values), NEWEST, in_place=True)


CONTROLS: tuple[type[Control | Menu], ...] = (ShopPager, ShelfMenu)
