"""Locks and slowmodes are carried out as soon as they are ordered, and ended on time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.guilds import ShardRange
from bot.domain.locks import Claimed
from bot.jobs.leased import LeasedSource
from bot.jobs.ticker import BATCH
from bot.services.locks import LocksService

_AT_ONCE = BATCH // 2
"""Channels under way at once."""


class LocksSource(LeasedSource[Claimed]):
    """The ticker's view of ``channel_locks.due_at``."""

    name = "locks"

    def __init__(
        self,
        service: LocksService,
        carry_out: Callable[[Claimed], Awaitable[object]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        super().__init__(service.next_due, service.claim, carry_out, shards, wake, at_once=_AT_ONCE)

    def called(self, item: Claimed) -> str:
        """By its channel."""
        return f"locks-{item.lock.guild_id}-{item.lock.channel_id}"
