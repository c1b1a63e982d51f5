"""What members earned is written each second, and at the end; what can't be written waits."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from bot.actions.xp import XpGatherer
from bot.domain.leveling import Batch, Gain
from bot.domain.privacy import Erased
from bot.errors import Unavailable
from bot.jobs.periodic import Periodic

_log = structlog.stdlib.get_logger(__name__)

INTERVAL = 1.0
"""Seconds between two flushes: what a crash can cost."""

TIDY_EVERY = 60
"""Flushes between two looks for guilds in which nobody writes any more."""

TRIES = 5
"""How often gains of one guild that can't be written, though the database is there, are tried before they are lost."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Writes(Protocol):
    """The part of the service that is needed here."""

    async def flush(self, batch: Batch, /) -> object:
        """Write a batch, once."""
        ...


class XpJob(Periodic):
    """Writes what was gathered. Also called out of turn: before something is taken back, and at the end."""

    def __init__(self, gatherer: XpGatherer, service: Writes, now: Callable[[], datetime]) -> None:
        super().__init__("xp", INTERVAL, self._round)
        self._gatherer = gatherer
        self._service = service
        self._now = now
        self._flushing = asyncio.Lock()
        self._failures = Counter[int]()
        self._rounds = 0

    async def finish(self) -> None:
        """Write the rest."""
        await self.flush()

    async def forget(self, erased: Erased) -> None:
        """Drop what somebody gained and was not written yet; what is being written is written when this returns."""
        self._gatherer.forget(erased.user_id, erased.guild_id)
        async with self._flushing:  # and what could not be written was put back meanwhile
            self._gatherer.forget(erased.user_id, erased.guild_id)

    async def flush(self) -> bool:
        """Write what waits; False if the database is away, and then it still waits."""
        async with self._flushing:
            left = self._gatherer.waiting
            refused: list[Batch] = []
            try:
                while left > 0 and (batch := self._gatherer.take()) is not None:
                    left -= len(batch.gains)
                    refused += await self._write(batch)
            except Unavailable:
                _log.warning("XP waits for the database", waiting=self._gatherer.waiting)
                return False
            finally:
                self._gatherer.put_back(*refused)
        return True

    async def _write(self, batch: Batch) -> list[Batch]:
        """Write a batch; what of it is to be tried again later."""
        try:
            await self._service.flush(batch)
        except Unavailable:
            self._gatherer.put_back(batch)
            raise
        except Exception:  # noqa: BLE001 — one guild's fault must not keep all others from being written
            return self._apart(batch)
        except BaseException:
            self._gatherer.put_back(batch)  # cut off: it may have been written or not, and its id will tell
            raise
        self._failures.pop(batch.id, None)
        return []

    def _apart(self, batch: Batch) -> list[Batch]:
        of_guilds: dict[int, list[Gain]] = defaultdict(list)
        for gain in batch.gains:
            of_guilds[gain.guild_id].append(gain)
        if len(of_guilds) > 1:
            _log.exception("XP could not be written, so each server's is tried alone", servers=len(of_guilds))
            return [
                self._gatherer.batch(gains, [one for one in batch.messages if one.guild_id == guild_id])
                for guild_id, gains in of_guilds.items()
            ]
        self._failures[batch.id] += 1
        if self._failures[batch.id] < TRIES:
            _log.exception("XP of a server could not be written", guild=batch.gains[0].guild_id)
            return [batch]
        del self._failures[batch.id]
        _log.exception("XP of a server is lost", guild=batch.gains[0].guild_id, gains=len(batch.gains))
        return []

    async def _round(self) -> None:
        await self.flush()
        self._rounds += 1
        if self._rounds % TIDY_EVERY == 0:
            self._gatherer.tidy((self._now() - _EPOCH) // timedelta(milliseconds=1))
