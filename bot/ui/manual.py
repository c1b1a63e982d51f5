"""The command tree as entries of a manual, in this task's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.domain.manual import Chapter, Entry, Option
from bot.i18n import _

Command = app_commands.Command[Any, ..., Any]


def entries(tree: app_commands.CommandTree[Any], chapters: Sequence[Chapter]) -> Iterator[Entry]:
    """Every slash command of the chapters' cogs. Those of no chapter (tests load some) are left out."""
    for command in tree.walk_commands():
        if isinstance(command, app_commands.Command):
            chapter = _chapter(command, chapters)
            if chapter is not None:
                yield _entry(command, chapter)


def _chapter(command: Command, chapters: Sequence[Chapter]) -> Chapter | None:
    module = command.module or ""
    return next((one for one in chapters if f"{module}.".startswith(f"{one.extension}.")), None)


def _entry(command: Command, chapter: Chapter) -> Entry:
    root = command.root_parent or command
    needed = root.default_permissions
    return Entry(
        name=command.qualified_name,
        description=_(command.description),
        options=tuple(Option(one.display_name, _(str(one.description)), one.required) for one in command.parameters),
        examples=tuple(command.extras.get("examples", ())),
        permissions=0 if needed is None else needed.value or discord.Permissions(administrator=True).value,
        chapter=chapter,
        in_guilds_only=root.guild_only,
    )


def permission_names(value: int) -> list[str]:
    """The names of permissions as Discord's settings write them."""
    return [_(_NAMES.get(name, name.replace("_", " ").title())) for name, on in discord.Permissions(value) if on]


_NAMES = {
    "manage_guild": "Manage Server",
    "moderate_members": "Timeout Members",
    "read_messages": "View Channel",
}
"""Where discord.py's name is not the one that people read."""
