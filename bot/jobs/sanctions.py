"""Sanctions are carried out as soon as they are decided, ended on time, and long timeouts written anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.domain.guilds import ShardRange
from bot.domain.sanctions import Claimed
from bot.jobs.ticker import BATCH
from bot.jobs.under_way import UnderWay
from bot.services.sanctions import SanctionsService

IN_A_GUILD = 5
"""Slots of one guild under way at once. More would only wait at Discord, and take the places of other guilds."""


class SanctionsSource:
    """The ticker's view of ``sanction_slots.due_at``."""

    name = "sanctions"

    def __init__(
        self,
        service: SanctionsService,
        carry_out: Callable[[Claimed], Awaitable[object]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
        finish: Callable[[], Awaitable[None]],
    ) -> None:
        """`finish` waits for what the carrying out left under way."""
        self._service = service
        self._carry_out = carry_out
        self._shards = shards
        self._wake = wake
        self._busy = Counter[int]()
        """Slots under way, by guild."""
        self._under_way = UnderWay(BATCH, wake)
        self._finish = finish

    async def next_due(self) -> datetime | None:
        """When the next slot is due; None while as many as may be are under way, for these wake when done."""
        if self._under_way.room <= 0:
            return None
        return await self._service.next_due(self._shards(), without=self._full())

    async def claim(self, limit: int) -> Sequence[Claimed]:
        """Take due slots, as many as are not already under way, and of no guild more than its share."""
        room = min(limit, self._under_way.room)
        if room <= 0:
            return []
        return await self._service.claim(self._shards(), room, each=IN_A_GUILD, busy=self._busy)

    async def settle(self, item: Claimed) -> None:
        """Begin with one, and wait for it a little."""
        self._busy[item.guild_id] += 1

        async def work() -> None:
            try:
                await self._carry_out(item)
            finally:
                self._leave(item.guild_id)

        await self._under_way.begin(f"sanction-{item.guild_id}-{item.user_id}-{item.slot}", work())

    def _full(self) -> list[int]:
        return [guild_id for guild_id, count in self._busy.items() if count >= IN_A_GUILD]

    def _leave(self, guild_id: int) -> None:
        was_full = self._busy[guild_id] >= IN_A_GUILD
        self._busy[guild_id] -= 1
        if not self._busy[guild_id]:
            del self._busy[guild_id]
        if was_full:  # what came due meanwhile was not asked for
            self._wake()

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off. Its lease ends, and then it is found again."""
        await self._under_way.finish()
        await self._finish()
