"""Asking what can be done without, and waiting for it no longer than a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

MOST_OPEN = 1_000
"""Questions that are open at once; beyond them nobody waits."""


class Inquiries:
    """Questions that are waited for so many seconds. What takes longer goes on, and whoever asks the same joins it.

    None is cancelled when the time is over: to cancel a statement a driver speaks to the database and waits again, for
    seconds if it has fallen silent. Belongs to one event loop.
    """

    def __init__(self) -> None:
        self._open: dict[Hashable, asyncio.Task[Any]] = {}

    async def ask(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, T]], patience: float) -> T:
        """The answer, or whatever error it is. Questions with one `key` are one question.

        Raises:
            TimeoutError: there is no answer within `patience` seconds, or too much is asked already, or it is closed.
        """
        task: asyncio.Task[T] | None = self._open.get(key)
        if task is None:
            if len(self._open) >= MOST_OPEN:
                raise TimeoutError("too much is asked")
            task = asyncio.create_task(ask(), name=f"inquiry-{key}")
            self._open[key] = task
            task.add_done_callback(lambda done: self._answered(key, done))
        done, _ = await asyncio.wait({task}, timeout=patience)
        if not done:
            raise TimeoutError(f"no answer within {patience:g} s")
        if task.cancelled():  # as an error of the question's it would cut off whoever asked
            raise TimeoutError("nobody answers any more")
        return task.result()

    async def close(self) -> None:
        """Cut off what is open."""
        tasks = list(self._open.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _answered(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        self._open.pop(key, None)
        if not task.cancelled():
            task.exception()  # an error that came after the patience was over is nobody's any more
