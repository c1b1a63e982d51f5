"""Messages of the outbox are sent as soon as they are written, and again when a try did not work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.guilds import ShardRange
from bot.domain.outbox import Claimed
from bot.jobs.leased import LeasedSource
from bot.jobs.ticker import BATCH
from bot.services.outbox import OutboxService

PRUNING_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


class OutboxSource(LeasedSource[Claimed]):
    """The ticker's view of the outbox.

    A message that takes long goes on by itself: a channel with a rate limit must not hold up the others. Writing its
    outcome wakes the ticker, since the next one of its channel may leave then. `finish` waits for all of these.
    """

    name = "outbox"

    def __init__(
        self,
        service: OutboxService,
        deliver: Callable[[Claimed], Awaitable[None]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        super().__init__(service.next_due, service.claim, deliver, shards, wake, at_once=BATCH)

    def called(self, item: Claimed) -> str:
        """By its message."""
        return f"outbox-{item.id}"
