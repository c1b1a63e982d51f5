"""Things as options of commands: chosen from suggestions, or named as people write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord
from discord import app_commands

from bot.actions.host import host_of, services_of
from bot.domain.shop import Item
from bot.errors import ItemGone, Unavailable, UserError
from bot.i18n import _
from bot.services.belongings import Belonging
from bot.ui import text

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

_LONGEST, _LONGEST_TYPED, _BIGGEST = 100, 200, 2**63 - 1
_PATIENCE = 1.5
"""Seconds that suggestions may take: later ones are of no use."""

_CHOSEN = re.compile(r"\|(\d{1,19})(?:\|(\d{1,19}))?")
"""What a suggestion stands for: which thing, and the price that was shown. No name of a thing can look so."""


@dataclass(frozen=True)
class Pick:
    """What somebody means: a thing that they chose, at the price that they saw, or a name."""

    name: str
    item_id: int | None = None
    shown_price: int | None = None
    """None: they were shown none."""


def read_pick(value: str) -> Pick:
    """What was chosen or written.

    Raises:
        ItemGone: it can be neither.
    """
    match = _CHOSEN.fullmatch(value)
    if match is None:
        if len(value) > _LONGEST_TYPED:
            raise ItemGone
        return Pick(value)
    item_id, price = int(match[1]), None if match[2] is None else int(match[2])
    if item_id > _BIGGEST:
        raise ItemGone
    return Pick("", item_id, price)


class ForSale(app_commands.Transformer):
    """A thing in the shop."""

    async def transform(self, interaction: Interaction, value: str, /) -> Pick:  # noqa: ARG002 — discord.py's signature
        """Read it; whether it is there is looked at by whoever uses it.

        Raises:
            ItemGone: it can be no thing.
        """
        return read_pick(value)

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """What is for sale under such a name, with its price; none while the database is away or slow."""
        guild_id, host = interaction.guild_id, host_of(interaction)
        if guild_id is None:
            return []
        find = partial(services_of(interaction).shop.suggest, guild_id, value)
        try:
            found: list[Item] = await host.inquiries.ask(("shop", guild_id, value), find, _PATIENCE)
        except (Unavailable, UserError, TimeoutError):
            return []
        return [_priced(item) for item in found if item.is_offered(host.now())]


def _priced(item: Item) -> Choice:
    said = _("{item} — {coins}") if item.draft.stock != 0 else _("{item} — {coins}, sold out")
    said = said.format(item=item.name, coins=text.plain_coins(item.draft.price))
    return Choice(name=said[:_LONGEST], value=f"|{item.id}|{item.draft.price}")


async def for_sale(interaction: Interaction, guild_id: int, pick: Pick) -> int:
    """The id of what somebody means.

    Raises:
        ItemGone: there is no such thing for sale.
    """
    if pick.item_id is not None:
        return pick.item_id
    return (await services_of(interaction).shop.named(guild_id, pick.name)).id


class Mine(app_commands.Transformer):
    """A thing that the member owns; of these are suggested those that it can be done with."""

    def __init__(self, fits: Callable[[Belonging], bool]) -> None:
        self._fits = fits

    async def transform(self, interaction: Interaction, value: str, /) -> Pick:  # noqa: ARG002 — discord.py's signature
        """Read it; whether it is theirs is looked at by whoever uses it.

        Raises:
            ItemGone: it can be no thing.
        """
        return read_pick(value)

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """What they own under such a name; none while the database is away or slow."""
        guild_id, user_id = interaction.guild_id, interaction.user.id
        if guild_id is None:
            return []
        find = partial(services_of(interaction).belongings.suggest, guild_id, user_id, value)
        key = ("mine", guild_id, user_id, value)
        try:
            found: Sequence[Belonging] = await host_of(interaction).inquiries.ask(key, find, _PATIENCE)
        except (Unavailable, UserError, TimeoutError):
            return []
        return [_counted(one) for one in found if self._fits(one)]


def _counted(one: Belonging) -> Choice:
    said = _("{item} — you own {count}").format(item=one.item.name, count=text.number(one.stack.quantity))
    return Choice(name=said[:_LONGEST], value=f"|{one.item.id}")


async def mine(interaction: Interaction, guild_id: int, pick: Pick) -> int:
    """The id of what somebody means of their own.

    Raises:
        ItemGone: nothing has that name.
    """
    if pick.item_id is not None:
        return pick.item_id
    return await services_of(interaction).belongings.named(guild_id, interaction.user.id, pick.name)
