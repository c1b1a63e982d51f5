"""Discord in, Discord out: commands and events, each parsed, answered by one call, and shown."""

EXTENSIONS = ("bot.cogs.guilds", "bot.cogs.config", "bot.cogs.economy", "bot.cogs.role_grants")
"""Loaded at start, in this order."""
