"""Keeps what members own and earned in step with the ledger, a little after it and in small transactions.

Nothing is added to a row: who may have moved since the last look is worked out anew, whole. So it does not matter how
often something is looked at, whether a crash comes in between, or whether two processes do it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import wealth as rows
from bot.db.repositories.economy import wealth_marks as marks
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.general import GeneralSettings
from bot.domain.guilds import ShardRange
from bot.domain.leaderboard import Period, begins
from bot.domain.wealth import FRESH_FOR, LEASE, OVERLAP, Mark, repriced
from bot.ids import IdMaker, first_at
from bot.services.guild_settings import GuildSettingsService
from bot.services.wealth import Things

BATCH = 500
"""Members in one transaction."""

PAGE = 5_000
"""Movements read at once."""


class _LeaseLostError(Exception):
    """Another process goes on with the guild."""


def _always() -> bool:
    return True


@dataclass(frozen=True)
class _Look:
    """One look at a guild: by which lease, when it began, and by what its rows are worked out."""

    token: int
    now: datetime
    week_of: datetime
    prices: dict[str, int]


class WealthKeeping:
    """Brings guilds' rows up to date. Called again and again by one job of each process, for its shards."""

    def __init__(
        self, database: Database, clock: Clock, ids: IdMaker, settings: GuildSettingsService, things: Things
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._things = things

    async def behind(self, shards: ShardRange) -> Sequence[int]:
        """The guilds with something new, and after them those whose rows are still to be made."""
        now = self._clock.now()
        return await self._database.query(
            lambda session: marks.behind(session, shards, now=now, now_edge=first_at(now - OVERLAP))
        )

    async def keep(
        self, guild_id: int, *, fills: Callable[[], bool] = _always, goes_on: Callable[[], bool] = _always
    ) -> bool:
        """Bring a guild up to date; False if it is not yet.

        Asked between two batches: `fills`, whether to go on making rows for the first time, and `goes_on`, whether to
        go on at all. What was done until then stays done. Where all rows are right and the mark is fresh, nothing is
        written.
        """
        mark, look = await self._database.query(lambda session: self._prepare(session, guild_id))
        try:
            if mark.filled_to is not None:
                if not await self._begin(mark, look):
                    return False
                return await self._fill(mark, look, lambda: fills() and goes_on())
            return await self._catch_up(mark, look, goes_on)
        except _LeaseLostError:
            return False

    async def _prepare(self, session: ReadSession, guild_id: int) -> tuple[Mark, _Look]:
        now = self._clock.now()
        zone = (await self._settings.within(session, guild_id, GeneralSettings)).zone
        prices = await self._things.prices(session, guild_id)
        look = _Look(self._ids.new(), now, begins(Period.WEEK, now, zone) or now, prices)
        mark = await marks.get(session, guild_id)
        return mark or Mark(guild_id, now, 0, look.week_of, prices), look

    async def _begin(self, mark: Mark, look: _Look) -> bool:
        """Take a guild that has no mark yet, or not all of its rows; False if another process is at it."""

        async def unit(session: WriteSession) -> bool:
            await marks.begin(session, mark, _edge(mark.marked_at))
            return await marks.claim(session, mark.guild_id, now=look.now, token=look.token)

        return await self._database.transact(unit, idempotent=True)

    # For the first time --------------------------------------------------------------------------------------

    async def _fill(self, mark: Mark, look: _Look, goes_on: Callable[[], bool]) -> bool:
        """Make rows by what the mark says; what happened since it was set is caught up with later."""
        done = mark.filled_to or 0
        while goes_on():
            above = done
            people = await self._database.query(
                lambda session, above=above: rows.people_above(session, mark.guild_id, above, BATCH)
            )
            if not people:
                await self._end(mark.guild_id, look, {"filled_to": None})
                return True
            done = people[-1]
            await self._write(look.token, people, mark, {"filled_to": done})
        await self._end(mark.guild_id, look, {})
        return False

    # Afterwards ----------------------------------------------------------------------------------------------

    async def _catch_up(self, mark: Mark, look: _Look, goes_on: Callable[[], bool]) -> bool:
        guild_id, wrote = mark.guild_id, False
        now_is = Mark(guild_id, look.now, None, look.week_of, look.prices)
        for people in _batches(sorted(await self._database.query(lambda session: _concerned(session, mark, now_is)))):
            if not goes_on():
                if wrote:
                    await self._end(guild_id, look, {})
                return False
            differing = await self._database.query(lambda session, people=people: _differing(session, now_is, people))
            if differing:
                await self._write(look.token, differing, now_is, {}, claims=not wrote)
                wrote = True
        if not wrote and _still_holds(mark, now_is):
            return True
        changed = {"prices": look.prices} if look.prices != mark.prices else {}
        values = {"marked_at": look.now, "edge": _edge(look.now), "week_of": look.week_of, **changed}
        return await self._end(guild_id, look, values, claims=not wrote)

    async def _write(
        self, token: int, people: Sequence[int], by: Mark, values: dict[str, Any], *, claims: bool = False
    ) -> None:
        """Work out and write these members, and how far it has come, in one transaction; the first one `claims`."""
        guild_id = by.guild_id

        async def unit(session: WriteSession) -> None:
            now = self._clock.now()
            if claims and not await marks.claim(session, guild_id, now=now, token=token):
                raise _LeaseLostError
            if not await marks.change(session, guild_id, token, {**values, "lease_until": now + LEASE}):
                raise _LeaseLostError
            await rows.pin(session, guild_id, people)
            found = await rows.reckon(session, guild_id, people, by.prices, by.week_of)
            await rows.put(session, guild_id, found, people, by.week_of)

        await self._database.transact(unit, idempotent=True)

    async def _end(self, guild_id: int, look: _Look, values: dict[str, Any], *, claims: bool = False) -> bool:
        """Give the lease back, and say what holds now; False if another has it. Without one so far it `claims` it."""
        free = {**values, "lease_until": None}

        async def unit(session: WriteSession) -> bool:
            if claims and not await marks.claim(session, guild_id, now=self._clock.now(), token=look.token):
                return False
            return await marks.change(session, guild_id, look.token, free)

        return await self._database.transact(unit, idempotent=True)


def _still_holds(mark: Mark, now_is: Mark) -> bool:
    """Whether a mark whose rows are all right need not be moved yet: boards tell people of which moment it is."""
    is_fresh = timedelta() <= now_is.marked_at - mark.marked_at <= FRESH_FOR / 2
    return is_fresh and (mark.week_of, mark.prices) == (now_is.week_of, now_is.prices)


def _edge(moment: datetime) -> int:
    return first_at(moment - OVERLAP)


async def _concerned(session: ReadSession, before: Mark, now_is: Mark) -> set[int]:
    """Whose row may be another since the mark."""
    # A clock that was set back makes ids again that were passed.
    edge = _edge(min(before.marked_at, now_is.marked_at))
    if now_is.week_of != before.week_of:
        edge = min(edge, first_at(now_is.week_of))
    people = await rows.moved_since(session, before.guild_id, edge, PAGE)
    for item_id in repriced(before.prices, now_is.prices):
        people |= await rows.owners_of(session, before.guild_id, item_id, PAGE)
    return people


async def _differing(session: ReadSession, now_is: Mark, people: Sequence[int]) -> list[int]:
    """Those of them whose rows are not what is worked out: so most of what is looked at twice is not written twice."""
    guild_id = now_is.guild_id
    found = await rows.reckon(session, guild_id, people, now_is.prices, now_is.week_of)
    kept = await rows.kept(session, guild_id, people, now_is.week_of)
    return [one for one in people if found.get(one) != kept.get(one)]


def _batches(people: Sequence[int]) -> Iterator[Sequence[int]]:
    return (people[start : start + BATCH] for start in range(0, len(people), BATCH))
