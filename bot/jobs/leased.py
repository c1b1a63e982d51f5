"""Rows with a deadline that one process takes for a while, and goes on with beside the ticker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from bot.domain.guilds import ShardRange
from bot.jobs.under_way import UnderWay

Item = TypeVar("Item")


class LeasedSource(ABC, Generic[Item]):
    """The ticker's view of rows that are claimed under a lease, each of which may take its time.

    One that takes long goes on by itself, so that nothing else waits for it. While as many are under way as may be,
    nothing is claimed, and `wake` is called when there is room again. A lease that ends brings a row back.
    """

    name: str

    def __init__(
        self,
        next_due: Callable[[ShardRange], Awaitable[datetime | None]],
        claim: Callable[[ShardRange, int], Awaitable[Sequence[Item]]],
        carry_out: Callable[[Item], Awaitable[object]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
        *,
        at_once: int,
    ) -> None:
        self._next_due = next_due
        self._claim = claim
        self._carry_out = carry_out
        self._shards = shards
        self._under_way = UnderWay(at_once, wake)

    @abstractmethod
    def called(self, item: Item) -> str:
        """What the task of a row is called."""

    async def next_due(self) -> datetime | None:
        """When the next row is due; None while as many as may be are under way, for these wake when done."""
        return await self._next_due(self._shards()) if self._under_way.room > 0 else None

    async def claim(self, limit: int) -> Sequence[Item]:
        """Take due rows, as many as there is room for."""
        room = min(limit, self._under_way.room)
        return await self._claim(self._shards(), room) if room > 0 else []

    async def settle(self, item: Item) -> None:
        """Begin with one, and wait for it a little."""

        async def work() -> None:
            await self._carry_out(item)

        await self._under_way.begin(self.called(item), work())

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off. Its lease ends, and then it is found again."""
        await self._under_way.finish()
