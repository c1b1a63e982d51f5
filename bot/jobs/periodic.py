"""Tasks that are owned: named, watched, and awaited at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

_log = structlog.stdlib.get_logger(__name__)


class Periodic:
    """Calls something every `interval` seconds until stopped. An exception is logged, and the next round comes."""

    def __init__(self, name: str, interval: float, act: Callable[[], Awaitable[object]]) -> None:
        self._name = name
        self._interval = interval
        self._act = act
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; the first call comes after one interval."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Finish the call that runs, and end."""
        self._stopping.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def finish(self) -> None:
        """Do what is left to do, after `stop`, once nothing comes in any more."""

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._stopping.wait()
            if not self._stopping.is_set():
                await self.round()

    async def round(self) -> None:
        """One call, its exception logged."""
        try:
            await self._act()
        except Exception:  # noqa: BLE001 — one bad round must not end the task
            _log.exception("a round failed", job=self._name)
