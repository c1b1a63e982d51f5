"""A source of the ticker whose rows belong to guilds, and of which no guild takes more places than its share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Generic, Protocol, TypeVar

from bot.domain.guilds import ShardRange
from bot.jobs.ticker import BATCH
from bot.jobs.under_way import UnderWay

IN_A_GUILD = 5
"""Rows of one guild under way at once. Discord lets a bot change few members of one server in a second: more would only
wait there, and take the places of other guilds."""


class OfGuild(Protocol):
    """A claimed row."""

    @property
    def guild_id(self) -> int:
        """Whose it is."""
        ...


Item = TypeVar("Item", bound=OfGuild)
Claimed_co = TypeVar("Claimed_co", bound=OfGuild, covariant=True)


class FairService(Protocol[Claimed_co]):
    """Who hands rows out, each under a lease."""

    async def next_due(self, shards: ShardRange, *, without: Collection[int] = ()) -> datetime | None:
        """When the next row of these shards is due, but for those of the guilds `without`."""
        ...

    async def claim(
        self, shards: ShardRange, limit: int, *, each: int, busy: Mapping[int, int] | None = None
    ) -> Sequence[Claimed_co]:
        """Take up to `limit` due rows; of one guild at most `each`, less those `busy`."""
        ...


class FairSource(ABC, Generic[Item]):
    """The ticker's view of such rows."""

    name: str
    share: ClassVar[int] = IN_A_GUILD
    """Rows of one guild that may be under way at once."""

    def __init__(
        self,
        service: FairService[Item],
        carry_out: Callable[[Item], Awaitable[object]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        self._service = service
        self._carry_out = carry_out
        self._shards = shards
        self._wake = wake
        self._busy = Counter[int]()
        """Rows under way, by guild."""
        self._under_way = UnderWay(BATCH, wake)

    @abstractmethod
    def called(self, item: Item) -> str:
        """What the task of a row is called."""

    async def next_due(self) -> datetime | None:
        """When the next row is due; None while as many as may be are under way, for these wake when done."""
        if self._under_way.room <= 0:
            return None
        return await self._service.next_due(self._shards(), without=self._full())

    async def claim(self, limit: int) -> Sequence[Item]:
        """Take due rows, as many as are not already under way, and of no guild more than its share."""
        room = min(limit, self._under_way.room)
        if room <= 0:
            return []
        return await self._service.claim(self._shards(), room, each=self.share, busy=self._busy)

    async def settle(self, item: Item) -> None:
        """Begin with one, and wait for it a little."""
        self._busy[item.guild_id] += 1

        async def work() -> None:
            try:
                await self._carry_out(item)
            finally:
                self._leave(item.guild_id)

        await self._under_way.begin(self.called(item), work())

    def _full(self) -> list[int]:
        return [guild_id for guild_id, count in self._busy.items() if count >= self.share]

    def _leave(self, guild_id: int) -> None:
        was_full = self._busy[guild_id] >= self.share
        self._busy[guild_id] -= 1
        if not self._busy[guild_id]:
            del self._busy[guild_id]
        if was_full:  # what came due meanwhile was not asked for
            self._wake()

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off. Its lease ends, and then it is found again."""
        await self._under_way.finish()
