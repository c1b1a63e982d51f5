"""What every interaction carries through its task: who, where and what, for the log and for incidents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord

from bot import log


def command_name(interaction: discord.Interaction[Any]) -> str:
    """What was used: a command's qualified name, or the custom id of a control or form."""
    if interaction.command is not None:
        return interaction.command.qualified_name
    data: Any = interaction.data or {}
    return str(data.get("custom_id") or data.get("name") or "unknown")[:120]


def bind(interaction: discord.Interaction[Any]) -> None:
    """Make every further log line of this task say what it is about. The interaction's id is its trace id."""
    guild_id = interaction.guild_id
    client = interaction.client
    log.bind(
        {
            "trace": interaction.id,
            "command": command_name(interaction),
            "guild": guild_id,
            "user": interaction.user.id,
            "shard": (guild_id >> 22) % (client.shard_count or 1) if guild_id else 0,
        }
    )


def fields(components: Any) -> Iterator[Any]:
    """The fields in the components of a form, whatever they are wrapped in."""
    for component in components:
        if "custom_id" in component:
            yield component
        if "component" in component:  # a label around one field
            yield from fields((component["component"],))
        yield from fields(component.get("components", ()))  # an action row
