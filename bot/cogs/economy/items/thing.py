"""All things of the shop for its staff: the list, one of them, and what is done to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from discord import ButtonStyle
from discord.ui import Button, Label, Select, TextInput, View

from bot.actions.host import services_of
from bot.cogs.economy.items import thing_pages as pages
from bot.cogs.economy.items.desk import by_of, hand_of, merchant_of, open_sketch
from bot.cogs.economy.shop_answers import row_id, show
from bot.domain.paging import NEWEST, Cursor
from bot.domain.shop import LONGEST_NAME, Item
from bot.domain.sketches import Sketch
from bot.i18n import _
from bot.services.catalogue import Catalogue
from bot.services.shop import Details
from bot.ui.answers import settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Answers, Control, Form, Interaction, Menu
from bot.ui.pager import PagerButton, pager_template

_ITEM = r"(?P<item>\d{1,19})"
_LONGEST = 40


# The list --------------------------------------------------------------------------------------------------


async def open_list(interaction: Interaction, cursor: Cursor = NEWEST, *, in_place: bool = False) -> None:
    """Show a page of all things."""

    async def work() -> Catalogue:
        return await services_of(interaction).catalogue.page(await merchant_of(interaction), cursor)

    page = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    view = ItemPager.under(interaction.user.id, newer=page.before, older=page.after)
    if not (page.before or page.after):
        view.clear_items()
    if page.items:
        options = [pages.option(item) for item in page.items]
        menu = Select[Any](custom_id="item:choose:v1", options=options, placeholder=_("Change, archive, restock…"))
        view.add_item(ItemMenu(menu, menu.custom_id))
    view.add_item(Button(label=_("New thing…"), style=ButtonStyle.primary, custom_id="item:write:v1:0:0:home:basics"))
    await show(interaction, embed=pages.listed(page), view=view, in_place=in_place)


class ItemPager(PagerButton, template=pager_template("item:list:v1")):
    """Turns the pages of the list, and leads back to it."""

    list_name = "item:list:v1"

    @classmethod
    def labels(cls) -> tuple[str, str, str]:
        """Names are in order, so there is nothing new or old about them."""
        return _("First page"), _("Page before"), _("Next page")

    @classmethod
    async def turn(cls, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG003 — the pager has looked
        """Show the page at a cursor, in place."""
        await open_list(interaction, cursor, in_place=True)


class ItemMenu(Menu, template=r"item:choose:v1"):
    """Leads from the list to a thing."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it, in place."""
        await open_item(interaction, row_id("".join(values)), in_place=True)


# One thing -------------------------------------------------------------------------------------------------


async def open_item(
    interaction: Interaction, item_id: int, notice: str = "", *, in_place: bool, done: bool = False
) -> None:
    """Show a thing with what staff wants to know and can do.

    Raises:
        ItemGone: it was never there.
        What `merchant_of` raises.
    """
    details = await settled(interaction, _details(interaction, item_id), ephemeral=True, in_place=in_place)
    view = _item_view(interaction, details.item)
    await show(interaction, embed=pages.item(details, notice), view=view, in_place=in_place, done=done)


async def _details(interaction: Interaction, item_id: int) -> Details:
    return await services_of(interaction).shop.details(await merchant_of(interaction), item_id)


def _item_view(interaction: Interaction, item: Item) -> View:
    view = View(timeout=None)
    if item.archived_at is None:
        view.add_item(EditButton(Button(label=_("Change…"), custom_id=f"item:edit:v1:{item.id}")))
        view.add_item(Button(label=_("Restock…"), custom_id=f"item:restock:v1:{item.id}"))
    view.add_item(CloneButton(Button(label=_("Clone…"), custom_id=f"item:clone:v1:{item.id}")))
    if item.archived_at is None:
        view.add_item(ArchiveButton(Button(label=_("Archive…"), custom_id=f"item:archive:v1:{item.id}")))
    else:
        success = ButtonStyle.success
        view.add_item(RestoreButton(Button(label=_("Restore"), style=success, custom_id=f"item:restore:v1:{item.id}")))
    view.add_item(ItemPager.to(interaction.user.id, NEWEST, _("To the list")))
    return view


class EditButton(Control, template=rf"item:edit:v1:{_ITEM}"):
    """Leads to the panel that changes a thing."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it, in place."""
        await open_edit(interaction, row_id(self.arguments["item"]), in_place=True)


