"""Giveaways are gone on with as soon as they are due: started, ended, drawn, their claims seen to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.domain.giveaways import Claimed
from bot.domain.guilds import ShardRange
from bot.jobs.ticker import BATCH
from bot.jobs.under_way import UnderWay
from bot.services.giveaway_file import GiveawayFile

_AT_ONCE = BATCH // 2
"""Giveaways under way at once."""


class GiveawaysSource:
    """The ticker's view of ``giveaways.due_at``."""

    name = "giveaways"

    def __init__(
        self,
        file: GiveawayFile,
        carry_out: Callable[[Claimed], Awaitable[None]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        self._file = file
        self._carry_out = carry_out
        self._shards = shards
        self._under_way = UnderWay(_AT_ONCE, wake)

    async def next_due(self) -> datetime | None:
        """When the next giveaway is due; None while as many as may be are under way, for these wake when done."""
        if self._under_way.room <= 0:
            return None
        return await self._file.next_due(self._shards())

    async def claim(self, limit: int) -> Sequence[Claimed]:
        """Take due giveaways, as many as are not already under way."""
        room = min(limit, self._under_way.room)
        return [] if room <= 0 else await self._file.claim_due(self._shards(), room)

    async def settle(self, item: Claimed) -> None:
        """Begin with one, and wait for it a little."""
        await self._under_way.begin(f"giveaways-{item.guild_id}-{item.giveaway.number}", _did(self._carry_out, item))

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off. Its lease ends, and then it is found again."""
        await self._under_way.finish()


async def _did(carry_out: Callable[[Claimed], Awaitable[None]], item: Claimed) -> None:
    await carry_out(item)
