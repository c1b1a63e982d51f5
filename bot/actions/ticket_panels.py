"""What panels need of Discord: who may change them, where I may write, and sending them while somebody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import discord
import structlog

from bot.actions.authority import guild_of, require_standing
from bot.actions.host import services_of, source_of
from bot.actions.outbox import OutboxSender
from bot.domain.authority import Permission, Staff
from bot.domain.permissions import name_of
from bot.domain.probes import WRITING, shortfall
from bot.domain.ticket_topics import BrokenPanel, Panel, PanelTrouble
from bot.errors import ChannelClosedToMe, ControlExpired, Unavailable
from bot.services.ticket_panel_parts import By, Sent
from bot.services.ticket_panels import TicketPanelsService
from bot.ui.controls import Interaction

_log = structlog.stdlib.get_logger(__name__)

_PATIENCE = 5.0
"""Seconds that Discord may take to show a message."""

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


async def broken_panels(client: discord.Client, guild: discord.Guild, panels: TicketPanelsService) -> list[BrokenPanel]:
    """The panels that members do not see as they are. Looks for each message; what Discord does not say is fine.

    A message that is found to be gone is written down as that.

    Raises:
        Unavailable: the database is away.
    """

    async def trouble(panel: Panel) -> PanelTrouble | None:
        if panel.channel_id is None or panel.message_id is None or panel.trouble is not None:
            return panel.trouble
        if guild.get_channel(panel.channel_id) is not None:
            message = client.get_partial_messageable(panel.channel_id).get_partial_message(panel.message_id)
            try:
                async with asyncio.timeout(_PATIENCE):
                    await message.fetch()
            except discord.NotFound:
                pass  # somebody deleted it, which is what is looked for: it is written down below
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
                _log.warning("a panel could not be looked at", guild=guild.id, error=repr(error))
                return None
            else:
                return None
        await panels.gone(guild.id, panel.id, panel.message_id)
        return PanelTrouble.GONE

    found = await panels.all(guild.id)
    troubles = await asyncio.gather(*(trouble(one) for one in found))
    return [BrokenPanel(one.name, what) for one, what in zip(found, troubles, strict=True) if what is not None]


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
