"""One accent colour, and embeds that fit into what Discord takes."""

from __future__ import annotations

import discord

from bot.domain.general import ACCENT

MAX_DESCRIPTION = 4096
MAX_TITLE = 256
MAX_FOOTER = 2048


def embed(*, description: str, title: str | None = None, footer: str | None = None) -> discord.Embed:
    """An embed in the house's colour, cut to Discord's limits."""
    made = discord.Embed(
        title=title and title[:MAX_TITLE], description=description[:MAX_DESCRIPTION], colour=discord.Colour(ACCENT)
    )
    if footer:
        made.set_footer(text=footer[:MAX_FOOTER])
    return made
