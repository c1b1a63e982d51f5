"""The gate: knows what is being answered, and lets nothing new in while the process stops."""

from __future__ import annotations

import asyncio
from typing import Any

import discord

from bot.errors import GuildNotServed, ShuttingDown


class Gate:
    """Counts the tasks that answer interactions."""

    def __init__(self, allowed_guild_ids: frozenset[int]) -> None:
        self._allowed = allowed_guild_ids
        self._closed = False
        self._inside: set[asyncio.Task[Any]] = set()

    @property
    def is_closed(self) -> bool:
        """Whether nothing new is let in any more."""
        return self._closed

    def serves(self, guild_id: int) -> bool:
        """Whether this installation serves a guild (ALLOWED_GUILD_IDS; empty: all)."""
        return not self._allowed or guild_id in self._allowed

    def admit(self, interaction: discord.Interaction[Any]) -> None:
        """Let the current task answer `interaction`.

        Raises:
            ShuttingDown: the process is stopping.
            GuildNotServed: the guild is not on the list.
        """
        if self._closed:
            raise ShuttingDown
        if interaction.guild_id is not None and not self.serves(interaction.guild_id):
            raise GuildNotServed
        task = asyncio.current_task()
        if task is not None:
            self._inside.add(task)
            task.add_done_callback(self._inside.discard)

    async def close(self, patience: float) -> int:
        """Let nothing new in, wait up to `patience` seconds for what is inside; how many did not finish."""
        self._closed = True
        if not self._inside:
            return 0
        _, late = await asyncio.wait(set(self._inside), timeout=patience)
        return len(late)
