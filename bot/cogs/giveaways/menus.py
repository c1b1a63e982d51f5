"""What the menu of a giveaway's message offers to its host and to staff."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.actions.authority import guild_of
from bot.actions.host import services_of
from bot.cogs.giveaways.making_commands import ask_to_end
from bot.cogs.giveaways.rerolling import draw_another
from bot.ui.answers import settled
from bot.ui.controls import Interaction


@app_commands.guild_only()
async def end_giveaway(interaction: Interaction, message: discord.Message) -> None:
    """Ask whether it is to be drawn now."""
    await ask_to_end(interaction, await _number(interaction, message))


@app_commands.guild_only()
async def reroll_giveaway(interaction: Interaction, message: discord.Message) -> None:
    """Ask in whose place another is to be drawn."""
    await draw_another(interaction, await _number(interaction, message), None, sure=False)


async def _number(interaction: Interaction, message: discord.Message) -> int:
    """The number of the giveaway that a message shows.

    Raises:
        NotAGiveaway: it shows none.
    """
    making, guild_id = services_of(interaction).giveaway_making, guild_of(interaction).id
    found = await settled(interaction, making.by_message(guild_id, message.channel.id, message.id), ephemeral=True)
    return found.number


def menus() -> list[app_commands.ContextMenu]:
    """What is added to the menus of messages."""
    about: list[tuple[str, Any]] = [("End giveaway", end_giveaway), ("Reroll giveaway", reroll_giveaway)]
    return [app_commands.ContextMenu(name=name, callback=callback) for name, callback in about]
