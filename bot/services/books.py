"""The books of a server's economy: whether they add up, and what they tell. Reads only, so it is in nobody's way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar, cast

import structlog

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import flow_hours, wealth_marks
from bot.db.repositories.economy import report as rows
from bot.db.sessions import ReadSession
from bot.domain.economy import Pocket
from bot.domain.features import Feature
from bot.domain.flow_hours import Sums, pieces, together, told
from bot.domain.report import FLOW_DAYS, Flows, Spread
from bot.domain.wealth import FRESH_FOR, OVERLAP
from bot.errors import DatabaseAway
from bot.ids import ENDLESS, HOUR, first_at
from bot.services.flow_keeping import edges_at
from bot.services.guild_settings import GuildSettingsService
from bot.services.verify import Check
from bot.words import Phrase

_log = structlog.stdlib.get_logger(__name__)

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


class Verdict(StrEnum):
    """What came of looking whether a promise is kept."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    """It took too long, or the database was away."""


@dataclass(frozen=True)
class Examined:
    """A promise that was looked at, and where it is broken."""

    promise: str
    verdict: Verdict
    findings: tuple[str | Phrase, ...] = ()


@dataclass(frozen=True)
class Report:
    """What an economy is like."""

    at: datetime
    pockets: Mapping[Pocket, int]
    """Coins in all wallets and in all banks, with those of members who were erased: they are still in the books."""
    accounts: int
    """Wallets and banks that members have."""
    spread: Spread
    spread_at: datetime
    """Of when that is: of `at`, or of up to `FRESH_FOR` before."""
    flows: tuple[Flows, ...]
    """What came and went, over each of `FLOW_DAYS`."""

    @property
    def supply(self) -> int:
        """All coins that members hold."""
        return sum(self.pockets.values())


class BooksService:
    """Looks through a guild's books. `promises` are what must hold for them."""

    def __init__(
        self, database: Database, clock: Clock, settings: GuildSettingsService, promises: Sequence[Check]
    ) -> None:
        self.promises = promises
        self._database = database
        self._clock = clock
        self._settings = settings

    async def examine(self, guild_id: int, check: Check) -> Examined:
        """Look whether a promise is kept: one statement on a session that reads, for as long as the database lets it.

        Raises:
            FeatureOff: the guild has no economy.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        try:
            async with self._database.read() as session:  # not again if it takes too long
                found = await check.find(session, guild_id)
        except DatabaseAway as error:
            _log.warning("a promise could not be looked at", guild=guild_id, promise=check.promise, error=repr(error))
            return Examined(check.promise, Verdict.UNKNOWN)
        return Examined(check.promise, Verdict.BROKEN if found else Verdict.KEPT, tuple(found))

    async def report(self, guild_id: int) -> Report:
        """What the economy is like now. A few statements, so coins that move meanwhile may be counted in one alone.

        How they are spread may be as it was up to `FRESH_FOR` ago; the report says of when it is.

        Raises:
            FeatureOff: the guild has no economy.
            DatabaseAway: it took longer than a statement may.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        now = self._clock.now()
        # Beside each other, on connections of their own: none waits for another, and none can write.
        totals, (spread, spread_at), flows = await _all(
            self._database.query(lambda session: rows.totals(session, guild_id)),
            self._database.query(lambda session: self._spread(session, guild_id, now)),
            self._database.query(lambda session: _flows(session, guild_id, now)),
        )
        return Report(
            at=now,
            pockets={pocket: coins for pocket, (_, coins) in totals.items()},
            accounts=sum(count for count, _ in totals.values()),
            spread=spread,
            spread_at=spread_at,
            flows=flows,
        )

    @staticmethod
    async def _spread(session: ReadSession, guild_id: int, now: datetime) -> tuple[Spread, datetime]:
        """How coins are spread, and of when that is.

        From the rows that are kept for leaderboards, where these are fresh: that is several times as fast.
        """
        mark = await wealth_marks.get(session, guild_id)
        if mark is None or mark.filled_to is not None:
            return await rows.spread(session, guild_id), now
        behind = await wealth_marks.is_behind(session, guild_id, now_edge=first_at(now - OVERLAP))
        if not behind:  # of now, however long ago it was counted
            return await rows.spread(session, guild_id, as_kept=True), now
        fresh = timedelta() <= now - mark.marked_at <= FRESH_FOR
        return await rows.spread(session, guild_id, as_kept=fresh), mark.marked_at if fresh else now


async def _flows(session: ReadSession, guild_id: int, now: datetime) -> tuple[Flows, ...]:
    """Of now, whatever is kept: what is not, is added up from the ledger."""
    mark = await flow_hours.mark_of(session, guild_id)
    flows: list[Flows] = []
    sums: Sums = {}
    until = ENDLESS
    for days in FLOW_DAYS:
        since = first_at(now - timedelta(days=days))
        found = pieces(mark, edges_at(now), (since, until), HOUR)
        parts = [await flow_hours.in_ledger(session, guild_id, *ids) for ids in found.ledger]
        if found.hours is not None:
            parts.append(await flow_hours.in_hours(session, guild_id, *found.hours))
        sums = together(sums, *parts)
        flows.append(Flows(days, told(sums)))
        until = since
    return tuple(flows)


async def _all(first: Awaitable[A], second: Awaitable[B], third: Awaitable[C]) -> tuple[A, B, C]:
    """All three results; if one fails, its error once the others have ended, too."""
    found = await asyncio.gather(first, second, third, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return cast("tuple[A, B, C]", tuple(found))
