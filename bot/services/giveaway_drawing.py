"""Ending giveaways: locked, weighed, drawn, and looked at until the winners are full; each written down, then the next.

Whoever calls these holds the giveaway's claim. Each step answers with the giveaway as it is then, or with None where
the claim was lost meanwhile, and then nothing is written. Everything that decides who wins is stored, with the seed,
before anything is announced; winners, their prizes and what is said of them are one transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.giveaways import entries, giveaways, winners
from bot.db.sessions import WriteSession
from bot.domain.giveaway_draw import Draw, Entrants
from bot.domain.giveaway_rules import Person, Record, meets
from bot.domain.giveaways import (
    SHORTEST,
    SPARE_PLACES,
    Claimed,
    Delivery,
    EventKind,
    Giveaway,
    Passed,
    Status,
    Winner,
    WinnerState,
)
from bot.services.giveaway_file import GiveawayFile
from bot.services.giveaway_list import entrants_of
from bot.services.giveaway_prizes import GiveawayPrizes
from bot.services.giveaway_records import GiveawayRecords

WEIGHED_AT_ONCE = 2_000
"""Entries whose weights are fixed in one transaction."""


Step = Callable[[WriteSession, Giveaway], Awaitable[Giveaway]]
"""Something done to a locked giveaway, inside a transaction; the giveaway as it is then."""


@dataclass(frozen=True)
class Candidate:
    """Somebody who was drawn, at `place` (from 1), as Discord knows them now; without a `person` it says why."""

    place: int
    user_id: int
    person: Person | None
    passed: Passed | None = None


class GiveawayDrawing:
    """The steps from the end of a giveaway to its winners."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        file: GiveawayFile,
        records: GiveawayRecords,
        prizes: GiveawayPrizes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._records = records
        self._prizes = prizes

    # Start and end --------------------------------------------------------------------------------------

    async def start(self, claimed: Claimed) -> Giveaway | None:
        """Open a giveaway whose time has come."""

        async def step(session: WriteSession, giveaway: Giveaway) -> Giveaway:
            if giveaway.status is not Status.SCHEDULED:
                return giveaway
            return await self.open(session, giveaway, by=None)

        return await self._held(claimed, step)

    async def _held(self, claimed: Claimed, step: Step) -> Giveaway | None:
        """Do a step of a claimed giveaway in a transaction of its own."""

        async def unit(session: WriteSession) -> Giveaway | None:
            giveaway = await giveaways.lock_claim(session, claimed)
            return None if giveaway is None else await step(session, giveaway)

        return await self._database.transact(unit)

    async def open(self, session: WriteSession, giveaway: Giveaway, *, by: int | None) -> Giveaway:
        """Open a locked giveaway now, inside the caller's transaction.

        One whose time has passed already, since nobody was there to open it, runs as long as it was to run.
        """
        now = self._clock.now()
        starts = giveaway.starts_at or now
        ends = giveaway.ends_at if giveaway.lasts is None else max(starts, now) + timedelta(seconds=giveaway.lasts)
        if ends - now < SHORTEST:
            ends = now + max(ends - starts, SHORTEST)
        event = (EventKind.STARTED, {"ends_at": ends.isoformat()})
        values: dict[str, Any] = {"status": Status.RUNNING, "starts_at": starts, "ends_at": ends}
        return await self._file.change(session, giveaway, event, by=by, **values)

    async def end(self, claimed: Claimed) -> Giveaway | None:
        """Lock a giveaway whose time has come: nobody enters or leaves any more."""

        async def step(session: WriteSession, giveaway: Giveaway) -> Giveaway:
            if giveaway.status is not Status.RUNNING or giveaway.ends_at > self._clock.now():
                return giveaway
            return await self.lock(session, giveaway, by=None)

        return await self._held(claimed, step)

    async def lock(self, session: WriteSession, giveaway: Giveaway, *, by: int | None) -> Giveaway:
        """Lock a giveaway, whose row is locked, inside the caller's transaction."""
        event: tuple[EventKind, Mapping[str, Any]] = (EventKind.ENDED, {})
        return await self._file.change(
            session, giveaway, event, by=by, status=Status.DRAWING, ended_at=self._clock.now(), closed_by=by
        )

    # Weights --------------------------------------------------------------------------------------------

    async def weigh(self, claimed: Claimed) -> Giveaway | None:
        """Fix what some more entries weigh, by what the database holds; the last time, how many are on the list."""
        return await self._held(claimed, self._weigh)

    async def _weigh(self, session: WriteSession, giveaway: Giveaway) -> Giveaway:
        if giveaway.status is not Status.DRAWING or giveaway.entrants is not None:
            return giveaway
        guild_id, number, begun = giveaway.guild_id, giveaway.number, giveaway.weighed_to > 0
        # Without bonuses everybody weighs 1, but for entries from before the bonuses were taken away.
        if not giveaway.bonuses.of and not begun and await entries.is_even(session, guild_id, number):
            some = []
        else:
            some = await entries.page(session, guild_id, number, after=giveaway.weighed_to, limit=WEIGHED_AT_ONCE)
        if not some:
            return await self._file.note(session, giveaway, entrants=await entries.on_list(session, guild_id, number))
        levels = await self._records.levels(session, giveaway, [one.user_id for one in some])
        await entries.set_weights(session, guild_id, number, {
            one.user_id: weight for one in some
            if (weight := giveaway.bonuses.weight(
                frozenset(one.role_ids), levels.get(one.user_id, 0), boosts=one.boosts
            )) != one.weight
        })  # fmt: skip
        return await self._file.note(session, giveaway, weighed_to=some[-1].user_id)

    # The draw -------------------------------------------------------------------------------------------

    async def entrants(self, giveaway: Giveaway) -> Entrants:
        """The list of a giveaway that is weighed, in order of user id. It does not change any more."""
        return await entrants_of(self._database, giveaway.guild_id, giveaway.number)

    async def drawn(self, claimed: Claimed, draw: Draw, entrants: int) -> Giveaway | None:
        """Store what was drawn. The first draw of a giveaway counts, and there is no second."""

        async def step(session: WriteSession, giveaway: Giveaway) -> Giveaway:
            if giveaway.status is not Status.DRAWING or giveaway.list_hash is not None:
                return giveaway
            event = (EventKind.DRAWN, {"entrants": entrants, "list_hash": draw.list_hash})
            return await self._file.change(
                session, giveaway, event, by=None, quiet=True,
                entrants=entrants, list_hash=draw.list_hash, places=tuple(islice(draw.places, most_stored(giveaway))),
                drawn_at=self._clock.now(), vacant=giveaway.winners,
            )  # fmt: skip

        return await self._held(claimed, step)

    async def further(self, claimed: Claimed, places: Sequence[int]) -> Giveaway | None:
        """Store more places of the same order."""

        async def step(session: WriteSession, giveaway: Giveaway) -> Giveaway:
            if len(places) <= len(giveaway.places):
                return giveaway
            return await self._file.note(session, giveaway, places=tuple(places))

        return await self._held(claimed, step)

    # Winners --------------------------------------------------------------------------------------------

    async def looked(self, claimed: Claimed, candidates: Sequence[Candidate]) -> Giveaway | None:
        """Write what becomes of the next places of the order, which were looked at on Discord.

        Who still meets the rules wins, until the winners are full. When they are, or when nobody is left, everything
        that follows is written with it: prizes, letters, what is announced.
        """

        async def step(session: WriteSession, giveaway: Giveaway) -> Giveaway:
            if giveaway.vacant == 0:
                return giveaway
            mine = [one for one in candidates if one.place > giveaway.looked][: giveaway.vacant]
            known = await self._records.of(session, giveaway, [one.user_id for one in mine])
            seen = [self._judged(giveaway, one, known) for one in mine]
            await winners.add(session, seen)
            won = sum(1 for one in seen if one.state.holds)
            looked = max((one.place for one in mine), default=giveaway.looked)
            giveaway = replace(giveaway, looked=looked, vacant=giveaway.vacant - won)
            if giveaway.vacant == 0 or looked >= (giveaway.entrants or 0):
                return await self._full(session, giveaway)
            return await self._file.note(session, giveaway)

        return await self._held(claimed, step)

    def _judged(self, giveaway: Giveaway, one: Candidate, known: Mapping[int, Record]) -> Winner:
        now = self._clock.now()
        passed = one.passed if one.person is None else _unfit(giveaway, one.person, known[one.user_id], now)
        state = WinnerState.PASSED if passed else WinnerState.WON
        waits = Delivery.NONE if passed or giveaway.given.is_nothing else Delivery.WAITING
        return Winner(
            giveaway.guild_id, giveaway.number, one.place, one.user_id, state,
            passed=passed, at=now, delivery=waits,
        )  # fmt: skip

    async def _full(self, session: WriteSession, giveaway: Giveaway) -> Giveaway:
        """Everything is decided: hand out what is not to be claimed, and let it be told."""
        everybody = await winners.of(session, giveaway.guild_id, giveaway.number)
        new = await self._prizes.settle(session, giveaway, everybody)
        events: list[tuple[EventKind, Mapping[str, Any]]] = []
        if new:
            events.append((EventKind.WON, {"user_ids": [str(one.user_id) for one in new]}))
        if giveaway.vacant:
            events.append((EventKind.SHORT, {"missing": giveaway.vacant}))
        claims_end = await winners.next_claim(session, giveaway.guild_id, giveaway.number)
        return await self._file.change(
            session, giveaway, *events, by=None, status=Status.ENDED, vacant=0, claims_end=claims_end
        )


def most_stored(giveaway: Giveaway) -> int:
    """How many places of the order are stored at first."""
    return giveaway.winners + SPARE_PLACES


def _unfit(giveaway: Giveaway, person: Person, record: Record, now: Any) -> Passed | None:
    """Why somebody who was drawn can't win; None: they can."""
    if person.is_bot:
        return Passed.BOT
    if person.user_id == giveaway.host_id and not giveaway.host_enters:
        return Passed.HOST
    if giveaway.bonuses.weight(person.role_ids, record.level, boosts=person.boosts) == 0:
        return Passed.EXCLUDED
    return None if meets(giveaway.rules.tree, person, record, now) else Passed.RULES
