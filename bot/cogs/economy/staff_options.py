"""The options of /economy: amounts, pockets and reasons, and the one that names a transaction, with suggestions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range

from bot.actions.host import host_of, services_of
from bot.cogs.economy import staff_embeds
from bot.cogs.economy.staff_controls import require_treasurer
from bot.domain.economy import Pocket
from bot.domain.treasury import MAX_REASON, Suggested
from bot.errors import OptionNotUnderstood, UserError
from bot.i18n import N_, _
from bot.ui import text

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

POCKETS = [
    app_commands.Choice(name="wallet", value=Pocket.WALLET.value),
    app_commands.Choice(name="bank", value=Pocket.BANK.value),
]
AMOUNT = Range[str, 1, 32]
WHY = Range[str, 1, MAX_REASON]

_MOST_CHOICES, _LONGEST = 25, 100
_PATIENCE = 1.5
"""Seconds that suggestions may take."""

_NEWEST_ID = 2**63 - 1

WHICH = N_("Which one: choose it, or write its number.")
"""What the option is."""


class Transaction(app_commands.Transformer):
    """The id of a transaction: of the newest of staff and between members, or written as a number."""

    async def transform(self, interaction: Interaction, value: str, /) -> int:  # noqa: ARG002 — discord.py's signature
        """Read it.

        Raises:
            OptionNotUnderstood: no number.
        """
        digits = value.strip().lstrip("#")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(_NEWEST_ID))):
            raise OptionNotUnderstood("transaction", value, WHICH)
        return min(int(digits), _NEWEST_ID)

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """The newest in whose line this is. None for those who may not see them, and while the database is slow."""
        try:
            guild_id = await require_treasurer(interaction)
            services = services_of(interaction)

            async def ask() -> tuple[list[Suggested], Mapping[int, str]]:
                found = await services.undoing.recent(guild_id, count=_MOST_CHOICES)
                return found, await services.people.names(guild_id, {one.member_id for one in found})

            found, names = await host_of(interaction).inquiries.ask(("coins", guild_id), ask, _PATIENCE)
            zone = await host_of(interaction).zone_of(interaction)
        except (UserError, TimeoutError):
            return []
        wanted = value.strip().casefold()
        choices: list[Choice] = []
        for one in found:
            name = names.get(one.member_id, _(staff_embeds.NO_NAME))
            said = staff_embeds.suggestion(one, when=text.clock_time(one.at.astimezone(zone)), name=name)
            if wanted in said.casefold() or str(one.id).startswith(wanted):
                choices.append(Choice(name=said[:_LONGEST], value=str(one.id)))
        return choices
