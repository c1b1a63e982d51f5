"""Keeps what came and went by the hour in step with the ledger, hours after they have ended and in small transactions.

Nothing is added to an hour that is kept: it is added up anew, whole, and written if the mark is still the one that was
read. So it does not matter where a crash comes in between, or whether two processes do it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import flow_hours as rows
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.flow_hours import KEPT_FOR, LONGEST, Edges, FlowMark, start
from bot.domain.guilds import ShardRange
from bot.domain.wealth import OVERLAP
from bot.ids import hour_at

BATCH = 20_000
"""Movements that are added up at once, or those of an hour if it has more."""


def edges_at(now: datetime) -> Edges:
    """The hours that matter now."""
    return Edges(settled=hour_at(now - OVERLAP), needed=hour_at(now - LONGEST), oldest=hour_at(now - KEPT_FOR))


def _always() -> bool:
    return True


@dataclass(frozen=True)
class _Step:
    """Hours that were added up, and what the mark was and becomes."""

    first: int
    found: rows.ByHour
    before: FlowMark | None
    after: FlowMark


class FlowKeeping:
    """Brings guilds' hours up to date. Called again and again by one job of each process, for its shards."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def behind(self, shards: ShardRange) -> Sequence[int]:
        """The guilds with hours that ended and are not kept, those first that lack least."""
        edges = edges_at(self._clock.now())
        return await self._database.query(lambda session: rows.behind(session, shards, edges))

    async def keep(
        self, guild_id: int, *, fills: Callable[[], bool] = _always, goes_on: Callable[[], bool] = _always
    ) -> bool:
        """Bring a guild up to date; False if it is not yet.

        Asked between two batches: `fills`, whether to make up for more than one, and `goes_on`, whether to go on at
        all. What was done until then stays done. Where every hour with movements is kept, nothing is written.
        """
        while goes_on():
            step = await self._database.query(lambda session: self._add_up(session, guild_id))
            if step is None:
                return True
            if not await self._write(guild_id, step):
                return False  # another process is at it
            if not fills():
                break
        return False

    async def _add_up(self, session: ReadSession, guild_id: int) -> _Step | None:
        edges = edges_at(self._clock.now())
        before = await rows.mark_of(session, guild_id)
        begin, end = start(before, edges), edges.settled
        there = begin.mark.kept_to
        is_new = await rows.one_after(session, guild_id, there, end, 0) is not None
        if not is_new and (before is None or before == begin.mark):
            return None
        next_one = await rows.one_after(session, guild_id, there, end, BATCH)
        last = end if next_one is None else max(next_one, there + 1)
        found = await rows.added_up(session, guild_id, begin.first, last)
        after = FlowMark(max(begin.mark.kept_from, edges.oldest), last)
        return _Step(begin.first, found, before, after)

    async def _write(self, guild_id: int, step: _Step) -> bool:
        async def unit(session: WriteSession) -> bool:
            if not await rows.move_mark(session, guild_id, step.before, step.after):
                return False
            await rows.put(session, guild_id, step.first, step.after.kept_to, step.found)
            await rows.forget(session, guild_id, step.after.kept_from)
            return True

        return await self._database.transact(unit, idempotent=True)
