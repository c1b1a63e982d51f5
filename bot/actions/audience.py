"""Who reads an answer: everybody, or whoever asked. Owners choose for each feature in which channels it is everybody.

That is for answers that everybody may see at all; what concerns one person stays with them everywhere.
"""

from __future__ import annotations

from typing import Any

import discord

from bot.actions.host import services_of
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.ui.speech import address_everybody

Interaction = discord.Interaction[Any]


async def is_quiet(interaction: Interaction, feature: Feature) -> bool:
    """Whether a feature answers only whoever asked, where they asked. A thread is as the channel that it is in.

    Hand it to `reply` as `ephemeral`, and to `address_readers` before the answer is put into words.

    Raises:
        DatabaseAway: it is not known.
    """
    if interaction.guild_id is None:
        return True
    found = await services_of(interaction).guild_settings.read(interaction.guild_id, GeneralSettings)
    parent_id = getattr(interaction.channel, "parent_id", None)
    places = {one for one in (interaction.channel_id, parent_id) if one is not None}
    return not found.value.is_public(feature, places)


async def address_readers(interaction: Interaction, *, quiet: bool) -> None:
    """Speak the language of those who will read the answer, for the rest of this task."""
    if not quiet:
        await address_everybody(interaction)
