"""Work that a source of the ticker begins and does not wait long for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

_log = structlog.stdlib.get_logger(__name__)

PATIENCE = 0.5
"""Seconds that the ticker waits for one piece. What Discord slows down must not hold up the rest."""

GRACE = 2.0
"""Seconds that what was cut off has to end. Rolling a transaction back takes less."""


class UnderWay:
    """The pieces of work that were begun. What one raises is logged: its lease brings it back.

    When there is room again after there was none, `wake` is called: what became due meanwhile can be claimed now.
    """

    def __init__(self, most: int, wake: Callable[[], object]) -> None:
        self._most = most
        self._wake = wake
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def room(self) -> int:
        """How many more may be begun."""
        return self._most - len(self._tasks)

    async def begin(self, name: str, work: Coroutine[Any, Any, object]) -> None:
        """Begin, and wait a little."""
        task = asyncio.create_task(_guarded(name, work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        await asyncio.wait({task}, timeout=PATIENCE)

    def _ended(self, task: asyncio.Task[None]) -> None:
        was_full = self.room <= 0
        self._tasks.discard(task)
        # Whatever the work itself woke may have looked while its place was still taken.
        if was_full:
            self._wake()

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off, and wait until that has happened.

        What is cut off still gives its connection back, so the database must not be closed before. What does not end
        within `GRACE` is logged and left.
        """
        try:
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            await self._cut_off()

    async def _cut_off(self) -> None:
        left = tuple(self._tasks)
        for task in left:
            task.cancel()
        if not left:
            return
        _, stuck = await asyncio.wait(left, timeout=GRACE)
        for task in stuck:
            _log.error("a piece of work does not end", work=task.get_name())


async def _guarded(name: str, work: Coroutine[Any, Any, object]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001 — the others go on
        _log.exception("a piece of work failed", work=name)
