"""What boards and reports are told from is kept a little after the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from bot.domain.guilds import ShardRange
from bot.errors import Unavailable
from bot.jobs.periodic import Periodic

_log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY = 20.0
"""Seconds, well below what boards promise."""

FILL_FOR = 10.0
"""Seconds of a round that may go into rows that are made for the first time, so that no other guild waits for them."""


class Keeping(Protocol):
    """Keeps something of guilds in step with their ledgers."""

    async def behind(self, shards: ShardRange, /) -> Sequence[int]:
        """The guilds with something new, in the order in which they should be kept."""
        ...

    async def keep(self, guild_id: int, /, *, fills: Callable[[], bool], goes_on: Callable[[], bool]) -> bool:
        """Bring a guild up to date, as long as it `goes_on`, and make up for what was never kept while it `fills`."""
        ...


class KeepingJob(Periodic):
    """Looks every so often which guilds have something new. A fault in one is logged and keeps no other waiting."""

    def __init__(
        self, name: str, keeping: Keeping, shards: Callable[[], ShardRange], interval: float = LOOK_EVERY
    ) -> None:
        super().__init__(name, interval, self._look)
        self._name = name
        self._keeping = keeping
        self._shards = shards
        self._stopped = False

    async def stop(self) -> None:
        """End after the batch that is under way."""
        self._stopped = True
        await super().stop()

    async def _look(self) -> None:
        fill_until = time.monotonic() + FILL_FOR
        for guild_id in await self._keeping.behind(self._shards()):
            if self._stopped:
                return
            try:
                await self._keeping.keep(
                    guild_id, fills=lambda: time.monotonic() < fill_until, goes_on=lambda: not self._stopped
                )
            except Unavailable:
                raise
            except Exception:  # noqa: BLE001 — one guild's fault must not stop the others; its lease ends by itself
                _log.exception("could not be kept", what=self._name, guild=guild_id)
