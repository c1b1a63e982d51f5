"""Fields of forms."""

from __future__ import annotations

import discord
from discord.ui import Label, TextInput, View


def field(
    name: str,
    label: str,
    value: str,
    longest: int,
    *,
    hint: str = "",
    explained: str | None = None,
    needed: bool = False,
    long: bool = False,
) -> Label[View]:
    """A field of a form to write in."""
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    line = TextInput[View](
        custom_id=name,
        default=value or None,
        placeholder=hint or None,
        max_length=longest,
        required=needed,
        style=style,
    )
    return Label(text=label, description=explained, component=line)
