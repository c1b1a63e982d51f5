"""Giveaways: hosts give away, members enter, and anybody can recompute who won."""

from __future__ import annotations

from typing import Any

import discord

from bot.actions.host import ServiceHost
from bot.cogs.giveaways.creating import CREATING_CONTROLS
from bot.cogs.giveaways.desk_controls import DESK_CONTROLS
from bot.cogs.giveaways.entering import ENTERING_CONTROLS
from bot.cogs.giveaways.groups import GiveawayCog
from bot.cogs.giveaways.knowing_commands import KNOWING_CONTROLS
from bot.cogs.giveaways.listening import GiveawayListener
from bot.cogs.giveaways.making_commands import MAKING_CONTROLS
from bot.cogs.giveaways.menus import menus
from bot.cogs.giveaways.proof_commands import PROOF_CONTROLS
from bot.cogs.giveaways.rerolling import REROLLING_CONTROLS
from bot.cogs.giveaways.rules_controls import RULES_CONTROLS
from bot.cogs.giveaways.watching import GiveawayWatch
from bot.ui.controls import Control, Form, Menu

PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, embed_links=True, attach_files=True,
    read_message_history=True, manage_roles=True,
)  # fmt: skip
"""What the bot needs in a server for this."""


async def setup(bot: Any) -> None:
    """Load the cogs; each part of giveaways has its own."""
    host: ServiceHost = bot
    controls: tuple[type[Control | Menu | Form], ...] = (
        *DESK_CONTROLS, *ENTERING_CONTROLS, *KNOWING_CONTROLS, *MAKING_CONTROLS, *PROOF_CONTROLS,
        *CREATING_CONTROLS, *REROLLING_CONTROLS, *RULES_CONTROLS,
    )  # fmt: skip
    host.router.add(*controls)
    bot.add_dynamic_items(*(one for one in controls if not issubclass(one, Form)))
    for menu in menus():
        bot.tree.add_command(menu)
    for cog in (GiveawayCog(), GiveawayWatch(bot), GiveawayListener(bot)):
        await bot.add_cog(cog)