async def open_edit(interaction: Interaction, item_id: int, *, in_place: bool) -> None:
    """Open the panel that changes a thing, with what its writer left there.

    Raises:
        ItemGone: it is not for sale.
        What `merchant_of` raises.
    """
    sketches, user_id = services_of(interaction).sketches, interaction.user.id

    async def work() -> Sketch:
        return await sketches.open(await merchant_of(interaction), user_id, item_id)

    sketch = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    left = _("This is what you left unsaved.") if sketch.has_changes else ""
    await open_sketch(interaction, sketch.id, notice=left, in_place=in_place)


class CloneButton(Control, template=rf"item:clone:v1:{_ITEM}"):
    """Opens the form for a thing that is like one."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it; whether they may is looked at again when it is sent."""
        await merchant_of(interaction)
        await interaction.response.send_modal(CloneForm(row_id(self.arguments["item"])))


class CloneForm(Form):
    """What the new thing is called."""

    template = re.compile(rf"item:clone-form:v1:{_ITEM}")

    def __init__(self, item_id: int) -> None:
        super().__init__(title=_("Clone"), custom_id=f"item:clone-form:v1:{item_id}")
        self.add_item(Label(text=_("Name"), component=TextInput[View](custom_id="name", max_length=LONGEST_NAME)))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Begin it."""
        await open_clone(interaction, row_id(arguments["item"]), answers.text("name"), in_place=True)


async def open_clone(interaction: Interaction, item_id: int, name: str, *, in_place: bool) -> None:
    """Begin a thing that is like one, and show it.

    Raises:
        ItemGone: there is none to be like.
        ItemRefused, TooManySketches: it can't be begun.
        What `merchant_of` raises.
    """
    sketches, user_id = services_of(interaction).sketches, interaction.user.id

    async def work() -> Sketch:
        return await sketches.begin_like(await merchant_of(interaction), user_id, item_id, name)

    sketch = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    await open_sketch(interaction, sketch.id, in_place=in_place)


# Out of the shop, and back ---------------------------------------------------------------------------------


class ArchiveButton(Control, template=rf"item:archive:v1:{_ITEM}"):
    """Asks whether a thing shall leave the shop."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask, in place."""
        await ask_to_archive(interaction, row_id(self.arguments["item"]), in_place=True)


async def ask_to_archive(interaction: Interaction, item_id: int, *, in_place: bool) -> None:
    """Ask whether a thing shall leave the shop, with what becomes of its copies."""
    details = await settled(interaction, _details(interaction, item_id), ephemeral=True, in_place=in_place)
    if details.item.archived_at is not None:
        await open_item(interaction, item_id, _("It is archived already."), in_place=in_place)
        return
    view = ArchiveConfirm.ask(interaction.user.id, str(item_id), yes=_("Archive it"), no=_("Keep it"), danger=False)
    await show(interaction, embed=pages.archive_question(details), view=view, in_place=in_place)


class ArchiveConfirm(Confirm, template=confirm_template("item:archive-sure:v1", _ITEM)):
    """Takes a thing out of the shop, or leaves it."""

    question = "item:archive-sure:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Archive it; what is archived already stays so."""
        item_id = row_id(self.arguments["item"])

        async def work() -> Item:
            return await services_of(interaction).shop.archive(
                await merchant_of(interaction), item_id, by_of(interaction)
            )

        await settled(interaction, work(), ephemeral=True, in_place=True)
        said = _("✅ Archived: nobody can buy it any more.")
        await open_item(interaction, item_id, said, in_place=True, done=True)

    async def declined(self, interaction: Interaction) -> None:
        """Show it as it is."""
        await open_item(interaction, row_id(self.arguments["item"]), in_place=True)


class RestoreButton(Control, template=rf"item:restore:v1:{_ITEM}"):
    """Puts an archived thing up for sale again."""

    async def pressed(self, interaction: Interaction) -> None:
        """Do it, and show it."""
        await restore(interaction, row_id(self.arguments["item"]), in_place=True)


async def restore(interaction: Interaction, item_id: int, *, in_place: bool) -> None:
    """Put an archived thing up for sale again, and show it.

    Raises:
        ItemGone, ItemNameTaken, TooManyItems: it can't be.
        What `check_roles` and `merchant_of` raise.
    """

    async def work() -> Item:
        guild_id, hand = await merchant_of(interaction), hand_of(interaction)
        return await services_of(interaction).shop.restore(guild_id, item_id, by_of(interaction), hand=hand)

    await settled(interaction, work(), ephemeral=True, in_place=in_place)
    await open_item(interaction, item_id, _("✅ It is for sale again."), in_place=in_place, done=True)


CONTROLS: tuple[type[Control | Menu | Form], ...] = (
    ItemPager, ItemMenu, EditButton, CloneButton, CloneForm, ArchiveButton, ArchiveConfirm, RestoreButton,
)  # fmt: skip
