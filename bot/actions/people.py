"""People as commands name them: somebody who is, or was, a member, suggested by name, also when they left.

Discord's own option for users finds only those whom the client sees. This one finds whoever was seen here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.actions.host import host_of, services_of
from bot.domain.people import Person
from bot.errors import DatabaseAway, DiscordAway, GuildOnly, PersonNotFound, Unavailable
from bot.i18n import _
from bot.ui import text

_log = structlog.stdlib.get_logger(__name__)

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

_PATIENCE = 1.5
"""Seconds that a search may take: later suggestions are of no use, and an answer is due within three seconds."""

_DISCORDS_PATIENCE = 5.0
"""Seconds that Discord may take to say who somebody is."""

_UNKNOWN_MEMBER, _UNKNOWN_USER = 10007, 10013

_LONGEST = 100


class Somebody(app_commands.Transformer):
    """The id of a user who is or was a member. What may be done to them is for `bot.actions.authority` to say."""

    async def transform(self, interaction: Interaction, value: str, /) -> int:
        """Whom a suggestion, an id, a mention or a name stands for.

        Raises:
            GuildOnly: used in a direct message.
            PersonNotFound: nobody, or more than one.
            DatabaseAway: the name could not be looked up in time.
        """
        guild_id = interaction.guild_id
        if guild_id is None:
            raise GuildOnly
        find = partial(services_of(interaction).people.named, guild_id, value)
        try:
            user_id = await host_of(interaction).inquiries.ask(("named", guild_id, value), find, _PATIENCE)
        except TimeoutError:
            raise DatabaseAway from None
        if user_id is None:
            raise PersonNotFound
        return user_id

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """People whose name begins so. None, while the database is away or slow: an id may be written all the same."""
        guild_id = interaction.guild_id
        if guild_id is None:
            return []
        find = partial(services_of(interaction).people.search, guild_id, value)
        try:
            found = await host_of(interaction).inquiries.ask(("people", guild_id, value), find, _PATIENCE)
        except (Unavailable, TimeoutError):
            return []
        return [_choice(person) for person in found]


def _choice(person: Person) -> Choice:
    said = person.name if person.name == person.username else f"{person.name} (@{person.username})"
    if not person.is_here:
        said = _("{name} — left").format(name=said)
    return app_commands.Choice(name=said[:_LONGEST], value=text.mention(person.user_id))


async def names_of(interaction: Interaction, guild: discord.Guild, user_ids: Collection[int]) -> Mapping[int, str]:
    """What these users are called in a guild; those whom neither the records nor Discord know in time are left out.

    Raises:
        DatabaseAway: the records can't be read.
    """
    known = await services_of(interaction).people.names(guild.id, user_ids)
    unseen = [one for one in user_ids if one not in known]
    if not unseen:
        return known
    try:
        async with asyncio.timeout(_PATIENCE):
            found = await guild.query_members(user_ids=unseen, limit=len(unseen), cache=False)
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        _log.warning("Discord did not say who is there", guild=guild.id, error=repr(error))
        return known
    return {**known, **{one.id: one.display_name for one in found}}


async def on_discord(client: discord.Client, guild: discord.Guild, user_id: int) -> discord.Member | discord.User:
    """Somebody as Discord shows them: a member if they are one, else a user.

    Raises:
        DiscordAway: Discord did not answer in time.
        PersonNotFound: nobody on Discord has this id.
    """
    try:
        async with asyncio.timeout(_DISCORDS_PATIENCE):
            try:
                return await guild.fetch_member(user_id)
            except discord.NotFound as error:
                if error.code not in {_UNKNOWN_MEMBER, _UNKNOWN_USER}:
                    raise
            return await client.fetch_user(user_id)
    except discord.NotFound:
        raise PersonNotFound from None
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        _log.warning("Discord did not say who somebody is", guild=guild.id, user=user_id, error=repr(error))
        raise DiscordAway from None
