"""After the draw: prizes claimed, claims that ran out, and others drawn in somebody's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.giveaways import giveaways
from bot.db.repositories.giveaways import winners as rows
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.audit import GIVEAWAY, AuditRecord, AuditSource
from bot.domain.giveaways import (
    MAX_REASON,
    Claimed,
    Delivery,
    EventKind,
    Giveaway,
    Status,
    Winner,
    WinnerState,
)
from bot.errors import GiveawayNotDrawn, GiveawayNotFound, NobodyLeftToDraw, NoSuchWinner, NotAWinner, WhichWinner
from bot.services.audit import AuditService
from bot.services.giveaway_file import GiveawayFile
from bot.services.giveaway_prizes import GiveawayPrizes

REROLLED = "giveaway.reroll"
"""As the audit log has it."""


class GiveawayClaims:
    """What becomes of winners. Who may draw another is looked at by whoever calls."""

    def __init__(
        self, database: Database, clock: Clock, file: GiveawayFile, prizes: GiveawayPrizes, audit: AuditService
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._prizes = prizes
        self._audit = audit

    async def claim(self, guild_id: int, number: int, user_id: int) -> tuple[Giveaway, Winner]:
        """Make a prize theirs who won it; again, and nothing changes.

        Raises:
            GiveawayNotFound: the guild has none of that number.
            NotAWinner: they did not win, or their time is over.
        """

        async def unit(session: WriteSession) -> tuple[Giveaway, Winner]:
            giveaway = await self._file.locked(session, guild_id, number)
            mine = await rows.find(session, guild_id, number, user_id)
            if mine is None or not mine.state.holds or not mine.announced:
                raise NotAWinner
            if mine.state is WinnerState.CLAIMED:
                return giveaway, mine
            if mine.claim_until is not None and mine.claim_until <= self._clock.now():
                raise NotAWinner
            owned = await self._prizes.give(session, giveaway, mine)
            event = (EventKind.CLAIMED, {"user_id": str(user_id)})
            claims_end = await rows.next_claim(session, guild_id, number)
            return await self._file.change(session, giveaway, event, by=user_id, claims_end=claims_end), owned

        return await self._database.transact(unit, idempotent=True)

    async def expire(self, claimed: Claimed) -> Giveaway | None:
        """Take prizes from those who did not claim them in time; others are found in their place.

        The giveaway as it is then; None if the claim was lost meanwhile.
        """

        async def unit(session: WriteSession) -> Giveaway | None:
            giveaway = await giveaways.lock_claim(session, claimed)
            if giveaway is None or giveaway.status is not Status.ENDED:
                return giveaway
            late = await rows.due(session, giveaway.guild_id, giveaway.number, self._clock.now())
            if not late:  # claimed at the last moment
                claims_end = await rows.next_claim(session, giveaway.guild_id, giveaway.number)
                return await self._file.note(session, giveaway, claims_end=claims_end)
            for one in late:
                await rows.write(session, replace(one, state=WinnerState.EXPIRED, delivery=Delivery.NONE))
            return await self._vacate(
                session, giveaway, EventKind.EXPIRED, late=[str(one.user_id) for one in late], by=None, count=len(late)
            )

        return await self._database.transact(unit)

    async def reroll(
        self, guild_id: int, number: int, *, by: int, user_id: int | None, reason: str | None, via: AuditSource
    ) -> Giveaway:
        """Have another drawn in the place of a winner; of the only one, if nobody is named who is to go.

        What the winner was given stays theirs: it can be taken by hand.

        Raises:
            GiveawayNotFound: the guild has none of that number.
            GiveawayNotDrawn: it has no winners yet.
            NoSuchWinner: whoever is named is none, or nobody holds a prize.
            WhichWinner: there are several, and nobody is named.
            NobodyLeftToDraw: everybody who entered was looked at.
        """

        async def unit(session: WriteSession) -> Giveaway:
            giveaway = await self._file.locked(session, guild_id, number)
            if giveaway.status is not Status.ENDED:
                raise GiveawayNotDrawn(giveaway.marker)
            if giveaway.looked + giveaway.vacant >= (giveaway.entrants or 0):
                raise NobodyLeftToDraw(giveaway.marker)
            mine = await self._leaving(session, giveaway, user_id)
            kept = None if reason is None else reason[:MAX_REASON]
            gone = replace(
                mine, state=WinnerState.REROLLED, reason=kept,
                claim_until=None, delivery=mine.delivery if mine.delivery is Delivery.GIVEN else Delivery.NONE,
            )  # fmt: skip
            await rows.write(session, gone)
            named = [str(mine.user_id)]
            after = {"prize": giveaway.prize, "place": mine.place, "reason": kept}
            record = AuditRecord(
                REROLLED, by, via, GIVEAWAY, str(number), after=after, description=f"{giveaway.marker} {giveaway.prize}"
            )
            await self._audit.record(session, guild_id, record)
            return await self._vacate(session, giveaway, EventKind.REROLLED, late=named, by=by, count=1, reason=reason)

        return await self._database.transact(unit)

    async def _leaving(self, session: WriteSession, giveaway: Giveaway, user_id: int | None) -> Winner:
        """The winner who is to go: the one that is named, or the only one there is."""
        held = [one for one in await rows.of(session, giveaway.guild_id, giveaway.number) if one.state.holds]
        if user_id is None and len(held) > 1:
            raise WhichWinner
        named = [one for one in held if user_id in {None, one.user_id}]
        if not named:
            raise NoSuchWinner(giveaway.marker)
        return named[0]

    async def _vacate(
        self,
        session: WriteSession,
        giveaway: Giveaway,
        kind: EventKind,
        *,
        late: list[str],
        by: int | None,
        count: int,
        reason: str | None = None,
    ) -> Giveaway:
        details: Mapping[str, Any] = {"user_ids": late, **({} if reason is None else {"reason": reason[:MAX_REASON]})}
        claims_end = await rows.next_claim(session, giveaway.guild_id, giveaway.number)
        return await self._file.change(
            session, giveaway, (kind, details), by=by, vacant=giveaway.vacant + count, claims_end=claims_end
        )

    async def winners(self, guild_id: int, number: int) -> tuple[Giveaway, tuple[Winner, ...]]:
        """A giveaway, and everybody who was drawn, in order of place.

        Raises:
            GiveawayNotFound: the guild has none of that number.
        """

        async def unit(session: ReadSession) -> tuple[Giveaway, tuple[Winner, ...]]:
            found = await giveaways.find(session, guild_id, number)
            if found is None or found.status is Status.DRAFT:
                raise GiveawayNotFound(f"#{number}")
            return found, tuple(await rows.of(session, guild_id, number))

        return await self._database.query(unit)
