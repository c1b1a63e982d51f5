"""How late the event loop is, found by asking it for something small now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

INTERVAL = 0.5
"""Seconds between two samples."""


class LoopLag:
    """Tells how much later than asked it was called, again and again, from `start` to `stop`."""

    def __init__(self, tell: Callable[[float], object], interval: float = INTERVAL) -> None:
        self._tell = tell
        self._interval = interval
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin."""
        loop = asyncio.get_running_loop()
        self._handle = loop.call_at(due := loop.time() + self._interval, self._sample, loop, due)

    def stop(self) -> None:
        """End."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _sample(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._tell(max(0.0, loop.time() - due))
        self.start()
