"""The ticker: one supervised loop that settles whatever is due.

Deadlines are columns of the rows they belong to. A source claims due rows under a lease, so that several processes
can share one database and a crash between claiming and settling only delays a row until its lease has run out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import structlog

from bot.clock import Clock
from bot.errors import Unavailable

_log = structlog.stdlib.get_logger(__name__)

LONGEST_SLEEP = 15.0
"""Seconds. A deadline made by another process, or a clock that jumped, is noticed within this time."""

SHORTEST_SLEEP = 0.05
"""Seconds. Even a source that is always due leaves the loop to others in between."""

BATCH = 50
"""Rows claimed at once by one source."""

SETTLE_TIMEOUT = 45.0
"""Seconds for one row, below every lease."""


class DueSource(Protocol):
    """Something that becomes due: a feature's rows with a deadline."""

    @property
    def name(self) -> str:
        """For the log."""
        ...

    async def next_due(self) -> datetime | None:
        """The nearest deadline (or end of a lease) among this process's rows; None if there is none."""
        ...

    async def claim(self, limit: int) -> Sequence[Any]:
        """Take up to `limit` due rows under a lease."""
        ...

    async def settle(self, item: Any) -> None:
        """Do what is due for a claimed row. Must bear to be repeated after a crash."""
        ...


@runtime_checkable
class Unfinished(Protocol):
    """A source whose rows may go on by themselves after they were settled."""

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off."""
        ...


class Bell:
    """What wakes the ticker. There before the ticker is, so that its sources can be told of it."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    def ring(self) -> None:
        """Make the ticker look again now."""
        self.rung.set()


@dataclass
class Standing:
    """How a source stands, for metrics."""

    source: str
    due_at: datetime | None = None
    """The nearest deadline when last looked at."""
    due_rows: int = 0
    """Rows that the last look found due."""
    settled: int = 0
    failed: int = 0
    """Rows, since the start."""

    def lag(self, now: datetime) -> float:
        """Seconds by which the nearest deadline has passed; 0 if it has not, or there is none."""
        return 0.0 if self.due_at is None else max(0.0, (now - self.due_at).total_seconds())


class Ticker:
    """Runs the sources. `start` it once; `wake` it when a deadline was made or moved; `stop` waits for what runs."""

    def __init__(self, clock: Clock, sources: Sequence[DueSource], bell: Bell | None = None) -> None:
        self._clock = clock
        self._sources = sources
        self.standings = {source.name: Standing(source.name) for source in sources}
        """How each source stands, by its name."""
        self._woken = (bell or Bell()).rung
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with what came due while nobody looked."""
        self._task = asyncio.create_task(self._run(), name="ticker")

    def wake(self) -> None:
        """Look again now."""
        self._woken.set()

    async def stop(self) -> None:
        """Finish the rows being settled, claim no more, and end."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def finish(self) -> None:
        """Wait for what sources still have under way, after `stop`."""
        await asyncio.gather(*(source.finish() for source in self._sources if isinstance(source, Unfinished)))

    async def tick(self) -> int:
        """Settle everything that is due now; how many rows were claimed."""
        settled = 0
        for source in self._sources:
            found = await self._drain(source)
            self.standings[source.name].due_rows = found
            settled += found
        return settled

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            await self.tick()
            try:
                async with asyncio.timeout(await self._until_next()):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _drain(self, source: DueSource) -> int:
        settled = 0
        while not self._stopping:
            try:
                claimed = await source.claim(BATCH)
            except Unavailable:
                _log.warning("the ticker waits for the database", source=source.name)
                break
            except Exception:  # noqa: BLE001 — one source's fault must not stop the others
                _log.exception("claiming failed", source=source.name)
                break
            await asyncio.gather(*(self._settle(source, item) for item in claimed))
            settled += len(claimed)
            if len(claimed) < BATCH:
                break
        return settled

    async def _settle(self, source: DueSource, item: Any) -> None:
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT):
                await source.settle(item)
            self.standings[source.name].settled += 1
        except Exception:  # noqa: BLE001 — one row's fault must not stop the others; its lease brings it back
            _log.exception("settling failed", source=source.name, item=item)
            self.standings[source.name].failed += 1

    async def _until_next(self) -> float:
        nearest = LONGEST_SLEEP
        for source in self._sources:
            try:
                due = await source.next_due()
            except Exception as error:  # noqa: BLE001 — looked at again after the longest sleep
                _log.warning("no next deadline", source=source.name, error=repr(error))
                continue
            self.standings[source.name].due_at = due
            if due is not None:
                nearest = min(nearest, (due - self._clock.now()).total_seconds())
        return max(nearest, SHORTEST_SLEEP)
