"""Work that the ticker begins and does not wait for until it is finished."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

PATIENCE = 0.5
"""Seconds that the ticker waits for one piece of work. One that is slow must not hold up the others."""


class UnderWay:
    """Owns up to `most` tasks: each is waited for a little and then goes on by itself."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def room(self) -> int:
        """How many more there may be."""
        return max(self._most - len(self._tasks), 0)

    async def begin(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Begin something, and wait for it for `PATIENCE` seconds."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait({task}, timeout=PATIENCE)

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off. Its lease ends, and then it is found again."""
        try:
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
