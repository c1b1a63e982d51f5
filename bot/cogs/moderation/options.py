"""Options of moderation's commands."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range

from bot.actions.host import host_of, services_of
from bot.domain.cases import MAX_REASON
from bot.domain.moderation import ModerationSettings
from bot.domain.sanctions import LONGEST, LONGEST_DELETION, SHORTEST
from bot.errors import Unavailable
from bot.i18n import tongue
from bot.ui.inputs import MOST_CHOICES, HowLong

Interaction = discord.Interaction[Any]

_LONGEST_CHOICE = 100
_DAY = 86_400

WHY = Range[str, 1, MAX_REASON]

HOW_LONG = HowLong(least=int(SHORTEST.total_seconds()), most=int(LONGEST.total_seconds()))
"""How long a ban or a timeout lasts."""

HOW_FAR = HowLong(least=0, most=LONGEST_DELETION, usual=(3_600, 6 * 3_600, _DAY, 3 * _DAY, 7 * _DAY), ends=False)
"""How far back messages are deleted."""


async def usual_reasons(interaction: Interaction, written: str) -> list[app_commands.Choice[str]]:
    """The reasons that staff chose in the settings, in the server's language, and before them what is being written."""
    if interaction.guild_id is None:
        return []
    try:
        found = await services_of(interaction).guild_settings.read(interaction.guild_id, ModerationSettings)
    except Unavailable:
        return []
    language = await host_of(interaction).language_in(interaction.guild_id)
    begun = written.strip()
    fitting = [one for one in found.value.presets(tongue(language).texts.gettext) if begun.casefold() in one.casefold()]
    offered = dict.fromkeys([begun, *fitting] if begun else fitting)
    return [
        app_commands.Choice(name=one[:_LONGEST_CHOICE], value=one[:_LONGEST_CHOICE])
        for one in list(offered)[:MOST_CHOICES]
    ]
