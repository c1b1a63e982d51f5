"""What every interaction carries through its task: who, where and what, for the log and for incidents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import discord

from bot import log

UNKNOWN = "unknown"
"""In place of the name of something that was used, if it has none that may be kept."""

_CONTROL = re.compile(r"([a-z_-]+:[a-z_-]+:v[0-9]+)(?::(.*))?", re.DOTALL)


def command_name(interaction: discord.Interaction[Any]) -> str:
    """What was used: a command's qualified name, or what a control or form is called.

    Never the rest of a custom id: nothing says whose an id in it is, and records of errors outlive that person's data.
    """
    if interaction.command is not None:
        return interaction.command.qualified_name
    data: Any = interaction.data or {}
    if "custom_id" in data:
        return control_parts(str(data["custom_id"]))[0][:120]
    return str(data.get("name") or UNKNOWN)[:120]


def control_parts(custom_id: str) -> tuple[str, str | None]:
    """What a control or form is called (`feature:verb:v1`), and the arguments that follow in its custom id, if any."""
    match = _CONTROL.fullmatch(custom_id)
    return (UNKNOWN, None) if match is None else (match[1], match[2])


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
