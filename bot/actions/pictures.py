"""Pictures for an answer, where Discord takes them."""

from __future__ import annotations

from typing import Any

import discord

from bot.actions.host import host_of
from bot.pictures.specs import Picture, Spec


async def drawn(interaction: discord.Interaction[Any], spec: Spec) -> Picture | None:
    """A picture to answer an interaction with; None if it can't be had, or the channel lets nobody attach files.

    The answer must say the same without it.
    """
    if interaction.guild_id is not None and not interaction.app_permissions.attach_files:
        return None
    return await host_of(interaction).pictures.draw(spec)
