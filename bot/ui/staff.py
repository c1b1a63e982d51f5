"""The mark of a staff's command. Who may use it is decided by its handler; the mark is for help pages and for a test.

Discord shows or hides a top-level command as a whole, by its default permissions. So members' and staff's verbs never
share one, and a test holds that by this mark.
"""

from __future__ import annotations

from typing import Any, TypeVar

from discord import app_commands

_MARK = "for_staff"

C = TypeVar("C", bound="app_commands.Command[Any, ..., Any]")


def for_staff(command: C) -> C:
    """Mark a command as staff's; the outermost decorator. Its top level needs `default_permissions` that are low."""
    command.extras[_MARK] = True
    return command


def is_for_staff(command: app_commands.Command[Any, ..., Any]) -> bool:
    """Whether a command is marked as staff's."""
    return bool(command.extras.get(_MARK))
