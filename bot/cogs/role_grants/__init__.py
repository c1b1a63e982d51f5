"""/role: staff gives a role, for a while or for good, ends what it gave, and sees what is granted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.actions.host import ServiceHost, batches_of, services_of, source_of
from bot.actions.role_batches import END, GIVE, RoleBatches, staff_guild
from bot.actions.role_grants import RoleKeeper, own_reach, role_facts
from bot.cogs.role_grants import embeds
from bot.domain.role_batches import Among, MassOrder
from bot.domain.role_grants import MAX_REASON, Delayed
from bot.domain.roles import check_can_be_given
from bot.domain.settings_fields import FieldKind, SettingField, parse
from bot.errors import OptionRefused, RecipientNotHere, SettingRefused, Unavailable
from bot.services.role_grants import Ordered
from bot.ui.answers import reply, settled
from bot.ui.staff import for_staff
from bot.words import N_, Phrase

PERMISSIONS = discord.Permissions(manage_roles=True)
"""What this feature needs in a guild."""

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=5 * 365)
"""How long a role may be given for, unless it is for good."""

_DURATION = SettingField("duration", N_("Duration"), "", FieldKind.DURATION)

AMONG = [
    app_commands.Choice(name="people", value=Among.PEOPLE.value),
    app_commands.Choice(name="bots", value=Among.BOTS.value),
    app_commands.Choice(name="people and bots", value=Among.EVERYBODY.value),
]

Interaction = discord.Interaction[Any]
Somebody = discord.Member | discord.User


@app_commands.guild_only()
@app_commands.default_permissions(manage_roles=True)
class RoleGrantsCog(commands.GroupCog, group_name="role", group_description="Give roles for a while or for good."):
    """Roles that staff gives, and the eye on members who come back."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._keeper = RoleKeeper(bot, host.services.role_grants)
        for kind in RoleBatches(bot, host.services.role_grants, self._keeper).kinds():
            host.batches.add(kind)

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
        check_can_be_given(role_facts(role), own_reach(guild))
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
        name="give-many",
        description="Give a role to many members at once; you see who before anything is done.",
        extras={"examples": ["/role give-many role:@Guest having:@Member among:people duration:7d"]},
    )
    @app_commands.describe(
        role="Which role; one below your own highest role and mine.",
        having="Only members with this role; all of them if you leave it out.",
        among="People, bots or both; people if you leave it out.",
        duration="For how long, such as 2h or 30d; for good if you leave it out.",
        reason="Why; staff sees it in the list and in the audit log.",
    )
    @app_commands.choices(among=AMONG)
    async def give_many(
        self,
        interaction: Interaction,
        *,
        role: discord.Role,
        having: discord.Role | None = None,
        among: str = Among.PEOPLE,
        duration: Range[str, 1, 40] | None = None,
        reason: Range[str, 1, MAX_REASON] | None = None,
    ) -> None:
        """Answer with the dry run."""
        lasts = None if duration is None else lasting(duration)
        order = MassOrder(role.id, narrowed(having), Among(among), lasts, reason)
        await batches_of(interaction).propose(interaction, GIVE, order.stored())

    @for_staff
    @app_commands.command(
        name="end-many",
        description="End a role that staff gave, for many members at once; you see who before anything is done.",
        extras={"examples": ["/role end-many role:@Guest", "/role end-many role:@Guest having:@Member"]},
    )
    @app_commands.describe(
        role="Which role.",
        having="Only members with this role; everybody to whom staff gave it if you leave it out.",
        among="People, bots or both; both if you leave it out.",
    )
    @app_commands.choices(among=AMONG)
    async def end_many(
        self,
        interaction: Interaction,
        role: discord.Role,
        having: discord.Role | None = None,
        among: str = Among.EVERYBODY,
    ) -> None:
        """Answer with the dry run."""
        order = MassOrder(role.id, narrowed(having), Among(among))
        await batches_of(interaction).propose(interaction, END, order.stored())

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
            made = await self._keeper.carry_out(ordered.claimed)
        except Unavailable:  # it is written down that it is owed, so it is not a refusal
            return ordered, None
        return ordered, None if isinstance(made, Delayed) else made

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came, perhaps back."""
        await self._keeper.notice(member)

    @commands.Cog.listener()
    async def on_any_member_update(self, member: discord.Member) -> None:
        """Somebody passed the screening, or was given or lost a role."""
        await self._keeper.notice(member)


def narrowed(having: discord.Role | None) -> int | None:
    """The role that members must have; none if it is everybody's."""
    return None if having is None or having.is_default() else having.id


def lasting(text: str) -> timedelta:
    """A duration that somebody wrote.

    Raises:
        OptionRefused: it can't be read, or is too short or too long.
    """
    try:
        lasts = timedelta(seconds=min(parse(_DURATION, [text]), 10**9))
    except SettingRefused as refused:
        raise OptionRefused(refused.title, text, refused.reason) from None
    if lasts < SHORTEST:
        raise OptionRefused(_DURATION.title, text, Phrase("must be at least a minute"))
    if lasts > LONGEST:
        reason = Phrase("must be at most five years; leave it out to give the role for good")
        raise OptionRefused(_DURATION.title, text, reason)
    return lasts


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    await bot.add_cog(RoleGrantsCog(bot))
