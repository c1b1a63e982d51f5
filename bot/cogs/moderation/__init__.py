"""Moderation: what staff does about members, each act a case with its number."""

from __future__ import annotations

from typing import Any

import discord
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.cogs.moderation.acting import keeper_of
from bot.cogs.moderation.case_controls import CONTROLS, dynamic_items
from bot.cogs.moderation.case_group import CaseCog
from bot.cogs.moderation.file import FileCog
from bot.cogs.moderation.history import HistoryCog
from bot.cogs.moderation.removals import RemovalsCog
from bot.cogs.moderation.timeouts import TimeoutsCog

PERMISSIONS = discord.Permissions(ban_members=True, kick_members=True, moderate_members=True, view_audit_log=True)
"""What this feature needs in a guild."""


async def setup(bot: Any) -> None:
    """Called by discord.py."""
    host: ServiceHost = bot
    host.router.add(*CONTROLS)
    bot.add_dynamic_items(*dynamic_items())
    keeper = keeper_of(bot)
    cogs: tuple[commands.Cog, ...] = (
        RemovalsCog(keeper), TimeoutsCog(keeper), FileCog(keeper), CaseCog(keeper), HistoryCog(bot),
    )  # fmt: skip
    for cog in cogs:
        await bot.add_cog(cog)
