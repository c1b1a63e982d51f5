"""Messages of the outbox are sent as soon as they are written, and again when a try did not work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from bot.domain.guilds import ShardRange
from bot.domain.outbox import Claimed
from bot.jobs.fair import FairSource
from bot.services.outbox import OutboxService

PRUNING_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


class OutboxSource(FairSource[Claimed]):
    """The ticker's view of the outbox.

    A message that takes long goes on by itself: a channel with a rate limit must not hold up the others, nor a guild
    with many such channels the other guilds. Writing its outcome wakes the ticker, since the next one of its channel
    may leave then.
    """

    name = "outbox"
    share: ClassVar[int] = 15
    """More than of members' changes, for Discord limits messages by channel; never all places."""

    def __init__(
        self,
        service: OutboxService,
        deliver: Callable[[Claimed], Awaitable[None]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        super().__init__(service, deliver, shards, wake)

    def called(self, item: Claimed) -> str:
        """By its number."""
        return f"outbox-{item.id}"
