"""How many copies of a thing there are to sell: the form, and what is done by it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from discord.ui import Label, TextInput, View

from bot.actions.host import interaction_key, services_of
from bot.cogs.economy.items.desk import by_of, merchant_of
from bot.cogs.economy.items.thing import open_item
from bot.cogs.economy.items.thing_pages import restocked
from bot.cogs.economy.shop_answers import row_id
from bot.domain.shop import Item
from bot.domain.stock import Restock, read_restock
from bot.i18n import _
from bot.ui.answers import settled
from bot.ui.controls import Answers, Control, Form, Interaction

_ITEM = r"(?P<item>\d{1,19})"
_LONGEST = 40


class RestockButton(Control, template=rf"item:restock:v1:{_ITEM}"):
    """Opens the form for the stock."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it; whether they may is looked at again when it is sent."""
        await merchant_of(interaction)
        await interaction.response.send_modal(RestockForm(row_id(self.arguments["item"])))


class RestockForm(Form):
    """How many there are to sell."""

    template = re.compile(rf"item:restock-form:v1:{_ITEM}")

    def __init__(self, item_id: int) -> None:
        super().__init__(title=_("Restock"), custom_id=f"item:restock-form:v1:{item_id}")
        field = TextInput[View](custom_id="stock", max_length=_LONGEST, placeholder=_("20, +10 or unlimited"))
        words = _("How many there are to sell. +10 adds to what is left.")
        self.add_item(Label(text=_("Stock"), description=words, component=field))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Change it."""
        wanted = read_restock(answers.text("stock"))
        await restock(interaction, row_id(arguments["item"]), wanted, in_place=True)


async def restock(interaction: Interaction, item_id: int, wanted: Restock, *, in_place: bool) -> None:
    """Change how many are left to sell, and show it.

    Raises:
        ItemGone, ItemRefused, StockOutOfBounds: it can't be.
        What `merchant_of` raises.
    """
    shop, by, key = services_of(interaction).shop, by_of(interaction), interaction_key(interaction)

    async def work() -> Item:
        guild_id = await merchant_of(interaction)
        if wanted.is_change and wanted.count is not None:
            return await shop.deliver(guild_id, item_id, wanted.count, by, key=key)
        return await shop.restock(guild_id, item_id, wanted.count, by)

    item = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    await open_item(interaction, item_id, restocked(item), in_place=in_place, done=True)


CONTROLS: tuple[type[Control | Form], ...] = (RestockButton, RestockForm)
