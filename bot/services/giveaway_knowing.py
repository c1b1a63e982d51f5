"""Knowing about giveaways: which there are, how one stands, and who is in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum

from bot.db.engine import Database
from bot.db.repositories.giveaways import entries, giveaways
from bot.db.repositories.giveaways import winners as drawn
from bot.db.sessions import ReadSession
from bot.domain.giveaways import Entry, Giveaway, GiveawayEvent, Status, Winner
from bot.domain.paging import Cursor, Slice, cut
from bot.errors import GiveawayNotFound
from bot.services.packing import Packing

PAGE = 10
"""Giveaways, and entrants, on a page."""

COUNTED = 2_000
"""Entrants up to which they are counted for each who asks: to count a million takes longer than to show a page."""

_READ_AT_ONCE = 5_000


class Shown(StrEnum):
    """Which giveaways a list shows."""

    OPEN = "open"
    OVER = "over"
    DRAFTS = "drafts"

    @property
    def statuses(self) -> tuple[Status, ...]:
        """How far those are."""
        match self:
            case Shown.OPEN:
                return Status.SCHEDULED, Status.RUNNING, Status.DRAWING
            case Shown.OVER:
                return Status.ENDED, Status.CANCELLED, Status.FAILED
            case Shown.DRAFTS:
                return (Status.DRAFT,)


@dataclass(frozen=True)
class About:
    """A giveaway with its history, who was drawn, and how many are in (see `Entrants.total`)."""

    giveaway: Giveaway
    events: tuple[GiveawayEvent, ...]
    winners: tuple[Winner, ...]
    entrants: int


@dataclass(frozen=True)
class Entrants:
    """A page of those who are in, in order of their ids."""

    giveaway: Giveaway
    entries: Sequence[Entry]
    total: int
    """How many are in. Of more than `COUNTED`: how many were drawn from, or are said to be in by its message."""
    after: int | None
    """Above which user's id the next page begins; None: there is none."""


class GiveawayKnowing:
    """Reads giveaways. Who may see entrants is looked at by whoever calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self, guild_id: int, which: Shown, cursor: Cursor, *, by: int) -> Slice[Giveaway]:
        """A page of giveaways, the newest first. Drafts are their writers' alone."""
        mine = by if which is Shown.DRAFTS else None

        async def unit(session: ReadSession) -> Slice[Giveaway]:
            found = await giveaways.page(session, guild_id, which.statuses, cursor, limit=PAGE + 1, created_by=mine)
            return cut(found, cursor, PAGE, lambda one: one.number)

        return await self._database.query(unit)

    async def about(self, guild_id: int, number: int) -> About:
        """How a giveaway stands.

        Raises:
            GiveawayNotFound: the guild has none of that number, or it is a draft.
        """

        async def unit(session: ReadSession) -> About:
            giveaway = await _found(session, guild_id, number)
            return About(
                giveaway,
                tuple(await giveaways.events(session, guild_id, number)),
                tuple(await drawn.of(session, guild_id, number)),
                await _count(session, giveaway),
            )

        return await self._database.query(unit)

    async def entrants(self, guild_id: int, number: int, after: int) -> Entrants:
        """A page of those who are in, above a user's id.

        Raises:
            GiveawayNotFound: the guild has none of that number, or it is a draft.
        """

        async def unit(session: ReadSession) -> Entrants:
            giveaway = await _found(session, guild_id, number)
            found = await entries.page(session, guild_id, number, after=after, limit=PAGE + 1)
            total = await _count(session, giveaway)
            shown = found[:PAGE]
            return Entrants(giveaway, shown, total, shown[-1].user_id if len(found) > PAGE else None)

        return await self._database.query(unit)

    async def file(self, guild_id: int, number: int) -> bytes:
        """All who are in, as a table of commas: user, weight, and when they entered; packed if it is large."""
        table, after = Packing(), 0
        table.add("user_id,weight,entered_at\n")
        while True:
            some = await self._some(guild_id, number, after)
            await asyncio.to_thread(_put, table, some)
            if len(some) < _READ_AT_ONCE:
                return await asyncio.to_thread(table.end)
            after = some[-1].user_id

    async def _some(self, guild_id: int, number: int, after: int) -> list[Entry]:
        async def unit(session: ReadSession) -> list[Entry]:
            return await entries.page(session, guild_id, number, after=after, limit=_READ_AT_ONCE)

        return await self._database.query(unit)


async def _found(session: ReadSession, guild_id: int, number: int) -> Giveaway:
    giveaway = await giveaways.find(session, guild_id, number)
    if giveaway is None or giveaway.status is Status.DRAFT:
        raise GiveawayNotFound(f"#{number}")
    return giveaway


async def _count(session: ReadSession, giveaway: Giveaway) -> int:
    counted = await entries.count_up_to(session, giveaway.guild_id, giveaway.number, COUNTED)
    if counted < COUNTED:
        return counted
    return max(counted, giveaway.shown if giveaway.entrants is None else giveaway.entrants)


def _put(table: Packing, some: Sequence[Entry]) -> None:
    rows = (f"{one.user_id},{one.weight},{one.entered_at.astimezone(UTC).isoformat()}\n" for one in some)
    table.add("".join(rows))
