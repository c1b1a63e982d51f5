"""Groups of commands that are put together from parts."""

from __future__ import annotations

from typing import TypeVar

from discord.ext import commands

C = TypeVar("C", bound="type[commands.GroupCog]")


def together(cog: C) -> C:
    """Check that no part of a group hides a command of another.

    Raises:
        TypeError: two parts have something of the same name.
    """
    known = set(dir(commands.GroupCog))
    for part in cog.__bases__:
        mine = {name for name in vars(part) if not name.startswith("__")}
        if part is not commands.GroupCog and (hidden := mine & known):
            raise TypeError(f"{part.__name__} hides {', '.join(sorted(hidden))}")
        known |= mine
    return cog
