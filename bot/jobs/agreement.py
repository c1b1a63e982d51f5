"""Every guild is compared with its file at start, when it comes back, and once an hour after that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.outside import SURVEY_INTERVAL
from bot.domain.sanctions import pause_after
from bot.jobs.periodic import Periodic
from bot.services.agreement import AgreementService

_log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY = 10.0
"""Seconds between two looks at whose turn it is. Nothing is asked of anybody for that."""

AT_ONCE = 5
"""Guilds compared at once."""

LONGEST = 900.0
"""Seconds for one guild. What was done until then stays done."""

_FIRST_PAUSE = 5
"""Tries that a failure counts for before the first: 32 seconds; each further one doubles that, up to an hour."""


class AgreementJob(Periodic):
    """Compares guild by guild.

    There is no row to claim. Each process compares the guilds of its own shards, and a comparison that is made twice
    finds nothing the second time. A guild that fails is tried ever more rarely, and keeps no other waiting.
    """

    def __init__(
        self,
        service: AgreementService,
        agree: Callable[[int], Awaitable[None]],
        guilds: Callable[[], Sequence[int]],
        interval: float = LOOK_EVERY,
    ) -> None:
        """`guilds` are those that may be compared now; none before they are known."""
        super().__init__("agreement", interval, self._compare)
        self._service = service
        self._agree = agree
        self._guilds = guilds
        self._next: dict[int, datetime] = {}
        """When each guild is next."""
        self._failures: dict[int, int] = {}
        self._stopped = False

    async def stop(self) -> None:
        """End after the guilds that are under way."""
        self._stopped = True
        await super().stop()

    async def _compare(self) -> None:
        while not self._stopped and (due := self._due()):
            waiting = iter(due)
            await asyncio.gather(*(self._next_ones(waiting) for _ in range(AT_ONCE)))

    async def _next_ones(self, waiting: Iterator[int]) -> None:
        for guild_id in waiting:
            if self._stopped:
                return
            await self._one(guild_id)

    def _due(self) -> list[int]:
        """Whose turn it is, those first that wait longest."""
        present = self._guilds()
        if not present:
            return []
        now, asked = self._service.moment(), self._service.asked()
        # Asking for one does not hurry what fails.
        hurried = {one for one in asked if one not in self._failures}
        self._next = {one: now if one in hurried else self._next.get(one, now) for one in present}
        self._failures = {one: count for one, count in self._failures.items() if one in self._next}
        return sorted((one for one, at in self._next.items() if at <= now), key=lambda one: self._next[one])

    async def _one(self, guild_id: int) -> None:
        pause: timedelta = SURVEY_INTERVAL
        try:
            async with asyncio.timeout(LONGEST):
                await self._agree(guild_id)
            self._failures.pop(guild_id, None)
        except Exception as error:  # noqa: BLE001 — whatever it was, it is tried again
            failures = self._failures.get(guild_id, 0) + 1
            self._failures[guild_id] = failures
            pause = pause_after(_FIRST_PAUSE + failures, SURVEY_INTERVAL)
            _log.warning("a server could not be compared", guild=guild_id, error=repr(error), next_try=str(pause))
        self._next[guild_id] = self._service.moment() + pause
