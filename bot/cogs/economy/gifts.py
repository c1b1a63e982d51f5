"""Giving things away: what `/gift` and the form of an inventory share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import discord
from discord.ui import Button, Label, TextInput, UserSelect, View

from bot.actions.audience import address_readers, is_quiet
from bot.actions.host import interaction_key, services_of
from bot.cogs.economy import inventory_pages
from bot.cogs.economy.shop_answers import OWNER, place_of, row_id
from bot.cogs.economy.wares import Pick, mine
from bot.domain.amounts import parse_amount
from bot.domain.economy import Party
from bot.domain.features import Feature
from bot.i18n import _
from bot.services.belongings import Belonging
from bot.ui.answers import reply, settled
from bot.ui.controls import Answers, Control, Form, Interaction
from bot.ui.pager import check_owner

_PLACE = rf"{OWNER}:(?P<item>\d{{1,19}})"


def may_be_given(one: Belonging) -> bool:
    """Whether its owner may give it away, as it stands."""
    return one.item.draft.giftable and not one.item.stays_with_buyer


async def give(interaction: Interaction, item: Pick, receiver: Party, quantity: int) -> None:
    """Give copies away, and say so where everybody sees it; pings the receiver only.

    Where the owners want it quiet, only the giver sees it.

    Raises:
        ItemGone: the giver has no such thing.
        What `InventoryService.gift` raises.
    """
    inventory, guild_id, giver_id = services_of(interaction).inventory, place_of(interaction), interaction.user.id
    key = interaction_key(interaction)
    quiet = await settled(interaction, is_quiet(interaction, Feature.ECONOMY), ephemeral=False)
    item_id = await settled(interaction, mine(interaction, guild_id, item), ephemeral=quiet)
    work = inventory.gift(guild_id, giver_id, receiver, item_id, quantity, key=key)
    given = await settled(interaction, work, ephemeral=quiet)
    await address_readers(interaction, quiet=quiet)
    embed = inventory_pages.gift(given, giver_id, receiver.user_id)
    pings = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(receiver.user_id)])
    # A mention inside an embed never notifies, so the receiver is named beside it.
    named = f"<@{receiver.user_id}>"
    await reply(interaction, content=named, embed=embed, ephemeral=quiet, pings=pings, done=True)


class GiveAwayButton(Control, template=rf"inv:give:v1:{_PLACE}"):
    """Opens the form to give a thing of one's own away."""

    @classmethod
    def make(cls, owner_id: int, item_id: int) -> GiveAwayButton:
        """The button under a thing."""
        return cls(Button(label=_("Give away…"), custom_id=f"inv:give:v1:{owner_id}:{item_id}"))

    async def pressed(self, interaction: Interaction) -> None:
        """Open the form; a form must be the first answer, so nothing is read before."""
        check_owner(interaction, int(self.arguments["owner"]))
        await interaction.response.send_modal(GiveAwayForm(interaction.user.id, row_id(self.arguments["item"])))


class GiveAwayForm(Form):
    """Who gets it, and how many."""

    template = re.compile(rf"inv:give-form:v1:{_PLACE}")

    def __init__(self, owner_id: int, item_id: int) -> None:
        super().__init__(title=_("Give away"), custom_id=f"inv:give-form:v1:{owner_id}:{item_id}")
        self.add_item(Label(text=_("To whom"), component=UserSelect[Any](custom_id="recipient", required=True)))
        count = TextInput[View](custom_id="quantity", max_length=32, required=False, placeholder=_("empty: one"))
        self.add_item(Label(text=_("How many"), component=count))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Give it."""
        check_owner(interaction, int(arguments["owner"]))
        chosen = answers.user("recipient")
        receiver = Party(chosen.id, is_bot=chosen.is_bot, is_member=chosen.is_member)
        quantity = parse_amount(answers.text("quantity").strip() or "1")
        await give(interaction, Pick("", row_id(arguments["item"])), receiver, quantity)
