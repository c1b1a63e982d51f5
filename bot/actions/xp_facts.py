"""What counts about where somebody is and who they are, as the rules of XP ask for it."""

from __future__ import annotations

from typing import Any

import discord

from bot.domain.multipliers import Place


def place_of(channel: Any) -> Place:
    """A channel, or a thread with its channel, and the category."""
    if not isinstance(channel, discord.Thread):
        return Place(channel.id, 0, getattr(channel, "category_id", None) or 0)
    category = None if channel.parent is None else channel.parent.category_id
    return Place(channel.id, channel.parent_id, category or 0)


def roles_of(member: discord.Member, named: tuple[int, ...]) -> tuple[int, ...]:
    """Those of somebody's roles that the rules name, the highest first; everybody has that of the server."""
    if not named:
        return ()
    held = sorted((role for role in map(member.get_role, named) if role is not None), reverse=True)
    everybody = member.guild.id
    return tuple(role.id for role in held) + ((everybody,) if everybody in named else ())
