"""Tickets are gone on with as soon as they are due: opened, shown, warned of, closed, deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.guilds import ShardRange
from bot.domain.tickets import Claimed
from bot.jobs.leased import LeasedSource
from bot.jobs.ticker import BATCH
from bot.services.ticket_file import TicketFile

_AT_ONCE = BATCH // 2
"""Tickets under way at once."""


class TicketsSource(LeasedSource[Claimed]):
    """The ticker's view of ``tickets.due_at``."""

    name = "tickets"

    def __init__(
        self,
        file: TicketFile,
        carry_out: Callable[[Claimed], Awaitable[None]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        super().__init__(file.next_due, file.claim_due, carry_out, shards, wake, at_once=_AT_ONCE)

    def called(self, item: Claimed) -> str:
        """By its ticket."""
        return f"tickets-{item.guild_id}-{item.ticket.number}"
