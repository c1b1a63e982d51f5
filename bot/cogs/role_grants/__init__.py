"""/role: staff gives a role, for a while or for good, ends what it gave, and sees what is granted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.actions.host import ServiceHost, services_of, source_of
from bot.actions.role_grants import RoleKeeper, reach, role_facts
from bot.cogs.role_grants import embeds
from bot.domain.role_grants import MAX_REASON
from bot.domain.roles import check_can_be_given, check_may_give
from bot.domain.settings_fields import FieldKind, SettingField, parse
from bot.errors import GuildOnly, PermissionNeeded, RecipientNotHere, SettingRefused, Unavailable
from bot.services.role_grants import Ordered
from bot.ui.answers import reply, settled
from bot.ui.staff import for_staff

PERMISSIONS = discord.Permissions(manage_roles=True)
"""What this feature needs in a guild."""

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=5 * 365)
"""How long a role may be given for, unless it is for good."""

_DURATION = SettingField("duration", "Duration", "", FieldKind.DURATION)

Interaction = discord.Interaction[Any]
Somebody = discord.Member | discord.User


@app_commands.guild_only()
@app_commands.default_permissions(manage_roles=True)
class RoleGrantsCog(commands.GroupCog, group_name="role", group_description="Give roles for a while or for good."):
    """Roles that staff gives, and the eye on members who come back."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._keeper = RoleKeeper(bot, host.services.role_grants)

    @for_staff
    @app_commands.command(
        name="give",
        description="Give a member a role, for a while or for good.",
        extras={"examples": ["/role give member:@Bob role:@Guest duration:7d"]},
    )
    @app_commands.describe(
        member="Who gets it.",
        role="Which role; one below your own highest role and mine.",
        duration="For how long, such as 2h or 30d; for good if you leave it out.",
        reason="Why; staff sees it in the list and in the audit log.",
    )
    async def give(
        self,
        interaction: Interaction,
        member: Somebody,
        role: discord.Role,
        duration: Range[str, 1, 40] | None = None,
        reason: Range[str, 1, MAX_REASON] | None = None,
    ) -> None:
        """Grant it, and say what came of it."""
        guild = staff_guild(interaction, role)
        check_can_be_given(role_facts(role), reach(guild.me))
        if not isinstance(member, discord.Member):
            raise RecipientNotHere(member.id)
        lasts = None if duration is None else lasting(duration)
        grants, by = services_of(interaction).role_grants, interaction.user.id
        via = source_of(interaction)
        order = grants.give(guild.id, member.id, role.id, by=by, lasts=lasts, reason=reason, via=via)
        ordered, made = await settled(interaction, self._carried(order), ephemeral=True)
        await reply(interaction, embed=embeds.given(ordered.grant, made), ephemeral=True)

    @for_staff
    @app_commands.command(
        name="end",
        description="End a role that staff gave with /role give.",
        extras={"examples": ["/role end member:@Bob role:@Guest"]},
    )
    @app_commands.describe(member="Who has it.", role="Which role.")
    async def end(self, interaction: Interaction, member: Somebody, role: discord.Role) -> None:
        """End the grant, and say what came of it."""
        guild = staff_guild(interaction, role)
        grants, by = services_of(interaction).role_grants, interaction.user.id
        order = grants.take(guild.id, member.id, role.id, by=by, via=source_of(interaction))
        ordered, made = await settled(interaction, self._carried(order), ephemeral=True)
        await reply(interaction, embed=embeds.ended(ordered, made), ephemeral=True)

    @for_staff
    @app_commands.command(
        name="list",
        description="See which roles I give to whom, why and until when.",
        extras={"examples": ["/role list", "/role list member:@Bob"]},
    )
    @app_commands.describe(member="Whose roles; everybody's if you leave it out.")
    async def list_(self, interaction: Interaction, member: Somebody | None = None) -> None:
        """Show the grants."""
        guild = staff_guild(interaction)
        whose = None if member is None else member.id
        found = await settled(interaction, services_of(interaction).role_grants.list_(guild.id, whose), ephemeral=True)
        await reply(interaction, embed=embeds.listed(found, whose), ephemeral=True)

    async def _carried(self, order: Any) -> tuple[Ordered, Any]:
        """What was ordered and, once that is committed, what came of it; None if it has to wait."""
        ordered: Ordered = await order
        if ordered.claimed is None:
            return ordered, None
        try:
            return ordered, await self._keeper.carry_out(ordered.claimed)
        except Unavailable:  # it is written down that it is owed, so it is not a refusal
            return ordered, None

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came, perhaps back."""
        await self._keeper.notice(member)

    @commands.Cog.listener()
    async def on_uncached_member_update(self, member: discord.Member) -> None:
        """Somebody passed the screening, or was given or lost a role."""
        await self._keeper.notice(member)


def staff_guild(interaction: Interaction, role: discord.Role | None = None) -> discord.Guild:
    """The guild in which this person may give and end roles, and this one.

    Raises:
        GuildOnly, PermissionNeeded, RoleAboveYours: they may not.
    """
    guild = interaction.guild
    if guild is None or not isinstance(interaction.user, discord.Member):
        raise GuildOnly
    if not interaction.permissions.manage_roles:
        raise PermissionNeeded("Manage Roles")
    if role is not None:
        check_may_give(reach(interaction.user), role_facts(role))
    return guild


def lasting(text: str) -> timedelta:
    """A duration that somebody wrote.

    Raises:
        SettingRefused: it can't be read, or is too short or too long.
    """
    lasts = timedelta(seconds=min(parse(_DURATION, [text]), 10**9))
    if lasts < SHORTEST:
        raise SettingRefused("Duration", "must be at least a minute")
    if lasts > LONGEST:
        raise SettingRefused("Duration", "must be at most five years; leave it out to give the role for good")
    return lasts


async def setup(bot: Any) -> None:
    """Called by discord.py."""
    await bot.add_cog(RoleGrantsCog(bot))
