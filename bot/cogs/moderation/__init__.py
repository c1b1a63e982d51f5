"""Moderation: what staff does about members."""

from __future__ import annotations

from typing import Any

import discord

PERMISSIONS = discord.Permissions(ban_members=True, kick_members=True, moderate_members=True, view_audit_log=True)
"""What this feature needs in a guild."""


async def setup(bot: Any) -> None:
    """Called by discord.py."""
