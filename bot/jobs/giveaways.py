"""Giveaways are gone on with as soon as they are due: started, ended, drawn, their claims seen to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.giveaways import Claimed
from bot.domain.guilds import ShardRange
from bot.jobs.leased import LeasedSource
from bot.jobs.ticker import BATCH
from bot.services.giveaway_file import GiveawayFile


class GiveawaysSource(LeasedSource[Claimed]):
    """The ticker's view of ``giveaways.due_at``."""

    name = "giveaways"

    def __init__(
        self,
        file: GiveawayFile,
        carry_out: Callable[[Claimed], Awaitable[None]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        super().__init__(file.next_due, file.claim_due, carry_out, shards, wake, at_once=BATCH)

    def called(self, item: Claimed) -> str:
        """By its server and number."""
        return f"giveaways-{item.guild_id}-{item.giveaway.number}"
