"""Who may do what to giveaways: those who may make any, and the host of each."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord

from bot.actions.authority import guild_of, require_standing
from bot.actions.host import host_of, services_of
from bot.domain.authority import Permission, Staff
from bot.domain.giveaways import Giveaway
from bot.errors import (
    ActorTimedOut,
    DatabaseAway,
    GiveawayOver,
    GuildOnly,
    NotGiveawayStaff,
    PermissionNeeded,
    StaffNeeded,
)

Interaction = discord.Interaction[Any]

_PATIENCE = 1.5
"""Seconds in which a giveaway must be read before its form is opened: a form must be the first answer."""


async def may_make(interaction: Interaction) -> int:
    """The guild of somebody who may make giveaways: Manage Server, or a role that the settings name.

    Raises:
        GuildOnly, DiscordAway: there is no guild, or Discord has not shown it to me.
        ActorTimedOut, PermissionNeeded, StaffNeeded: they may not.
    """
    return await require_standing(interaction, Permission.MANAGE_GUILD, Staff.GIVEAWAY_HOST)


async def may_make_coins(interaction: Interaction) -> int:
    """The guild of somebody who may bring coins into being, as by the commands of the economy.

    To make giveaways, or to host one, does not suffice: the coins that winners get come from nowhere.

    Raises:
        GuildOnly, DiscordAway: there is no guild, or Discord has not shown it to me.
        ActorTimedOut, StaffNeeded: they may not.
    """
    return await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)


async def may_run(interaction: Interaction, number: int) -> Giveaway:
    """A giveaway of this guild that whoever asks may run: their own, or any if they may make them.

    Raises:
        GuildOnly, DiscordAway: there is no guild, or Discord has not shown it to me.
        GiveawayNotFound: the guild has none of that number.
        ActorTimedOut, NotGiveawayStaff: they may not.
    """
    giveaway = await services_of(interaction).giveaway_making.find(guild_of(interaction).id, number)
    member = interaction.user
    if not isinstance(member, discord.Member):
        raise GuildOnly
    if member.is_timed_out():
        raise ActorTimedOut
    if member.id == giveaway.host_id:
        return giveaway
    try:
        await may_make(interaction)
    except (PermissionNeeded, StaffNeeded):
        raise NotGiveawayStaff from None
    return giveaway


async def may_change_soon(interaction: Interaction, number: int) -> Giveaway:
    """The same, in time for a form, of a giveaway that can still be changed.

    Raises:
        DatabaseAway: it could not be read in time.
        GiveawayOver: it is being drawn, or over.
        What `may_run` raises.
    """
    key = ("giveaway", interaction.guild_id, interaction.user.id, number)  # whose it is belongs to the question
    try:
        giveaway: Giveaway = await host_of(interaction).inquiries.ask(
            key, partial(may_run, interaction, number), _PATIENCE
        )
    except TimeoutError:
        raise DatabaseAway from None
    if not giveaway.status.is_open:
        raise GiveawayOver(giveaway.marker)
    return giveaway


async def runs(interaction: Interaction, giveaway: Giveaway) -> bool:
    """Whether whoever asks may run a giveaway, and so read more of it than others."""
    try:
        await may_run(interaction, giveaway.number)
    except (ActorTimedOut, GuildOnly, NotGiveawayStaff):
        return False
    return True
