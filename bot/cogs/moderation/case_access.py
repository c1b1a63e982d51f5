"""Who may read cases and who may change them, asked again by every command, button and menu."""

from __future__ import annotations

from typing import Any

import discord

from bot.actions.authority import require_act, require_standing
from bot.actions.host import services_of
from bot.cogs.moderation.acting import settings_of
from bot.domain.cases import Case
from bot.domain.moderation import MODERATOR, READERS, changing

Interaction = discord.Interaction[Any]


async def reader_of(interaction: Interaction) -> int:
    """The guild whose cases the person may read.

    Raises:
        GuildOnly, DiscordAway, ActorTimedOut, StaffNeeded, FeatureOff: there is none, or they may not.
    """
    guild_id = await require_standing(interaction, READERS, MODERATOR)
    await settings_of(interaction)
    return guild_id


async def changeable(interaction: Interaction, number: int, *, on_discord: bool = False) -> Case:
    """A case of this guild that the person may change; `on_discord` if something is to happen there.

    Raises:
        CaseNotFound: there is none of this number here.
        What `reader_of` and `require_act` raise.
    """
    guild_id = await reader_of(interaction)
    case = await services_of(interaction).cases.find(guild_id, number)
    await require_act(interaction, changing(case.kind, on_discord=on_discord), case.target_id)
    return case
