"""Amounts of coins as options of commands: a number or a part of what there is, said back while it is written."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord
from discord import app_commands

from bot.actions.host import host_of, services_of
from bot.domain.amounts import ALL, HALF, Share, read_share
from bot.domain.economy import Pocket
from bot.domain.purse import Purse
from bot.errors import UserError
from bot.i18n import _
from bot.ui import text
from bot.ui.inputs import refusal

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

_LONGEST = 100
_PATIENCE = 1.5
"""Seconds that suggestions may take: later ones are of no use."""

_QUARTER = Share(hundredths=25 * 100)


class HowMuch(app_commands.Transformer):
    """How many coins of those in one of the member's own accounts."""

    def __init__(self, pocket: Pocket) -> None:
        self._pocket = pocket

    async def transform(self, interaction: Interaction, value: str, /) -> Share:  # noqa: ARG002 — discord.py's signature
        """Read it. What a part makes is counted when the coins are moved.

        Raises:
            ShareNotUnderstood, AmountTooLarge: it is none.
        """
        return read_share(value)

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """What was understood so far, and how much that is now; or the usual parts."""
        written = value.strip()
        held = await self._held(interaction)
        if not written:
            usual = (("all", _("all"), ALL), ("half", _("half"), HALF), ("25%", "25%", _QUARTER))
            return [_choice(word, shown, share, held) for word, shown, share in usual]
        try:
            return [_choice(written, written, read_share(written), held)]
        except UserError as error:
            return [refusal(error, written)]

    async def _held(self, interaction: Interaction) -> int | None:
        """What is in the account, as far as that can be said at once."""
        guild_id, user_id = interaction.guild_id, interaction.user.id
        if guild_id is None:
            return None
        find = partial(services_of(interaction).economy.balance, guild_id, user_id)
        try:
            purse: Purse = await host_of(interaction).inquiries.ask(("purse", guild_id, user_id), find, _PATIENCE)
        except (UserError, TimeoutError):
            return None
        return purse.bank if self._pocket is Pocket.BANK else purse.wallet


def _choice(word: str, shown: str, share: Share, held: int | None) -> Choice:
    if held is None and share.is_part:
        return Choice(name=shown[:_LONGEST], value=word[:_LONGEST])
    amount = share.of(held or 0)
    said = _("{written} → {coins}").format(written=shown, coins=text.plain_coins(amount))
    if held is not None and amount > held:
        said = _("{written} → {coins}, but you have {held}").format(
            written=shown, coins=text.plain_coins(amount), held=text.number(held)
        )
    return Choice(name=said[:_LONGEST], value=word[:_LONGEST])
