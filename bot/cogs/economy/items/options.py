"""Things of the shop as options of staff's commands: suggested to staff alone, also those that are archived."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord
from discord import app_commands

from bot.actions.host import host_of, services_of
from bot.cogs.economy.items.desk import merchant_of
from bot.cogs.economy.wares import Pick, read_pick
from bot.domain.shop import Item
from bot.domain.sketches import Sketch
from bot.domain.stock import Restock, read_restock
from bot.errors import SketchGone, Unavailable, UserError
from bot.i18n import _
from bot.services.catalogue import SUGGESTED
from bot.ui import text

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

_LONGEST = 100
_PATIENCE = 1.5
"""Seconds that suggestions may take: later ones are of no use."""

_DRAFT, _DIGITS = "~", 19


class Ware(app_commands.Transformer):
    """A thing of the shop: for sale, archived, or either."""

    def __init__(self, *, for_sale: bool = False, archived: bool = False) -> None:
        self._for_sale = for_sale
        self._archived = archived

    async def transform(self, interaction: Interaction, value: str, /) -> Any:  # noqa: ARG002 — discord.py's signature
        """Read it; whether it is there is looked at by whoever uses it.

        Raises:
            ItemGone: it can be no thing.
        """
        return read_pick(value)

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """Things under such a name, for staff alone; none while the database is away or slow."""
        try:
            guild_id = await merchant_of(interaction)
            search = services_of(interaction).catalogue.search
            find = partial(search, guild_id, value, for_sale=self._for_sale, archived=self._archived)
            key = ("wares", guild_id, value, self._for_sale, self._archived)
            found: list[Item] = await host_of(interaction).inquiries.ask(key, find, _PATIENCE)
        except (Unavailable, UserError, TimeoutError):
            return []
        return [_choice(item) for item in found]


def _choice(item: Item) -> Choice:
    state = text.plain_coins(item.draft.price) if item.archived_at is None else _("archived")
    return Choice(name=f"{item.name} — {state}"[:_LONGEST], value=f"|{item.id}")


class WareOrDraft(Ware):
    """A thing that is for sale, or one's own draft: ``~`` and its number."""

    async def transform(self, interaction: Interaction, value: str, /) -> Pick | int:
        """Read it: a draft as the number of its sketch.

        Raises:
            ItemGone, SketchGone: it can be neither.
        """
        if not value.startswith(_DRAFT):
            return await super().transform(interaction, value)
        digits = value.removeprefix(_DRAFT)
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS):
            raise SketchGone
        return min(int(digits), 2**63 - 1)

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:
        """The member's own drafts first, then things for sale."""
        user_id, wanted = interaction.user.id, value.casefold().strip()
        try:
            guild_id = await merchant_of(interaction)
            find = partial(services_of(interaction).sketches.of_person, guild_id, user_id)
            key = ("sketches", guild_id, user_id)
            drafts: list[Sketch] = await host_of(interaction).inquiries.ask(key, find, _PATIENCE)
        except (Unavailable, UserError, TimeoutError):
            return []
        own = [one for one in drafts if one.is_new and one.draft.name.casefold().startswith(wanted)]
        choices = [
            Choice(name=_("{item} — your draft").format(item=one.draft.name)[:_LONGEST], value=f"{_DRAFT}{one.id}")
            for one in own
        ]
        return [*choices, *await super().autocomplete(interaction, value)][:SUGGESTED]


class Stock(app_commands.Transformer):
    """How many are to be left to sell."""

    async def transform(self, interaction: Interaction, value: str, /) -> Restock:  # noqa: ARG002 — discord.py's signature
        """Read it.

        Raises:
            StockNotUnderstood: it is none.
        """
        return read_restock(value)


async def ware(interaction: Interaction, pick: Pick, *, for_sale: bool = False, archived: bool = False) -> int:
    """The id of what somebody means.

    Raises:
        ItemGone: there is no such thing.
        What `merchant_of` raises.
    """
    guild_id = await merchant_of(interaction)
    if pick.item_id is not None:
        return pick.item_id
    return (
        await services_of(interaction).catalogue.named(guild_id, pick.name, for_sale=for_sale, archived=archived)
    ).id
