"""/xp add, remove, set, reset and undo: staff changes members' XP."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.actions.host import batches_of, services_of
from bot.actions.level_sync import may_manage_xp
from bot.actions.xp_batches import CHANGE_MANY
from bot.cogs.leveling import staff_controls, staff_pages
from bot.cogs.leveling.staff_controls import by_of, undo_view
from bot.domain.curves import HIGHEST
from bot.domain.economy import Party
from bot.domain.leveling import ChangeKind
from bot.domain.treasury import MAX_REASON
from bot.domain.xp_changes import MOST_AT_ONCE, XpOrder
from bot.i18n import N_
from bot.services.xp_staff import Levelled
from bot.ui.answers import reply, settled
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]
Person = discord.Member | discord.User
Whoever = discord.Member | discord.User | discord.Role

WHO = N_("A member, or a role for everybody who has it; then you see who before anything is done.")
WHY = N_("Why; staff sees it.")


class StaffCommands(commands.Cog):
    """Staff's side of what members have."""

    @for_staff
    @app_commands.command(
        name="add",
        description="Give XP or levels to a member, or to everybody with a role.",
        extras={"examples": ["/xp add who:@Bob xp:500 reason:Won the quiz", "/xp add who:@Bob levels:1"]},
    )
    @app_commands.describe(who=WHO, xp="How much XP.", levels="How many levels, instead of XP.", reason=WHY)
    async def xp_add(
        self,
        interaction: Interaction,
        *,
        who: Whoever,
        xp: Range[int, 1, MOST_AT_ONCE] | None = None,
        levels: Range[int, 1, HIGHEST] | None = None,
        reason: Range[str, 1, MAX_REASON] | None = None,
    ) -> None:
        """Add to it."""
        await _change(interaction, who, XpOrder(ChangeKind.ADD, xp, levels, reason))

    @for_staff
    @app_commands.command(
        name="remove",
        description="Take XP or levels from a member, or from everybody with a role.",
        extras={"examples": ["/xp remove who:@Bob xp:500", "/xp remove who:@Bob levels:2"]},
    )
    @app_commands.describe(who=WHO, xp="How much XP.", levels="How many levels, instead of XP.", reason=WHY)
    async def xp_remove(
        self,
        interaction: Interaction,
        *,
        who: Whoever,
        xp: Range[int, 1, MOST_AT_ONCE] | None = None,
        levels: Range[int, 1, HIGHEST] | None = None,
        reason: Range[str, 1, MAX_REASON] | None = None,
    ) -> None:
        """Remove from it."""
        await _change(interaction, who, XpOrder(ChangeKind.REMOVE, xp, levels, reason))

    @for_staff
    @app_commands.command(
        name="set",
        description="Set the XP or the level of a member, or of everybody with a role.",
        extras={"examples": ["/xp set who:@Bob level:10", "/xp set who:@Bob xp:0"]},
    )
    @app_commands.describe(who=WHO, xp="How much XP there is then.", level="Which level, instead of XP.", reason=WHY)
    async def xp_set(
        self,
        interaction: Interaction,
        *,
        who: Whoever,
        xp: Range[int, 0, MOST_AT_ONCE] | None = None,
        level: Range[int, 0, HIGHEST] | None = None,
        reason: Range[str, 1, MAX_REASON] | None = None,
    ) -> None:
        """Set it."""
        await _change(interaction, who, XpOrder(ChangeKind.SET, xp, level, reason))

    @for_staff
    @app_commands.command(
        name="reset",
        description="Let a member, a role or everybody begin again at no XP; it can be undone for 30 days.",
        extras={"examples": ["/xp reset who:@Bob", "/xp reset"], "slash_only": True},
    )
    @app_commands.describe(who="A member or a role; everybody in this server if you leave it out.")
    async def xp_reset(self, interaction: Interaction, who: Whoever | None = None) -> None:
        """Ask to confirm it."""
        await staff_controls.open_reset(interaction, who)

    @for_staff
    @app_commands.command(
        name="undo",
        description="Take back what staff last changed of XP, within 30 days.",
        extras={"examples": ["/xp undo member:@Bob", "/xp undo"], "slash_only": True},
    )
    @app_commands.describe(member="Whose newest change; the newest of many at once if you leave it out.")
    async def xp_undo(self, interaction: Interaction, member: Person | None = None) -> None:
        """Ask, or answer with the dry run."""
        if member is None:
            await staff_controls.undo_many(interaction)
        else:
            await staff_controls.ask_to_undo(interaction, member.id)


async def _change(interaction: Interaction, who: Whoever, order: XpOrder) -> None:
    """Change one member and say how they stand, or show the dry run for many."""
    if isinstance(who, discord.Role):
        many = XpOrder(order.kind, order.xp, order.level, order.reason, who.id)
        await batches_of(interaction).propose(interaction, CHANGE_MANY, many.stored())
        return
    party = Party(who.id, is_bot=who.bot, is_member=isinstance(who, discord.Member))

    async def work() -> Levelled:
        guild_id = await may_manage_xp(interaction)
        return await services_of(interaction).xp_staff.change(guild_id, party, order, by_of(interaction))

    done = await settled(interaction, work(), ephemeral=True)
    view = undo_view(done.change.id)
    await reply(interaction, embed=staff_pages.changed(done), view=view, ephemeral=True, done=True)
