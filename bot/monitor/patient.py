"""Asking something that may be long in answering, or never come back, without waiting for it too long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Patient(Generic[T]):
    """Asks, and waits for so many seconds; a question that is still open is not asked again but waited for once more.

    It is not cancelled when the time is over: to cancel a statement, a driver speaks to the database, and waits again.
    """

    def __init__(self, name: str, ask: Callable[[], Coroutine[Any, Any, T]], patience: float) -> None:
        self._name = name
        self._ask = ask
        self._patience = patience
        self._open: asyncio.Task[T] | None = None

    async def answer(self) -> T:
        """The answer, or whatever error it is.

        Raises:
            TimeoutError: there is none yet.
        """
        if self._open is None or self._open.done():
            self._open = asyncio.create_task(self._ask(), name=self._name)
            self._open.add_done_callback(_seen)
        task = self._open
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:
            raise TimeoutError(f"{self._name}: no answer within {self._patience:g} s")
        return task.result()

    async def close(self) -> None:
        """Ask no more, and cut off what is open."""
        if self._open is not None:
            self._open.cancel()
            await asyncio.wait({self._open})


def _seen(task: asyncio.Task[Any]) -> None:
    """An error that came after the patience was over is nobody's any more."""
    if not task.cancelled():
        task.exception()
