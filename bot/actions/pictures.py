"""Pictures for an answer, where Discord takes them."""

from __future__ import annotations

from typing import Any

import discord

from bot.actions.host import host_of
from bot.pictures.specs import Picture, Spec


async def drawn(interaction: discord.Interaction[Any], spec: Spec, *, within: float | None = None) -> Picture | None:
    """A picture to answer an interaction with; None if it can't be had, or the channel lets nobody attach files.

    The answer must say the same without it. It is waited for `within` so many seconds, or as long as any may take.
    """
    if interaction.guild_id is not None and not interaction.app_permissions.attach_files:
        return None
    pictures = host_of(interaction).pictures
    return await (pictures.draw(spec) if within is None else pictures.draw(spec, within=within))
