"""What panels need of Discord: who may change them, where I may write, and sending them while somebody waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord

from bot.actions.authority import guild_of, require_standing
from bot.actions.host import services_of, source_of
from bot.actions.outbox import OutboxSender
from bot.domain.authority import Permission, Staff
from bot.domain.permissions import name_of
from bot.domain.probes import WRITING, shortfall
from bot.domain.ticket_topics import Panel
from bot.errors import ChannelClosedToMe, ControlExpired, Unavailable
from bot.services.ticket_panel_parts import By, Sent
from bot.ui.controls import Interaction

PANEL_CHANNELS = [discord.ChannelType.text, discord.ChannelType.news]
"""Where panels can stand."""


async def may_manage_panels(interaction: Interaction, _parameters: Mapping[str, Any] | None = None) -> int:
    """The guild whose panels whoever asks may change: with Manage Server, or as an admin.

    Raises:
        What `require_standing` raises.
    """
    return await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)


def by_of(interaction: Interaction) -> By:
    """Who changes a panel."""
    return By(interaction.user.id, source_of(interaction))


def check_panel_channel(interaction: Interaction, channel_id: int) -> None:
    """Go on only if I can send a panel to a channel of this guild.

    Raises:
        ControlExpired: it is none of the guild's; no menu offers it.
        ChannelClosedToMe: I may not.
    """
    guild = guild_of(interaction)
    found = guild.get_channel(channel_id)
    if not isinstance(found, discord.TextChannel):
        raise ControlExpired
    allowed = {name for name, held in found.permissions_for(guild.me) if held}
    for missing in shortfall(WRITING, allowed):
        raise ChannelClosedToMe(found.mention, name_of(missing))


async def delivered(interaction: Interaction, sent: Sent) -> Panel:
    """Send a panel that was promised, if nobody is at it yet; how it stands then. The promise outlives any failure.

    Raises:
        PanelGone: somebody deleted it meanwhile.
        What reading it raises.
    """
    services, client = services_of(interaction), interaction.client
    try:
        claimed = await services.outbox.claim_one(sent.panel.guild_id, sent.key)
        if claimed is not None:
            await OutboxSender(client, services.outbox, services.preferences).deliver(claimed)
    except Unavailable:  # it is written down that it is owed
        return sent.panel
    return await services.ticket_panels.get(sent.panel.guild_id, sent.panel.id)
