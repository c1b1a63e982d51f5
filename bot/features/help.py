"""The manual, and the page about the bot."""

from __future__ import annotations

from bot.features.declaration import Declaration

HELP = Declaration(
    name="help",
    title="Help",
    summary="What I can do, and who I am.",
    extension="bot.cogs.help",
    aliases={"h": "help", "commands": "help", "info": "about"},
    docs="docs/features/help.md",
)
