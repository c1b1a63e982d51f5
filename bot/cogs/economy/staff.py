"""/economy: staff adds and removes coins, takes transactions back, resets, and looks into the books."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.host import services_of
from bot.cogs.economy import staff_controls, staff_embeds
from bot.cogs.economy.staff_controls import by_of, require_treasurer, undo_view
from bot.cogs.economy.staff_many import ManyCommands
from bot.cogs.economy.staff_options import AMOUNT, POCKETS, WHICH, WHY, Transaction
from bot.domain.economy import Party, Pocket
from bot.domain.treasury import Change
from bot.services.treasury import Changed, ChangeOrder
from bot.ui.answers import reply, settled
from bot.ui.groups import together
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]
Somebody = discord.Member | discord.User


@together
@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class TreasuryCog(
    ManyCommands,
    commands.GroupCog,
    group_name="economy",
    group_description="Manage the coins of this server.",
):
    """Staff's side of the purse."""

    @for_staff
    @app_commands.command(
        name="add",
        description="Give a member coins that are made for it.",
        extras={"examples": ["/economy add member:@Bob amount:500 reason:Won the quiz"]},
    )
    @app_commands.describe(
        member="Who gets them.",
        amount="How many, such as 500 or 2k.",
        pocket="Where to; the wallet if you leave it out.",
        reason="Why; the member and staff see it.",
    )
    @app_commands.choices(pocket=POCKETS)
    async def add(
        self,
        interaction: Interaction,
        *,
        member: Somebody,
        amount: AMOUNT,
        pocket: str = Pocket.WALLET,
        reason: WHY | None = None,
    ) -> None:
        """Add to an account."""
        await _change(interaction, Change.ADD, member, amount=amount, pocket=pocket, reason=reason)

    @for_staff
    @app_commands.command(
        name="remove",
        description="Take coins from a member for good.",
        extras={"examples": ["/economy remove member:@Bob amount:500", "/economy remove member:@Bob amount:all"]},
    )
    @app_commands.describe(
        member="Who loses them.",
        amount="How many, such as 500, half, 25% or all.",
        pocket="Where from; the wallet if you leave it out.",
        reason="Why; the member and staff see it.",
    )
    @app_commands.choices(pocket=POCKETS)
    async def remove(
        self,
        interaction: Interaction,
        *,
        member: Somebody,
        amount: AMOUNT,
        pocket: str = Pocket.WALLET,
        reason: WHY | None = None,
    ) -> None:
        """Remove from an account."""
        await _change(interaction, Change.REMOVE, member, amount=amount, pocket=pocket, reason=reason)

    @for_staff
    @app_commands.command(
        name="set",
        description="Set how many coins a member has.",
        extras={"examples": ["/economy set member:@Bob amount:1,000", "/economy set member:@Bob amount:0 pocket:bank"]},
    )
    @app_commands.describe(
        member="Whose coins.",
        amount="How many there are then, such as 0 or 2k.",
        pocket="Where; the wallet if you leave it out.",
        reason="Why; the member and staff see it.",
    )
    @app_commands.choices(pocket=POCKETS)
    async def set_(
        self,
        interaction: Interaction,
        *,
        member: Somebody,
        amount: AMOUNT,
        pocket: str = Pocket.WALLET,
        reason: WHY | None = None,
    ) -> None:
        """Set an account."""
        await _change(interaction, Change.SET, member, amount=amount, pocket=pocket, reason=reason)

    @for_staff
    @app_commands.command(
        name="undo",
        description="Take a transaction back; you see what it would do first.",
        extras={"examples": ["/economy undo transaction:1234567890123456789"], "slash_only": True},
    )
    @app_commands.describe(transaction=WHICH)
    async def undo(self, interaction: Interaction, transaction: Transform[int, Transaction]) -> None:
        """Ask."""
        await staff_controls.ask_to_undo(interaction, transaction)

    @for_staff
    @app_commands.command(
        name="audit",
        description="Look whether the books of this server's economy add up.",
        extras={"examples": ["/economy audit"]},
    )
    async def audit(self, interaction: Interaction) -> None:
        """Show the seal."""
        await staff_controls.show_audit(interaction)

    @for_staff
    @app_commands.command(
        name="report",
        description="See how coins are spread here, and where they come from and go to.",
        extras={"examples": ["/economy report"]},
    )
    async def report(self, interaction: Interaction) -> None:
        """Show it."""
        await staff_controls.show_report(interaction)

    @for_staff
    @app_commands.command(
        name="reset",
        description="Let a member begin anew; it can be undone for 30 days.",
        extras={"examples": ["/economy reset member:@Bob"], "slash_only": True},
    )
    @app_commands.describe(member="Whose wallet and bank become those of a new member.")
    async def reset(self, interaction: Interaction, member: Somebody) -> None:
        """Ask to confirm it."""
        await staff_controls.open_reset(interaction, member)

    @for_staff
    @app_commands.command(
        name="reset-all",
        description="Let everybody in this server begin anew; it can be undone for 30 days.",
        extras={"examples": ["/economy reset-all"], "slash_only": True},
    )
    async def reset_all(self, interaction: Interaction) -> None:
        """Ask to confirm it."""
        await staff_controls.open_reset_all(interaction)

    @for_staff
    @app_commands.command(
        name="undo-reset",
        description="Bring back what a reset of the last 30 days took.",
        extras={"examples": ["/economy undo-reset member:@Bob", "/economy undo-reset"], "slash_only": True},
    )
    @app_commands.describe(member="Whose; everybody's if you leave it out.")
    async def undo_reset(self, interaction: Interaction, member: Somebody | None = None) -> None:
        """Ask, or answer with the dry run."""
        if member is None:
            await staff_controls.undo_reset_all(interaction)
        else:
            await staff_controls.ask_to_undo_reset(interaction, member.id)


async def _change(
    interaction: Interaction, change: Change, member: Somebody, *, amount: str, pocket: str, reason: str | None
) -> None:
    """Change an account, and say how it stands."""
    party = Party(member.id, is_bot=member.bot, is_member=isinstance(member, discord.Member))
    order = ChangeOrder(change, party, Pocket(pocket), amount, reason)

    async def work() -> Changed:
        guild_id = await require_treasurer(interaction)
        return await services_of(interaction).treasury.change(guild_id, order, by_of(interaction))

    done = await settled(interaction, work(), ephemeral=True)
    view = undo_view(done.transaction_id)
    await reply(interaction, embed=staff_embeds.changed(done), view=view, ephemeral=True, done=True)
