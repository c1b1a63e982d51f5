"""Levels: earn XP by talking, look where you stand, and what staff decides about it."""

from __future__ import annotations

from typing import Any

import discord

from bot.actions.host import ServiceHost
from bot.actions.level_sync import LevelSync
from bot.actions.role_grants import RoleKeeper
from bot.actions.xp_batches import XpBatches
from bot.cogs.leveling import curve_commands
from bot.cogs.leveling.deletions import XpDeletionsCog
from bot.cogs.leveling.groups import LevelCog, XpCog
from bot.cogs.leveling.hearing import VoiceListener
from bot.cogs.leveling.listening import XpListener
from bot.cogs.leveling.ranks import RankCog
from bot.cogs.leveling.returning import ReturningCog
from bot.cogs.leveling.staff_controls import XP_CONTROLS
from bot.ui.controls import Form

PERMISSIONS = discord.Permissions(
    send_messages=True, send_messages_in_threads=True, attach_files=True, manage_roles=True
)
"""What the bot needs in a server for this."""


async def setup(bot: Any) -> None:
    """Load the cogs; each part of leveling has its own."""
    host: ServiceHost = bot
    keeper = RoleKeeper(bot, host.services.role_grants)
    syncing, staff = LevelSync(bot, host.services.rewards, keeper), XpBatches(bot, host.services)
    for kind in (*syncing.kinds(), *staff.kinds()):
        host.batches.add(kind)
    host.router.add(*XP_CONTROLS, *curve_commands.CONTROLS)
    bot.add_dynamic_items(*(one for one in XP_CONTROLS if not issubclass(one, Form)), *curve_commands.CONTROLS)
    for cog in (
        LevelCog(), XpCog(), ReturningCog(bot), XpListener(bot), XpDeletionsCog(bot), VoiceListener(bot), RankCog(),
    ):  # fmt: skip
        await bot.add_cog(cog)
