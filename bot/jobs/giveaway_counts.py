"""The messages of giveaways say how many are in, some seconds after it changed."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.guilds import ShardRange
from bot.jobs.periodic import Periodic
from bot.services.giveaway_counts import GiveawayCounts
from bot.services.giveaway_entering import GiveawayEntering

INTERVAL = 5.0
"""Seconds between two looks. How far apart the counts on one message are, the service says."""


class GiveawayCountsJob(Periodic):
    """Looks at first which messages are out of date, and from then on at those that become so."""

    def __init__(
        self, counts: GiveawayCounts, entering: GiveawayEntering, shards: Callable[[], ShardRange | None]
    ) -> None:
        super().__init__("giveaway counts", INTERVAL, self._look)
        self._counts = counts
        self._entering = entering
        self._shards = shards
        self._knows = False

    async def finish(self) -> None:
        """See to all who still wait at the gate."""
        await self._entering.finish()

    async def _look(self) -> None:
        shards = self._shards()
        if shards is None:  # not connected yet
            return
        if not self._knows:
            await self._counts.learn(shards)
            self._knows = True
        await self._counts.show()
