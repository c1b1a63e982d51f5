"""What a giveaway needs of Discord: where it may be, who may host it, whom it may call, and what it may hand out.

Each is looked at when somebody sets it, by what they may do themselves, and once more when it is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import discord

from bot.actions.authority import guild_of, held_in, own_member, target_of
from bot.actions.giveaway_staff import may_make_coins
from bot.actions.role_grants import own_reach, reach, role_facts
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_editing import roles_named
from bot.domain.giveaways import Giveaway, Prize
from bot.domain.permissions import name_of
from bot.domain.probes import WRITING, shortfall
from bot.domain.roles import check_can_be_given, check_may_give
from bot.errors import (
    ChannelClosedToMe,
    DiscordAway,
    GiveawayRefused,
    GuildOnly,
    PermissionNeeded,
    RoleGone,
    RoleIsEveryones,
)
from bot.words import Phrase

Interaction = discord.Interaction[Any]


async def check_changes(interaction: Interaction, changes: Changes, before: Giveaway | None = None) -> None:
    """Go on only if whoever asks may change a giveaway so; what stays as it was is not looked at.

    Raises:
        GuildOnly, DiscordAway: there is no guild, or Discord has not shown it to me.
        ChannelClosedToMe, PermissionNeeded: I can't write there, or they can't look there or call that role.
        RoleGone, RoleIsEveryones, and what `check_can_be_given` and `check_may_give` raise: as named.
        ActorTimedOut, StaffNeeded: more coins would come into being, and they may not make any.
        GiveawayRefused: there is no such channel, or the host can't be one.
    """
    fresh = {name: value for name, value in changes.values.items() if before is None or getattr(before, name) != value}
    if "channel_id" in fresh:
        check_place(interaction, fresh["channel_id"])
    if fresh.get("ping_role_id") is not None:
        _check_called(interaction, fresh["ping_role_id"])
    if fresh.keys() & {"given", "winners"}:
        await _check_prize(interaction, fresh, before)
    if "host_id" in fresh:
        await _check_host(interaction, fresh["host_id"])


async def check_whole(interaction: Interaction, giveaway: Giveaway) -> None:
    """Go on only if a giveaway can be published as it stands: time has passed since it was written.

    Raises:
        What `check_changes` raises, but for what they may hand out and call: that was looked at when it was set.
    """
    guild = guild_of(interaction)
    check_place(interaction, giveaway.channel_id)
    if giveaway.given.role_id is not None:
        role = guild.get_role(giveaway.given.role_id)
        check_can_be_given(None if role is None else role_facts(role), own_reach(guild))
    check_named(interaction, roles_named(giveaway))
    await _check_host(interaction, giveaway.host_id)


def check_place(interaction: Interaction, channel_id: int) -> None:
    """Go on only if I can show a giveaway in a channel, and whoever asks can see it there.

    Raises:
        GiveawayRefused: there is no such channel.
        PermissionNeeded, ChannelClosedToMe: they can't look there, or I can't write.
    """
    guild, member = guild_of(interaction), _member(interaction)
    channel, me = guild.get_channel_or_thread(channel_id), own_member(guild)
    if not isinstance(channel, discord.TextChannel | discord.Thread | discord.VoiceChannel | discord.StageChannel):
        raise GiveawayRefused(Phrase("its channel is not there any more"))
    if not held_in(channel, member, is_here=channel_id == interaction.channel_id).read_messages:
        raise PermissionNeeded(name_of("read_messages"))
    if me is None:
        raise DiscordAway
    allowed = {name for name, held in channel.permissions_for(me) if held}
    writing = ("read_messages", "send_messages_in_threads", "embed_links")
    for missing in shortfall(writing if isinstance(channel, discord.Thread) else WRITING, allowed):
        raise ChannelClosedToMe(channel.mention, name_of(missing))


def check_named(interaction: Interaction, role_ids: Iterable[int]) -> None:
    """Go on only if these roles are there, and none is @everyone.

    Raises:
        RoleGone, RoleIsEveryones: as named.
    """
    for one in role_ids:
        _role(guild_of(interaction), one)


def _role(guild: discord.Guild, role_id: int) -> discord.Role:
    role = guild.get_role(role_id)
    if role is None:
        raise RoleGone
    if role.is_default():
        raise RoleIsEveryones
    return role


def _check_called(interaction: Interaction, role_id: int) -> None:
    """Only roles that whoever asks could call themselves: I am no way round that."""
    role = _role(guild_of(interaction), role_id)
    if not (role.mentionable or _member(interaction).guild_permissions.mention_everyone):
        raise PermissionNeeded(name_of("mention_everyone"))


async def _check_prize(interaction: Interaction, fresh: Mapping[str, Any], before: Giveaway | None) -> None:
    """Only what whoever sets it could hand out themselves; for more winners too, for each of them gets it."""
    held = Prize() if before is None else before.given
    given: Prize = fresh.get("given", held)
    more = before is not None and fresh.get("winners", before.winners) > before.winners
    if given.coins > (0 if more else held.coins):
        await may_make_coins(interaction)
    if given.role_id is not None and (more or (given.role_id, given.role_for) != (held.role_id, held.role_for)):
        _check_given(interaction, given.role_id)


def _check_given(interaction: Interaction, role_id: int) -> None:
    """A role that I can give, and that whoever sets it could give by hand."""
    guild = guild_of(interaction)
    role = guild.get_role(role_id)
    facts = None if role is None else role_facts(role)
    check_can_be_given(facts, own_reach(guild))
    if facts is not None:
        check_may_give(reach(_member(interaction)), facts)


async def _check_host(interaction: Interaction, host_id: int) -> None:
    found = await target_of(interaction, host_id)
    if found.rank is None or found.is_bot:
        raise GiveawayRefused(Phrase("its host has to be a member of this server, and no bot"))


def _member(interaction: Interaction) -> discord.Member:
    if not isinstance(interaction.user, discord.Member):
        raise GuildOnly
    return interaction.user
