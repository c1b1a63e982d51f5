"""What members say of their closed tickets: from one to five stars, and a word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.sessions import WriteSession
from bot.domain.ticket_closing import CHANGEABLE
from bot.domain.tickets import MAX_FEEDBACK, EventKind, Ticket
from bot.errors import RatingKept, TicketNotClosed, TicketNotFound
from bot.services.ticket_file import TicketFile


@dataclass(frozen=True)
class Rated:
    """A rating as it stands, and until when it can be changed."""

    ticket: Ticket
    until: datetime


class TicketRatings:
    """Takes ratings of those whose tickets they are."""

    def __init__(self, database: Database, clock: Clock, file: TicketFile) -> None:
        self._database = database
        self._clock = clock
        self._file = file

    async def rate(self, guild_id: int, number: int, *, by: int, stars: int) -> Rated:
        """Rate a closed ticket with 1 to 5 stars, or change that within a day.

        Raises:
            TicketNotFound: there is none of that number, or it is somebody else's.
            TicketNotClosed, RatingKept: it goes on, or it was rated more than a day ago.
        """
        return await self._write(guild_id, number, by, rating=stars)

    async def comment(self, guild_id: int, number: int, *, by: int, words: str) -> Rated:
        """Say a word to a rating, in place of what was said before; nothing takes it back.

        Raises:
            TicketNotFound: there is none of that number, or it is somebody else's.
            TicketNotClosed, RatingKept: it goes on or is not rated yet, or that was more than a day ago.
        """
        return await self._write(guild_id, number, by, feedback=words.strip()[:MAX_FEEDBACK] or None)

    async def _write(self, guild_id: int, number: int, by: int, **values: Any) -> Rated:
        async def unit(session: WriteSession) -> Rated:
            ticket, now = await self._file.locked(session, guild_id, number), self._clock.now()
            if ticket.opener_id != by:
                raise TicketNotFound(ticket.marker)
            if ticket.closed_at is None or (ticket.rated_at is None and "rating" not in values):
                raise TicketNotClosed(ticket.marker)
            until = (ticket.rated_at or now) + CHANGEABLE
            if now >= until:
                raise RatingKept(ticket.marker)
            if all(getattr(ticket, name) == value for name, value in values.items()):
                return Rated(ticket, until)
            event = (EventKind.RATED, {"rating": values.get("rating", ticket.rating)})
            rated_at = ticket.rated_at or now
            changed = await self._file.change(session, ticket, event, by=by, quiet=True, rated_at=rated_at, **values)
            return Rated(changed, until)

        return await self._database.transact(unit)
