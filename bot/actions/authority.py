"""The facts behind `bot.domain.authority`, gathered from Discord: who asks, whom it is about, and what I am here."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

import discord

from bot.actions.host import services_of
from bot.actions.people import on_discord
from bot.domain.authority import Act, Actor, Ground, Me, Permission, Staff, Target, check_act, check_standing, staff_of
from bot.domain.general import GeneralSettings
from bot.domain.permissions import name_of
from bot.errors import (
    ControlExpired,
    DiscordAway,
    GuildOnly,
    PermissionNeeded,
    PersonNotFound,
    ServerOutOfSight,
)
from bot.ui.controls import Host

Interaction = discord.Interaction[Any]

_PER_CHANNEL = discord.Permissions.all_channel().value & ~discord.Permissions(manage_roles=True).value
"""What an overwrite of a channel can rightly grant. In a channel the bit of Manage Roles means its overwrites alone."""


async def require_standing(interaction: Interaction, permission: Permission, staff: Staff | None = None) -> int:
    """The guild of an interaction whose member has a permission, or a role that the settings name.

    Reads the settings only if the permission is missing.

    Raises:
        GuildOnly, DiscordAway: there is no guild, or Discord has not shown it to me.
        ActorTimedOut, PermissionNeeded, StaffNeeded: they may not.
    """
    actor = await actor_of(interaction, permission, staff)
    check_standing(actor, permission, staff)
    return guild_of(interaction).id


async def require_standing_at(
    interaction: Interaction,
    channel: discord.abc.GuildChannel | discord.Thread | None,
    permission: Permission,
    staff: Staff | None = None,
) -> discord.Guild:
    """The same for one channel, which need not be the one that they write in; None: for every channel of the guild.

    Whoever may do it in some channel may not therefore do it in others, and not where they can't look.

    Raises:
        GuildOnly, DiscordAway: there is no guild, or Discord has not shown it to me.
        ActorTimedOut, PermissionNeeded, StaffNeeded: they may not.
    """
    guild = guild_of(interaction)
    member = interaction.user
    if not isinstance(member, discord.Member):
        raise GuildOnly
    held = held_in(channel, member, is_here=channel is not None and channel.id == interaction.channel_id)
    check_standing(await _actor(interaction, member, held.value, permission, staff), permission, staff)
    if channel is not None and not held.read_messages:
        raise PermissionNeeded(name_of("read_messages"))
    return guild


def held_in(
    channel: discord.abc.GuildChannel | discord.Thread | None, member: discord.Member, *, is_here: bool
) -> discord.Permissions:
    """What a member may in a channel, also while it is locked.

    In a thread that is what they may in its channel. And a voice channel that they can't join, since it is locked, they
    can open all the same, which Discord itself would not let them.
    """
    if channel is None:
        return member.guild_permissions
    if not isinstance(channel, discord.Thread):
        return discord.abc.GuildChannel.permissions_for(channel, member)
    if channel.parent is None:
        return channel.permissions_for(member)
    held = channel.parent.permissions_for(member)
    if channel.is_private() and not (is_here or held.manage_threads):
        held.update(read_messages=False)
    return held


async def require_standing_in(
    interaction: Interaction, guild_id: int, permission: Permission, staff: Staff | None = None
) -> discord.Guild:
    """The same for the guild that a control names, which may have been pressed there or in a direct message.

    Raises:
        ControlExpired: it was pressed in another guild.
        ServerOutOfSight: this process does not see the guild, or does not serve it.
        DiscordAway: Discord has not shown the guild yet, or does not say who somebody is.
        ActorTimedOut, PermissionNeeded, StaffNeeded: they may not, or are not in that guild.
    """
    if interaction.guild_id == guild_id:
        await require_standing(interaction, permission, staff)
        return guild_of(interaction)
    if interaction.guild_id is not None:
        raise ControlExpired
    guild = interaction.client.get_guild(guild_id)
    if guild is None or not cast("Host", interaction.client).gate.serves(guild_id):
        raise ServerOutOfSight
    if guild.unavailable or guild.get_role(guild.id) is None:
        raise DiscordAway
    member = await _member_of(interaction.client, guild, interaction.user.id)
    if member is None:
        check_standing(Actor(interaction.user.id, 0, 0), permission, staff)
    else:
        actor = await _actor(interaction, member, member.guild_permissions.value, permission, staff)
        check_standing(actor, permission, staff)
    return guild


async def require_act(interaction: Interaction, act: Act, target_id: int) -> tuple[Ground, Target]:
    """Whether the member who asks may do an act to somebody here, and with it Discord's facts about that one.

    Call it in `settled`: it may ask Discord once, and the database once. Ask again where time has passed since, such as
    after a question whether they are sure.

    Raises:
        GuildOnly, DiscordAway: there is no guild, or Discord did not answer.
        PersonNotFound: nobody on Discord has this id.
        What `check_act` raises.
    """
    guild = guild_of(interaction)
    actor = await actor_of(interaction, act.permission, act.staff)
    check_standing(actor, act.permission, act.staff)  # those who may not learn nothing of the target
    target = await target_of(interaction, target_id)
    return check_act(actor, act, target, me_of(guild)), target


def guild_of(interaction: Interaction) -> discord.Guild:
    """The guild of an interaction, with its roles.

    Raises:
        GuildOnly: it came from a direct message.
        DiscordAway: the gateway has not shown the guild yet.
    """
    if interaction.guild_id is None:
        raise GuildOnly
    guild = interaction.guild
    if guild is None or guild.get_role(guild.id) is None:
        raise DiscordAway
    return guild


async def actor_of(interaction: Interaction, permission: Permission, staff: Staff | None = None) -> Actor:
    """Who asks. Their staff is left out where it can't matter: it is not asked for, or they have the permission.

    What holds for the whole guild is taken from the roles: in a channel's overwrites such a bit means nothing, but
    whoever manages the channel could set it.
    """
    guild_of(interaction)
    member = interaction.user
    if not isinstance(member, discord.Member):
        raise GuildOnly
    everywhere = member.guild_permissions.value
    permissions = (everywhere & ~_PER_CHANNEL) | (interaction.permissions.value & _PER_CHANNEL)
    return await _actor(interaction, member, permissions, permission, staff)


async def _actor(
    interaction: Interaction, member: discord.Member, permissions: int, permission: Permission, staff: Staff | None
) -> Actor:
    guild = member.guild
    held: frozenset[Staff] = frozenset()
    if staff is not None and not permissions & (permission | Permission.ADMINISTRATOR):
        found = await services_of(interaction).guild_settings.read(guild.id, GeneralSettings)
        held = staff_of(found.value, [role.id for role in member.roles])
    return actor_from(member, permissions, held)


def actor_from(member: discord.Member, permissions: int, held: frozenset[Staff]) -> Actor:
    """Who asks, of a member as Discord shows them: with these permissions, and of this staff."""
    guild, role_ids = member.guild, [role.id for role in member.roles]
    return Actor(
        user_id=member.id,
        rank=_rank(guild, role_ids),
        permissions=permissions,
        staff=held,
        is_owner=member.id == guild.owner_id,
        is_timed_out=member.is_timed_out(),
    )


async def target_of(interaction: Interaction, user_id: int) -> Target:
    """Whom it is about: from the interaction itself, else from memory, else Discord is asked.

    Raises:
        DiscordAway: Discord did not answer in time.
        PersonNotFound: nobody on Discord has this id.
    """
    guild = guild_of(interaction)
    data: Any = interaction.data or {}
    resolved = data.get("resolved") or {}
    user = (resolved.get("users") or {}).get(str(user_id))
    if user is not None:
        member = (resolved.get("members") or {}).get(str(user_id))
        role_ids = None if member is None else [int(role_id) for role_id in member["roles"]]
        return target_from(guild, user_id, role_ids, is_bot=bool(user.get("bot")))
    cached = guild.get_member(user_id)
    if cached is not None:
        return target_from(guild, user_id, [role.id for role in cached.roles], is_bot=cached.bot)
    found = await on_discord(interaction.client, guild, user_id)
    role_ids = [role.id for role in found.roles] if isinstance(found, discord.Member) else None
    return target_from(guild, user_id, role_ids, is_bot=found.bot)


async def _member_of(client: discord.Client, guild: discord.Guild, user_id: int) -> discord.Member | None:
    """A member as Discord shows them now; None: they are none."""
    try:
        found = await on_discord(client, guild, user_id)
    except PersonNotFound:
        return None
    return found if isinstance(found, discord.Member) else None


def own_member(guild: discord.Guild) -> discord.Member | None:
    """Me in a guild; None while the gateway has not shown me.

    Discord may leave out our own member. When an interaction comes then, discord.py puts one in its place that has no
    roles and never joined: to judge by it would be to tell people that I lack permissions that I have.
    """
    me: discord.Member | None = guild.me
    return None if me is None or me.joined_at is None else me


def me_of(guild: discord.Guild) -> Me:
    """What I am in a guild.

    Raises:
        DiscordAway: the gateway has not shown me myself.
    """
    member = own_member(guild)
    if member is None:
        raise DiscordAway
    role_ids = [role.id for role in member.roles]
    permissions = member.guild_permissions.value
    return Me(member.id, _rank(guild, role_ids), permissions, is_owner=member.id == guild.owner_id)


def target_from(guild: discord.Guild, user_id: int, role_ids: Collection[int] | None, *, is_bot: bool) -> Target:
    """Whom it is about, of somebody with these roles; None: no member."""
    is_owner = user_id == guild.owner_id
    if role_ids is None:
        return Target(user_id, None, is_owner=is_owner, is_bot=is_bot)
    roles = [role for one in {guild.id, *role_ids} if (role := guild.get_role(one)) is not None]
    is_administrator = any(role.permissions.administrator for role in roles)
    return Target(user_id, _rank(guild, role_ids), is_owner=is_owner, is_bot=is_bot, is_administrator=is_administrator)


def _rank(guild: discord.Guild, role_ids: Collection[int]) -> int:
    """The place of the highest of these roles. Discord's order; roles at one position are told apart by their ids."""
    held = set(role_ids)
    return max((place for place, role in enumerate(guild.roles) if role.id in held), default=0)
