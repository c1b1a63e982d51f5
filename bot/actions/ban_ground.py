"""What every ban for many stands on: who asked for it, and what they and I may, as Discord has it at that moment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiohttp
import discord

from bot.actions.authority import actor_from
from bot.actions.bulk_bans import able, guild_at_hand
from bot.domain.authority import Actor, Me, Permission, Staff, check_standing, staff_of
from bot.domain.general import GeneralSettings
from bot.errors import DiscordAway
from bot.services import Services

_READING = 10.0
"""Seconds that Discord may take to tell of whoever asked."""


@dataclass(frozen=True)
class Ground:
    """The facts of a guild by which it is judged who is left out."""

    guild: discord.Guild
    actor: Actor
    me: Me
    general: GeneralSettings
    name: str
    """What the asker is called."""


async def ground_of(client: discord.Client, services: Services, guild_id: int, asker_id: int) -> Ground:
    """Who asks and what I am, as Discord has it now.

    Raises:
        DiscordAway: it does not say.
        What `check_standing` raises, and BotPermissionNeeded.
    """
    guild = guild_at_hand(client, guild_id)
    general = (await services.guild_settings.read(guild_id, GeneralSettings)).value
    try:
        async with asyncio.timeout(_READING):
            member = await guild.fetch_member(asker_id)
    except discord.NotFound:
        actor, name = Actor(asker_id, 0, 0), str(asker_id)
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError):
        raise DiscordAway from None
    else:
        held = staff_of(general, [role.id for role in member.roles])
        actor, name = actor_from(member, member.guild_permissions.value, held), member.name
    check_standing(actor, Permission.BAN_MEMBERS, Staff.MODERATOR)
    return Ground(guild, actor, able(guild), general, name)
