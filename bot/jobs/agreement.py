"""Every guild is compared with its file at start, when it comes back, and once an hour after that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.outside import SURVEY_INTERVAL
from bot.domain.sanctions import pause_after
from bot.jobs.under_way import UnderWay
from bot.services.agreement import AgreementService

_log = structlog.stdlib.get_logger(__name__)

AT_ONCE = 5
"""Guilds compared at once."""

_FIRST_PAUSE = 5
"""Tries that a first failure counts for: 32 seconds; each further one doubles that, up to the usual interval."""


class AgreementSource:
    """What the ticker looks at guild by guild.

    There is no row to claim. Each process compares the guilds of its own shards, and a comparison that is made twice
    finds nothing the second time.
    """

    name = "agreement"

    def __init__(
        self,
        service: AgreementService,
        agree: Callable[[int], Awaitable[None]],
        guilds: Callable[[], Sequence[int]],
        wake: Callable[[], object],
    ) -> None:
        self._service = service
        self._agree = agree
        self._guilds = guilds
        self._next: dict[int, datetime] = {}
        """When each guild is next."""
        self._failures: dict[int, int] = {}
        self._at: set[int] = set()
        """Being compared: a large guild takes its time."""
        self._again: set[int] = set()
        """Asked for while they were being compared."""
        self._under_way = UnderWay(AT_ONCE, wake)

    async def next_due(self) -> datetime | None:
        """When the next guild is to be compared; None while there is no room for it."""
        if self._under_way.room <= 0:
            return None
        self._refresh()
        return min((at for guild_id, at in self._next.items() if guild_id not in self._at), default=None)

    def _refresh(self) -> None:
        now, present = self._service.moment(), dict.fromkeys(self._guilds())
        # Asking again does not hurry what fails.
        asked = (set(self._service.asked()) & present.keys()) - self._failures.keys()
        self._again |= asked & self._at
        self._next = {guild_id: now if guild_id in asked else self._next.get(guild_id, now) for guild_id in present}
        self._failures = {one: count for one, count in self._failures.items() if one in present}

    async def claim(self, limit: int) -> Sequence[int]:
        """The guilds whose turn it is, those that wait longest first."""
        self._refresh()
        now = self._service.moment()
        due = [one for one, at in self._next.items() if at <= now and one not in self._at]
        return sorted(due, key=lambda one: self._next[one])[: max(0, min(limit, self._under_way.room))]

    async def settle(self, item: int) -> None:
        """Begin with one, and wait for it a little."""
        self._at.add(item)
        await self._under_way.begin(f"sanction-survey-{item}", self._work(item))

    async def _work(self, guild_id: int) -> None:
        pause: timedelta = SURVEY_INTERVAL
        try:
            await self._agree(guild_id)
            self._failures.pop(guild_id, None)
        except Exception as error:  # noqa: BLE001 — whatever it was, it is tried again, ever more rarely
            failures = self._failures.get(guild_id, 0) + 1
            self._failures[guild_id] = failures
            pause = pause_after(_FIRST_PAUSE + failures, SURVEY_INTERVAL)
            _log.warning("a server could not be compared", guild=guild_id, error=repr(error), next_try=str(pause))
        finally:
            self._at.discard(guild_id)
            again = guild_id in self._again
            self._again.discard(guild_id)
            self._next[guild_id] = self._service.moment() + (timedelta() if again else pause)

    async def finish(self) -> None:
        """Wait for comparisons under way; if this is cancelled, cut them off."""
        await self._under_way.finish()
