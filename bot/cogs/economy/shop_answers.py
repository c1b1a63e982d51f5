"""What all controls of the shop and of inventories need."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord.ui import View

from bot.errors import ControlExpired, GuildOnly
from bot.ui.answers import redraw, reply
from bot.ui.controls import Interaction

OWNER = r"(?P<owner>\d{1,20})"
"""Whose page it is, in a custom id."""

_BIGGEST = 2**63 - 1


def place_of(interaction: Interaction) -> int:
    """The guild of an interaction.

    Raises:
        GuildOnly: it came from a direct message.
    """
    if interaction.guild_id is None:
        raise GuildOnly
    return interaction.guild_id


def row_id(written: str) -> int:
    """The id of a row in a custom id or a menu.

    Raises:
        ControlExpired: it can be none.
    """
    if not (written.isdecimal() and written.isascii() and int(written) <= _BIGGEST):
        raise ControlExpired
    return int(written)


async def show(
    interaction: Interaction,
    *,
    embed: discord.Embed,
    view: View | None,
    in_place: bool,
    done: bool = False,
    below: Sequence[discord.Embed] = (),
) -> None:
    """Answer whoever asked, with a new message or in place of the one whose control was pressed."""
    if in_place:
        await redraw(interaction, embed=embed, view=view or View(timeout=None), done=done, below=below)
    else:
        await reply(interaction, embed=embed, view=view, ephemeral=True, done=done, below=below)
