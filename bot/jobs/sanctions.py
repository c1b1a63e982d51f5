"""Sanctions are carried out as soon as they are decided, ended on time, and long timeouts written anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.guilds import ShardRange
from bot.domain.sanctions import Claimed
from bot.jobs.fair import FairSource
from bot.services.sanctions import SanctionsService


class SanctionsSource(FairSource[Claimed]):
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
        super().__init__(service, carry_out, shards, wake)
        self._finish = finish

    def called(self, item: Claimed) -> str:
        """By whom and what it is about."""
        return f"sanction-{item.guild_id}-{item.user_id}-{item.slot}"

    async def finish(self) -> None:
        """Wait for what is under way, and for what that left."""
        await super().finish()
        await self._finish()
