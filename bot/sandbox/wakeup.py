"""A wake-up call for any number of waiters, so that nothing here has to poll."""

import asyncio
from collections.abc import Callable


class Signal:
    """Wakes everybody who waits for it; remembers nothing.

    Unlike `asyncio.Event` it needs no clearing, and unlike `asyncio.Condition` it may be raised from plain
    (synchronous) code, which is where the simulated Discord changes its state.
    """

    def __init__(self) -> None:
        self._waiting: asyncio.Future[None] | None = None

    def notify(self) -> None:
        """Wake all present waiters. Costs nothing when there are none."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 — a missed deadline is an answer, not an error
        """Wait for the next `notify`, at most `timeout` seconds; says whether it came."""
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_future()
        # `asyncio.wait` neither cancels the shared future on a timeout nor raises.
        done, _ = await asyncio.wait({self._waiting}, timeout=max(timeout, 0))
        return bool(done)

    async def until(self, predicate: Callable[[], bool], timeout: float) -> bool:  # noqa: ASYNC109 — see wait
        """Wait until `predicate` holds, at most `timeout` seconds; returns its last answer.

        The predicate is asked again after every `notify`, so whoever changes what it reads must notify.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not predicate():
            if not await self.wait(deadline - loop.time()) and loop.time() >= deadline:
                return predicate()
        return True
