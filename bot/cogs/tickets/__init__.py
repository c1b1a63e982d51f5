"""Tickets: members ask, staff answers, and what was said is kept."""

from __future__ import annotations

from typing import Any

import discord

from bot.actions.host import ServiceHost
from bot.cogs.tickets import (
    panel_controls,
    panel_making,
    panel_questions,
    panel_rules,
    panel_topic_controls,
    panel_topic_forms,
)
from bot.cogs.tickets.access_listening import AccessListener
from bot.cogs.tickets.closing_commands import CLOSING_CONTROLS
from bot.cogs.tickets.closing_rating import RATING_CONTROLS
from bot.cogs.tickets.doctor_commands import DOCTOR_CONTROLS
from bot.cogs.tickets.groups import PanelCog, TicketCog
from bot.cogs.tickets.knowing_controls import KNOWING_CONTROLS
from bot.cogs.tickets.leaving import LeavingListener
from bot.cogs.tickets.listening import TicketListener
from bot.cogs.tickets.opening import OPENING_CONTROLS, OPENING_FORMS, add_opening
from bot.cogs.tickets.staff_menu import STAFF_CONTROLS
from bot.cogs.tickets.work_controls import WORK_CONTROLS
from bot.ui.controls import Control, Form, Menu

PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, embed_links=True, attach_files=True,
    read_message_history=True, manage_channels=True, manage_roles=True, manage_threads=True,
    create_private_threads=True,
)  # fmt: skip
"""What the bot needs in a server for this."""


async def setup(bot: Any) -> None:
    """Load the cogs; each part of tickets has its own."""
    host: ServiceHost = bot
    controls: tuple[type[Control | Menu | Form], ...] = (
        *DOCTOR_CONTROLS,
        *CLOSING_CONTROLS,
        *KNOWING_CONTROLS,
        *OPENING_CONTROLS,
        *OPENING_FORMS,
        *RATING_CONTROLS,
        *STAFF_CONTROLS,
        *WORK_CONTROLS,
        *panel_controls.CONTROLS,
        *panel_making.CONTROLS,
        *panel_questions.CONTROLS,
        *panel_rules.CONTROLS,
        *panel_topic_controls.CONTROLS,
        *panel_topic_forms.CONTROLS,
    )
    host.router.add(*controls)
    bot.add_dynamic_items(*(one for one in controls if not issubclass(one, Form)))
    for cog in (
        TicketCog(), PanelCog(), AccessListener(bot), LeavingListener(bot), TicketListener(bot),
    ):  # fmt: skip
        await bot.add_cog(cog)
    await add_opening(bot)
