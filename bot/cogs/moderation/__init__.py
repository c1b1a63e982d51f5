"""Moderation: what staff does about members, each act a case with its number."""

from __future__ import annotations

from typing import Any

import discord
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.actions.letters import Letters
from bot.actions.lock_batches import LockBatches
from bot.actions.locks import LockKeeper
from bot.actions.outbox import OutboxSender
from bot.actions.purge import Purger
from bot.actions.sanctions import SanctionKeeper
from bot.cogs.moderation import lengths, menus
from bot.cogs.moderation.acting import Desk
from bot.cogs.moderation.case_controls import CONTROLS, dynamic_items
from bot.cogs.moderation.case_group import CaseCog
from bot.cogs.moderation.file import FileCog
from bot.cogs.moderation.history import HistoryCog
from bot.cogs.moderation.lock_controls import CONTROLS as LOCK_CONTROLS
from bot.cogs.moderation.locks import LocksCog
from bot.cogs.moderation.purge import PurgeCog
from bot.cogs.moderation.purge_controls import CONTROLS as PURGE_CONTROLS
from bot.cogs.moderation.removals import RemovalsCog
from bot.cogs.moderation.timeouts import TimeoutsCog
from bot.cogs.moderation.watching import WatchingCog
from bot.errors import AlreadyBanned

PERMISSIONS = discord.Permissions(
    ban_members=True,
    kick_members=True,
    moderate_members=True,
    view_audit_log=True,
    manage_roles=True,
    manage_channels=True,
    manage_threads=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    create_private_threads=True,
    add_reactions=True,
    connect=True,
    speak=True,
    manage_messages=True,
    read_message_history=True,
    attach_files=True,
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
    host: ServiceHost = bot
    host.router.add(*LOCK_CONTROLS, *PURGE_CONTROLS, *lengths.CONTROLS, *menus.CONTROLS, *CONTROLS)
    host.reporter.offer(AlreadyBanned, lengths.remedy)
    bot.add_dynamic_items(*LOCK_CONTROLS, *PURGE_CONTROLS, *lengths.dynamic_items(), *dynamic_items())
    keeper = keeper_of(bot)
    locks = LockKeeper(bot, host.services.locks)
    for kind in LockBatches(bot, host.services, locks).kinds():
        host.batches.add(kind)
    cogs: tuple[commands.Cog, ...] = (
        Desk(keeper),
        RemovalsCog(keeper),
        TimeoutsCog(keeper),
        FileCog(keeper),
        CaseCog(keeper),
        HistoryCog(bot),
        LocksCog(locks),
        PurgeCog(Purger(host, bot)),
        WatchingCog(bot),
    )
    for cog in cogs:
        await bot.add_cog(cog)
    for menu in menus.menus():
        bot.tree.add_command(menu)
