"""The commands of /economy that change what many members have: each answers with a dry run."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.coin_batches import ADD_MANY, REMOVE_MANY, SET_MANY
from bot.actions.host import batches_of
from bot.cogs.economy.staff_options import AMOUNT, POCKETS, WHY
from bot.domain.economy import Pocket
from bot.domain.treasury import Change, CoinOrder
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]

_KINDS = {Change.ADD: ADD_MANY, Change.REMOVE: REMOVE_MANY, Change.SET: SET_MANY}


class ManyCommands(commands.Cog):
    """Part of /economy: coins for many."""

    @for_staff
    @app_commands.command(
        name="add-many",
        description="Give many members coins at once; you see who before anything is done.",
        extras={"examples": ["/economy add-many amount:100 role:@Member", "/economy add-many amount:100"]},
    )
    @app_commands.describe(
        amount="How many each gets, such as 500 or 2k.",
        role="Only members with this role; everybody who has an account if you leave it out.",
        pocket="Where to; the wallet if you leave it out.",
        reason="Why; the members and staff see it.",
    )
    @app_commands.choices(pocket=POCKETS)
    async def add_many(
        self,
        interaction: Interaction,
        *,
        amount: AMOUNT,
        role: discord.Role | None = None,
        pocket: str = Pocket.WALLET,
        reason: WHY | None = None,
    ) -> None:
        """Answer with the dry run."""
        await _propose(interaction, Change.ADD, amount, role, pocket=pocket, reason=reason)

    @for_staff
    @app_commands.command(
        name="remove-many",
        description="Take coins from many members at once; you see who before anything is done.",
        extras={"examples": ["/economy remove-many amount:100 role:@Member", "/economy remove-many amount:10%"]},
    )
    @app_commands.describe(
        amount="How many each loses, such as 500, half, 25% or all.",
        role="Only members with this role; everybody who has an account if you leave it out.",
        pocket="Where from; the wallet if you leave it out.",
        reason="Why; the members and staff see it.",
    )
    @app_commands.choices(pocket=POCKETS)
    async def remove_many(
        self,
        interaction: Interaction,
        *,
        amount: AMOUNT,
        role: discord.Role | None = None,
        pocket: str = Pocket.WALLET,
        reason: WHY | None = None,
    ) -> None:
        """Answer with the dry run."""
        await _propose(interaction, Change.REMOVE, amount, role, pocket=pocket, reason=reason)

    @for_staff
    @app_commands.command(
        name="set-many",
        description="Set how many coins many members have; you see who before anything is done.",
        extras={"examples": ["/economy set-many amount:1,000 role:@Member", "/economy set-many amount:0 pocket:bank"]},
    )
    @app_commands.describe(
        amount="How many each has then, such as 0 or 2k.",
        role="Only members with this role; everybody who has an account if you leave it out.",
        pocket="Where; the wallet if you leave it out.",
        reason="Why; the members and staff see it.",
    )
    @app_commands.choices(pocket=POCKETS)
    async def set_many(
        self,
        interaction: Interaction,
        *,
        amount: AMOUNT,
        role: discord.Role | None = None,
        pocket: str = Pocket.WALLET,
        reason: WHY | None = None,
    ) -> None:
        """Answer with the dry run."""
        await _propose(interaction, Change.SET, amount, role, pocket=pocket, reason=reason)


async def _propose(
    interaction: Interaction,
    change: Change,
    amount: str,
    role: discord.Role | None,
    *,
    pocket: str,
    reason: str | None,
) -> None:
    order = CoinOrder(change, amount, Pocket(pocket), None if role is None else role.id, reason)
    await batches_of(interaction).propose(interaction, _KINDS[change], order.stored())
