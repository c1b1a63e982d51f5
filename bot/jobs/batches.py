"""Batches take their turns: each guild's running one in a second, those first that waited longest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.batches import Turn
from bot.domain.guilds import ShardRange
from bot.jobs.leased import LeasedSource
from bot.services.batches import BatchesService

AT_ONCE = 10
"""Turns under way at once; others wait until one of these is over, the longest waiting first."""

PRUNING_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


class BatchSource(LeasedSource[Turn]):
    """The ticker's view of batches.

    `wake` is called when a turn ends and others may have waited for its place. `finish` waits for those under way.
    """

    name = "batches"

    def __init__(
        self,
        service: BatchesService,
        take: Callable[[Turn], Awaitable[None]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        super().__init__(service.next_due, service.claim, take, shards, wake, at_once=AT_ONCE)

    def called(self, item: Turn) -> str:
        """By its batch."""
        return f"batch-{item.batch.id}"
