"""Moderation: what staff does about members, each act a case with its number."""

from __future__ import annotations

from typing import Any

import discord
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.actions.letters import Letters
from bot.actions.mass_bans import MassBans
from bot.actions.outbox import OutboxSender
from bot.actions.sanctions import SanctionKeeper
from bot.cogs.moderation.file import FileCog
from bot.cogs.moderation.many import ManyCog
from bot.cogs.moderation.removals import RemovalsCog
from bot.cogs.moderation.timeouts import TimeoutsCog

PERMISSIONS = discord.Permissions(
    ban_members=True, kick_members=True, moderate_members=True, view_audit_log=True, manage_guild=True
)
"""What this feature needs in a guild."""


def keeper_of(bot: Any) -> SanctionKeeper:
    """What acts on Discord for the commands of a bot."""
    host: ServiceHost = bot
    services = host.services
    sender = OutboxSender(bot, services.outbox, services.preferences)
    return SanctionKeeper(bot, services, Letters(services.outbox, sender.deliver))


async def setup(bot: Any) -> None:
    """Called by discord.py."""
    keeper = keeper_of(bot)
    host: ServiceHost = bot
    for kind in MassBans(bot, host.services, keeper).kinds():
        host.batches.add(kind)
    cogs: tuple[commands.Cog, ...] = (RemovalsCog(keeper), TimeoutsCog(keeper), FileCog(keeper), ManyCog())
    for cog in cogs:
        await bot.add_cog(cog)
