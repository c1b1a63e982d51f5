"""The ticker: one supervised loop that settles whatever is due.

Deadlines are columns of the rows they belong to. Sources are asked for their nearest one, which only reads; those that
have something due claim it under a lease, so that several processes can share one database and a crash between claiming
and settling only delays a row until its lease has run out. While nothing is due, nothing is written.
"""

from __future__ import annotations

import asyncio
from collections import Counter
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

_MAX_EXPONENT = 9


class DueSource(Protocol):
    """Something that becomes due: a feature's rows with a deadline."""

    @property
    def name(self) -> str:
        """For the log."""
        ...

    async def next_due(self) -> datetime | None:
        """The nearest deadline (or end of a lease) among this process's rows; None if there is none.

        Asked at every look, so it must not write. Nothing is claimed before the time that it names.
        """
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
        self._failures = Counter[str]()
        """How many times in a row each source could not be asked, or not be claimed from."""
        self._unknown = set[str]()
        """Those that could not be asked when it was tried last."""
        self._is_stale = True
        """Whether anything was claimed since all were asked."""
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
        """Settle everything that is due now; how many rows were claimed.

        A source with more than a batch gets its next one when the others had their turn: what is due with them shall
        not wait until its backlog is worked off.
        """
        found = dict.fromkeys(self.standings, 0)
        willing, is_left = list(self._sources), True
        while is_left and not self._stopping:
            self._is_stale = False
            # Each is asked in its turn: what came due while others were at work is seen.
            counts = [(source, await self._take(source) if await self._is_due(source) else 0) for source in willing]
            for source, count in counts:
                found[source.name] += count or 0
            willing = [source for source, count in counts if count is not None]
            is_left = any(count is not None and count >= BATCH for _source, count in counts)
        for name, count in found.items():
            self.standings[name].due_rows = count
        return sum(found.values())

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            await self.tick()
            try:
                async with asyncio.timeout(await self._until_next()):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _is_due(self, source: DueSource) -> bool:
        """Ask a source for its nearest deadline; whether that has come."""
        standing = self.standings[source.name]
        try:
            standing.due_at = await source.next_due()
        except Exception as error:  # noqa: BLE001 — one source's fault must not stop the others
            self._unknown.add(source.name)
            self._note_failure(source, error, "no next deadline")
            return False
        self._unknown.discard(source.name)
        is_due = standing.due_at is not None and standing.due_at <= self._clock.now()
        if not is_due:
            self._failures[source.name] = 0
        return is_due

    async def _take(self, source: DueSource) -> int | None:
        """Claim up to `BATCH` rows of a source and settle them; how many, or None if they could not be claimed."""
        if self._stopping:
            return 0
        self._is_stale = True
        try:
            claimed = await source.claim(BATCH)
        except Exception as error:  # noqa: BLE001 — one source's fault must not stop the others
            self._note_failure(source, error, "claiming failed")
            return None
        self._failures[source.name] = 0
        await asyncio.gather(*(self._settle(source, item) for item in claimed))
        return len(claimed)

    def _note_failure(self, source: DueSource, error: Exception, event: str) -> None:
        self._failures[source.name] += 1
        if isinstance(error, Unavailable):
            _log.warning("the ticker waits for the database", source=source.name)
        else:
            _log.error(event, source=source.name, exc_info=error)

    async def _settle(self, source: DueSource, item: Any) -> None:
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT):
                await source.settle(item)
            self.standings[source.name].settled += 1
        except Exception:  # noqa: BLE001 — one row's fault must not stop the others; its lease brings it back
            _log.exception("settling failed", source=source.name, row=_id_of(item))
            self.standings[source.name].failed += 1

    async def _until_next(self) -> float:
        """Seconds until a source is due or may be tried again, at most `LONGEST_SLEEP`."""
        if self._is_stale:
            for source in self._sources:
                await self._is_due(source)
        now, nearest = self._clock.now(), LONGEST_SLEEP
        for name, standing in self.standings.items():
            pause = _pause_after(self._failures[name])
            if name in self._unknown:
                nearest = min(nearest, pause)
            elif standing.due_at is not None:
                nearest = min(nearest, max((standing.due_at - now).total_seconds(), pause))
        return nearest


def _pause_after(failures: int) -> float:
    """Seconds until a source is looked at by itself that failed so many times in a row."""
    return min(SHORTEST_SLEEP * 2 ** min(failures, _MAX_EXPONENT), LONGEST_SLEEP)


def _id_of(item: Any) -> object:
    """What finds a row again; what it says is nobody's business in a log."""
    return next((getattr(item, name) for name in ("id", "guild_id") if hasattr(item, name)), type(item).__name__)
