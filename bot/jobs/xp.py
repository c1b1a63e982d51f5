"""What members earned is written each second, and at the end; what can't be written waits."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
"""How often gains of one guild that can't be written, though the database is there, are tried second by second."""

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
"""Afterwards all that the guild gains is set aside, and tried again after so long, then after twice that."""

MOST_ASIDE = 100_000
"""Gains, and messages that earned some, kept so of all guilds together. Beyond, the guild with the most loses them."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Writes(Protocol):
    """The part of the service that is needed here."""

    async def flush(self, batch: Batch, /) -> object:
        """Write a batch, once."""
        ...


class Notes(Protocol):
    """Where the operator finds what went wrong."""

    async def note(self, error: BaseException, *, guild_id: int | None, context: Mapping[str, str]) -> None:
        """Keep it; never raises."""
        ...


class XpLost(Exception):
    """What members of a server gained was given up."""


@dataclass
class _Setback:
    """A guild whose gains can't be written, though the database is there."""

    error: Exception
    wait: timedelta
    next_at: datetime


class XpJob(Periodic):
    """Writes what was gathered. Also called out of turn: before something is taken back, and at the end."""

    def __init__(self, gatherer: XpGatherer, service: Writes, now: Callable[[], datetime], notes: Notes) -> None:
        super().__init__("xp", INTERVAL, self._round)
        self._gatherer = gatherer
        self._service = service
        self._now = now
        self._notes = notes
        self._flushing = asyncio.Lock()
        self._failures = Counter[int]()
        self._setbacks: dict[int, _Setback] = {}
        self._untold: list[tuple[int, Exception]] = []
        self._rounds = 0

    async def finish(self) -> None:
        """Write the rest. What can't be written now is lost, and the operator told."""
        for one in self._setbacks.values():
            one.next_at = self._now()
        await self.flush()
        for _ in range(TRIES):
            if self._gatherer.waiting and not await self.flush():
                return
        for guild_id in self._gatherer.aside():
            self._give_up(guild_id)
        await self._tell()

    async def forget(self, erased: Erased) -> None:
        """Drop what somebody gained and was not written yet; what is being written is written when this returns."""
        self._gatherer.forget(erased.user_id, erased.guild_id)
        async with self._flushing:  # and what could not be written was put back meanwhile
            self._gatherer.forget(erased.user_id, erased.guild_id)

    async def flush(self) -> bool:
        """Write what waits; False if the database is away, and then it still waits."""
        async with self._flushing:
            self._bring_back()
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
            self._look_aside()
        await self._tell()
        return True

    async def _write(self, batch: Batch) -> list[Batch]:
        """Write a batch; what of it is to be tried again later."""
        try:
            await self._service.flush(batch)
        except Unavailable:
            self._gatherer.put_back(batch)
            raise
        except Exception as error:  # noqa: BLE001 — one guild's fault must not keep all others from being written
            return self._apart(batch, error)
        except BaseException:
            self._gatherer.put_back(batch)  # cut off: it may have been written or not, and its id will tell
            raise
        self._failures.pop(batch.id, None)
        return []

    def _apart(self, batch: Batch, error: Exception) -> list[Batch]:
        of_guilds: dict[int, list[Gain]] = defaultdict(list)
        for gain in batch.gains:
            of_guilds[gain.guild_id].append(gain)
        if len(of_guilds) > 1:
            _log.exception("XP could not be written, so each server's is tried alone", servers=len(of_guilds))
            return [
                self._gatherer.batch(gains, [one for one in batch.messages if one.guild_id == guild_id])
                for guild_id, gains in of_guilds.items()
            ]
        (guild_id,) = of_guilds
        self._failures[batch.id] += 1
        _log.exception("XP of a server could not be written", guild=guild_id)
        if guild_id not in self._setbacks and self._failures[batch.id] < TRIES:
            return [batch]
        del self._failures[batch.id]
        self._set_aside(guild_id, batch, error)
        return []

    # Aside -----------------------------------------------------------------------------------------------

    def _set_aside(self, guild_id: int, batch: Batch, error: Exception) -> None:
        self._gatherer.set_aside(batch)
        known, now = self._setbacks.get(guild_id), self._now()
        if known is None:
            self._setbacks[guild_id] = _Setback(error, FIRST_WAIT, now + FIRST_WAIT)
            self._untold.append((guild_id, error))
        elif known.next_at <= now:  # the first of its batches in this round
            known.error, known.wait = error, min(known.wait * 2, LONGEST_WAIT)
            known.next_at = now + known.wait

    def _bring_back(self) -> None:
        now = self._now()
        for guild_id, one in self._setbacks.items():
            if one.next_at <= now:
                self._gatherer.bring_back(guild_id)

    def _look_aside(self) -> None:
        """Forget setbacks that are over; keep no more than there may be."""
        aside = self._gatherer.aside()
        for guild_id in self._setbacks.keys() - aside.keys():
            del self._setbacks[guild_id]
            _log.info("XP of a server is written again", guild=guild_id)
        while sum(aside.values()) > MOST_ASIDE:
            guild_id = max(aside, key=aside.__getitem__)
            del aside[guild_id]
            self._give_up(guild_id)

    def _give_up(self, guild_id: int) -> None:
        lost = [gain for batch in self._gatherer.give_up(guild_id) for gain in batch.gains]
        if lost:
            error = XpLost(f"{sum(gain.xp for gain in lost)} XP of {len({gain.user_id for gain in lost})} members")
            error.__cause__ = self._setbacks[guild_id].error
            self._untold.append((guild_id, error))

    async def _tell(self) -> None:
        untold, self._untold = self._untold, []
        for guild_id, error in untold:
            await self._notes.note(error, guild_id=guild_id, context={"job": "xp"})

    async def _round(self) -> None:
        await self.flush()
        self._rounds += 1
        if self._rounds % TIDY_EVERY == 0:
            self._gatherer.tidy((self._now() - _EPOCH) // timedelta(milliseconds=1))
