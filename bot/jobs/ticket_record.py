"""What is said in tickets is written twice a second, and at the end; beside that, what was missed is asked for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import discord
import structlog

from bot.actions.ticket_record import Look, TicketRecorder
from bot.domain.guilds import ShardRange
from bot.errors import Unavailable
from bot.jobs.periodic import Periodic
from bot.services import Services
from bot.services.ticket_places import TicketPlace

_log = structlog.stdlib.get_logger(__name__)

INTERVAL = 0.5
"""Seconds between two flushes."""

READS_AT_ONCE = 2
"""Histories that are read at once, so that the limits of Discord are left to commands."""

FETCHES_AT_ONCE = 4
"""Files that are fetched at once, each of at most 10 MiB."""


class TicketRecordJob(Periodic):
    """Knows where tickets are, writes what was heard there, and has the rest read."""

    def __init__(self, services: Services, recorder: TicketRecorder, shards: Callable[[], ShardRange]) -> None:
        super().__init__("ticket record", INTERVAL, self._round)
        self._record = services.ticket_record
        self._places = services.ticket_places
        self._files = services.ticket_files
        self._recorder = recorder
        self._shards = shards
        self._to_read: deque[TicketPlace] = deque()
        self._reading: set[asyncio.Task[None]] = set()
        self._fetching: set[asyncio.Task[None]] = set()
        self._found_files = False

    async def stop(self) -> None:
        """Finish the call that runs, and cut off what Discord is asked for: the next process asks again."""
        await super().stop()
        tasks = self._reading | self._fetching
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def finish(self) -> None:
        """Write the rest."""
        await self._record.flush()

    async def settled(self) -> None:
        """Returns once everything that was begun is done. For those who want to see what came of it."""
        while tasks := self._reading | self._fetching:
            await asyncio.wait(tasks)

    async def _round(self) -> None:
        try:
            await self._know()
        except Unavailable:
            _log.warning("where tickets are waits for the database")
            return
        if await self._record.flush():
            self._look()
            self._fetch()

    async def _know(self) -> None:
        """Read where tickets are, if that is not known, and which files were on their way when a process died."""
        if not self._places.is_known:
            await self._places.load(self._shards())
        if not self._found_files:
            self._record.wanted.extend(await self._files.coming(self._shards()))
            self._found_files = True

    def _look(self) -> None:
        for place in self._places.doubtful():
            doubts, seen = place.doubts, self._recorder.look(place)
            if seen is Look.WHOLE:
                self._places.whole(place, doubts)
            elif seen is Look.UNSEEN:
                self._places.look_at(place)
            elif seen is Look.GAP and place not in self._to_read:
                self._to_read.append(place)
        while self._to_read and len(self._reading) < READS_AT_ONCE:
            place = self._to_read.popleft()
            self._begin(self._reading, f"read-{place.guild_id}-{place.number}", self._read(place))

    async def _read(self, place: TicketPlace) -> None:
        guild = self._recorder.guild(place)
        if guild is None:
            self._places.look_at(place)
            return
        await self._recorder.read(place, guild)

    def _fetch(self) -> None:
        while self._record.wanted and len(self._fetching) < FETCHES_AT_ONCE:
            wanted = self._record.wanted.popleft()
            name = f"file-{wanted.message_id}-{wanted.seq}"
            self._begin(self._fetching, name, self._recorder.fetch(wanted))

    def _begin(self, tasks: set[asyncio.Task[None]], name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_guarded(name, work), name=f"ticket-record-{name}")
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _guarded(name: str, work: Coroutine[Any, Any, None]) -> None:
    """One of them; when it fails it is tried again when somebody writes there, at the next start, or at closing."""
    try:
        await work
    except (Unavailable, discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        _log.warning("the record of a ticket waits", work=name, error=repr(error))
    except Exception:  # noqa: BLE001 — the others go on
        _log.exception("the record of a ticket could not be made whole", work=name)
