"""A scene about tickets: one is opened, answered, closed and rated."""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = ()
"""The steps, in their order."""
