"""Moderation: what staff does about members, each act a case with its number."""

from __future__ import annotations

from typing import Any

import discord
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.actions.lock_batches import LockBatches
from bot.actions.locks import LockKeeper
from bot.actions.mass_bans import MassBans
from bot.actions.mass_unbans import MassUnbans
from bot.actions.purge import Purger
from bot.cogs.moderation import case_controls, lengths, lock_controls, menus, purge_controls
from bot.cogs.moderation.acting import Desk, keeper_of
from bot.cogs.moderation.case_group import CaseCog
from bot.cogs.moderation.file import FileCog
from bot.cogs.moderation.history import HistoryCog
from bot.cogs.moderation.locks import LocksCog
from bot.cogs.moderation.many import ManyCog
from bot.cogs.moderation.purge import PurgeCog
from bot.cogs.moderation.removals import RemovalsCog
from bot.cogs.moderation.rules import RulesCog, UsualButton
from bot.cogs.moderation.timeouts import TimeoutsCog
from bot.cogs.moderation.undo import UndoCog, UndoConfirm
from bot.cogs.moderation.warnings import WarningsCog
from bot.cogs.moderation.watching import WatchingCog
from bot.errors import AlreadyBanned

CONTROLS = (*lock_controls.CONTROLS, *purge_controls.CONTROLS, UsualButton, UndoConfirm)

PERMISSIONS = discord.Permissions(
    ban_members=True,
    kick_members=True,
    moderate_members=True,
    view_audit_log=True,
    manage_messages=True,
    read_message_history=True,
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
)
"""What this feature needs in a guild."""


async def setup(bot: Any) -> None:
    """Called by discord.py."""
    host: ServiceHost = bot
    host.router.add(*CONTROLS, *lengths.CONTROLS, *menus.CONTROLS, *case_controls.CONTROLS)
    host.reporter.offer(AlreadyBanned, lengths.remedy)
    bot.add_dynamic_items(*CONTROLS, *lengths.dynamic_items(), *case_controls.dynamic_items())
    keeper = keeper_of(bot)
    locks = LockKeeper(bot, host.services.locks)
    many = (bot, host.services, keeper)
    for kind in (
        *LockBatches(bot, host.services, locks).kinds(),
        *MassBans(*many).kinds(),
        MassUnbans(*many).kind(),
    ):
        host.batches.add(kind)
    cogs: tuple[commands.Cog, ...] = (
        Desk(keeper),
        RemovalsCog(keeper),
        TimeoutsCog(keeper),
        FileCog(keeper),
        WarningsCog(keeper),
        RulesCog(),
        UndoCog(keeper),
        ManyCog(),
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
