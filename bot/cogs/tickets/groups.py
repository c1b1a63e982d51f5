"""/ticket, for members and staff, and /panel, for owners: each one group, put together from what the parts bring.

A part writes its commands as methods of a cog without state, named after its purpose, in a module of its own, and is
listed below among the bases. All parts of a group share one class in the end, so methods bear names that no other has.
"""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.cogs.tickets.care_commands import CareCommands
from bot.cogs.tickets.closing_commands import ClosingCommands
from bot.cogs.tickets.doctor_commands import DoctorCommands
from bot.cogs.tickets.guest_commands import GuestCommands
from bot.cogs.tickets.knowing_commands import KnowingCommands
from bot.cogs.tickets.opening import OpeningCommands
from bot.cogs.tickets.panel_blocks import BlockCommands
from bot.cogs.tickets.panel_commands import PanelCommands
from bot.cogs.tickets.work_commands import WorkCommands
from bot.ui.groups import together


@together
@app_commands.guild_only()
class TicketCog(
    CareCommands,
    DoctorCommands,
    GuestCommands,
    ClosingCommands,
    KnowingCommands,
    OpeningCommands,
    WorkCommands,
    commands.GroupCog,
    group_name="ticket",
    group_description="Ask for help, and work on what others ask.",
):
    """Tickets, for members and staff."""


@together
@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class PanelCog(
    BlockCommands,
    PanelCommands,
    commands.GroupCog,
    group_name="panel",
    group_description="Make and manage the messages by which members open tickets.",
):
    """Panels, for owners."""
