"""How far something long has come: a bar on a terminal, a line of the log now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

_WIDTH = 30
_BAR_EVERY = 0.1
_LINE_EVERY = 5.0


class Progress:
    """Tells how many things of how many are done, not more often than anybody wants to read."""

    def __init__(self, what: str, stream: TextIO = sys.stderr, tick: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._stream = stream
        self._tick = tick
        self._on_terminal = stream.isatty()
        self._every = _BAR_EVERY if self._on_terminal else _LINE_EVERY
        self._shown_at = tick() if not self._on_terminal else float("-inf")
        self._drawn = False

    def __call__(self, done: int, of: int) -> None:
        """So many are done."""
        now = self._tick()
        if now - self._shown_at < self._every and done != of:
            return
        self._shown_at = now
        if not self._on_terminal:
            import structlog  # half of what `--help` would wait for, and hardly ever said

            structlog.stdlib.get_logger(__name__).info(self._what, done=done, of=of)
            return
        filled = _WIDTH * done // max(of, 1)
        self._stream.write(f"\r[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{of} {self._what}")
        self._stream.flush()
        self._drawn = True

    def clear(self) -> None:
        """Take the bar away, so that something else can be said."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False
