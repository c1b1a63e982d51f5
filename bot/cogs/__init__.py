"""Discord in, Discord out: commands and events, each parsed, answered by one call, and shown."""

EXTENSIONS = ("bot.cogs.guilds", "bot.cogs.config", "bot.cogs.batches", "bot.cogs.economy")
"""Loaded at start, in this order."""
