"""A backup now and then, made by one process of however many run, in a thread beside everything else."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog

from bot.clock import Clock
from bot.domain.backups import LEASE
from bot.errors import Unavailable
from bot.jobs.periodic import Periodic
from bot.services.backups import BackupsService

_log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY = 60.0
"""Seconds between two looks at whether a backup is due."""

RENEW_EVERY = LEASE.total_seconds() / 4
"""Seconds between two words that it still goes on."""


class Archive(Protocol):
    """Where backups are made and kept; slow, for threads."""

    def obstacle(self) -> str | None:
        """What stands in the way of any backup, for the operator."""
        ...

    def clear(self) -> None:
        """Remove what a dead process left half done."""
        ...

    def make(self, now: datetime, going: Callable[[], None]) -> int:
        """Make one, whole or not at all; its bytes. `going` is called now and then, and may raise."""
        ...

    def prune(self, now: datetime) -> list[Path]:
        """Delete those that are not to be kept."""
        ...


class _CutOffError(Exception):
    """The process stops, or another took over."""


class BackupJob(Periodic):
    """Looks each minute whether a backup is due, takes the turn, makes it, and deletes what is too old.

    A stop does not wait for a backup: it is cut off, nothing is left of it, and whoever starts next begins anew.
    """

    def __init__(self, service: BackupsService, archive: Archive, clock: Clock, interval: float = LOOK_EVERY) -> None:
        super().__init__("backups", interval, self._look)
        self._service = service
        self._archive = archive
        self._clock = clock
        self._stopped = threading.Event()

    async def stop(self) -> None:
        """End soon, whatever runs."""
        self._stopped.set()
        await super().stop()

    async def _run(self) -> None:
        obstacle = await asyncio.to_thread(self._archive.obstacle)
        if obstacle is not None:
            _log.warning("there are no automatic backups", reason=obstacle)
            return
        await super()._run()

    async def _look(self) -> None:
        token = await self._service.claim()
        if token is None:
            return
        try:
            await self._make(token)
        except _CutOffError:
            await self._service.give_back(token)
            return
        except Exception as error:  # noqa: BLE001 — a full disk, a program that fails: to be told, and tried again
            await self._tell(token, error)
            return
        gone = await asyncio.to_thread(self._archive.prune, self._clock.now())
        if gone:
            _log.info("old backups deleted", names=[folder.name for folder in gone])

    async def _make(self, token: int) -> None:
        began_at, began = self._clock.now(), time.monotonic()
        taken_over = threading.Event()

        def going() -> None:
            if taken_over.is_set() or self._stopped.is_set():
                raise _CutOffError

        work = asyncio.create_task(asyncio.to_thread(self._work, began_at, going), name="backup")
        try:
            while not (await asyncio.wait({work}, timeout=RENEW_EVERY))[0]:
                if not await self._is_still_ours(token):
                    taken_over.set()
        finally:
            taken_over.set()
            await asyncio.wait({work})
        size, seconds = work.result(), time.monotonic() - began
        if await self._service.succeeded(token, began_at=began_at, size=size, seconds=seconds):
            _log.info("backed up", bytes=size, seconds=round(seconds, 1))

    def _work(self, now: datetime, going: Callable[[], None]) -> int:
        self._archive.clear()
        return self._archive.make(now, going)

    async def _is_still_ours(self, token: int) -> bool:
        try:
            return await self._service.renew(token)
        except Unavailable:
            return True  # nobody else can claim it either

    async def _tell(self, token: int, error: Exception) -> None:
        state = await self._service.failed(token, str(error))
        if state is None:
            return
        _log.error("the backup failed", reason=str(error), in_a_row=state.failed_in_a_row, again_at=str(state.due_at))
        if state.is_late(self._clock.now(), self._service.every):
            _log.error("the last backup is old", last=str(state.last_at))
