"""The link that adds the bot to a guild."""

from __future__ import annotations

from importlib import import_module

import discord
from pydantic import SecretStr

from bot.features import FEATURES
from bot.process import REFUSED_TOKEN
from bot.startup import StartError, find_discord


def needed_permissions() -> discord.Permissions:
    """What all features together need in a guild, as each cog says in its ``PERMISSIONS``."""
    needed = discord.Permissions.none()
    for feature in FEATURES:
        needed |= import_module(feature.extension).PERMISSIONS
    return needed


async def invite_link(token: SecretStr, api_url: str | None = None) -> str:
    """The link for the application that a token belongs to.

    Raises:
        StartError: Discord refuses the token or can't be reached.
    """
    if api_url is not None:
        await find_discord(api_url)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # it only asks, and says nothing beside it
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        try:
            await client.login(token.get_secret_value())
        except discord.LoginFailure as error:
            raise StartError(REFUSED_TOKEN) from error
        except (OSError, discord.HTTPException) as error:
            raise StartError(f"Discord can't be asked: {error}") from error
        if client.application_id is None:
            raise StartError("Discord does not say which application this token belongs to.")
        return discord.utils.oauth_url(
            client.application_id,
            permissions=needed_permissions(),
            scopes=("bot", "applications.commands"),
        )
