"""The proof of a draw, put together from the rows that decided it, and looked at once more."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.db.engine import Database
from bot.db.repositories.giveaways import giveaways
from bot.db.repositories.giveaways import winners as drawn
from bot.db.sessions import ReadSession
from bot.domain.giveaway_draw import Entrants
from bot.domain.giveaway_proof import Check, GiveawayProof, Misfit, Outcome, misfits
from bot.domain.giveaways import Giveaway, Passed, Status, Winner, WinnerState
from bot.errors import GiveawayNotDrawn, GiveawayNotFound
from bot.services.giveaway_list import entrants_of
from bot.services.packing import MOST_PLAIN, Packing, named

_OUTCOMES = {
    WinnerState.WON: Outcome.WON,
    WinnerState.CLAIMED: Outcome.WON,
    WinnerState.EXPIRED: Outcome.UNCLAIMED,
    WinnerState.REROLLED: Outcome.REROLLED,
}
_PASSED = {Passed.LEFT: Outcome.LEFT, Passed.UNKNOWN: Outcome.UNKNOWN}


@dataclass(frozen=True)
class Proven:
    """A draw as it went, and what of it does not follow from its seed and its list: nothing, if it is right."""

    giveaway: Giveaway
    proof: GiveawayProof
    misfits: tuple[Misfit, ...]
    file: bytes = field(repr=False)
    """The proof as a file, packed if it is large: one of a million entrants has 29 MB, and 11 MB packed."""

    @property
    def name(self) -> str:
        """What the file is called."""
        return named("proof.json", self.file)


@dataclass(frozen=True)
class _Known:
    """A giveaway that is drawn, and everybody who was looked at, as they were at one moment."""

    giveaway: Giveaway
    winners: tuple[Winner, ...]


class GiveawayProofs:
    """Proves draws. Reads only.

    One at a time, for a large one takes seconds and some dozens of megabytes. Many who ask for the same one at once,
    such as all who have just lost, get the same proof; when nobody waits any more it is thrown away.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._last: tuple[_Known, Proven] | None = None

    async def prove(self, guild_id: int, number: int) -> Proven:
        """The proof of a giveaway that is drawn, recomputed in a thread.

        Raises:
            GiveawayNotFound: the guild has none of that number.
            GiveawayNotDrawn: its winners are not found yet, or are being found anew.
        """
        self._waiting += 1
        try:
            known = await self._known(guild_id, number)
            async with self._turn:
                if self._last is None or self._last[0] != known:
                    self._last = None  # so that two large ones are never held at once
                    self._last = known, await self._proven(known)
                return self._last[1]
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._last = None

    async def _known(self, guild_id: int, number: int) -> _Known:
        async def unit(session: ReadSession) -> _Known:
            giveaway = await giveaways.find(session, guild_id, number)
            if giveaway is None or giveaway.status is Status.DRAFT:
                raise GiveawayNotFound(f"#{number}")
            if giveaway.status is not Status.ENDED or giveaway.vacant:
                raise GiveawayNotDrawn(giveaway.marker)
            return _Known(giveaway, tuple(await drawn.of(session, guild_id, number)))

        return await self._database.query(unit)

    async def _proven(self, known: _Known) -> Proven:
        giveaway = known.giveaway
        entrants = await entrants_of(self._database, giveaway.guild_id, giveaway.number)
        if len(entrants) != giveaway.entrants:  # its half year may be over this minute
            await self._known(giveaway.guild_id, giveaway.number)
        proof = proof_of(giveaway, known.winners, entrants)
        return await asyncio.to_thread(_looked_at, giveaway, proof)


def proof_of(giveaway: Giveaway, winners: Sequence[Winner], entrants: Entrants) -> GiveawayProof:
    """The proof of a giveaway that has ended: its row, everybody who was looked at in order of place, and its list."""
    drawn_at, ended_at, list_hash = giveaway.drawn_at, giveaway.ended_at, giveaway.list_hash
    if drawn_at is None or ended_at is None or list_hash is None:
        raise GiveawayNotDrawn(giveaway.marker)
    return GiveawayProof(
        guild_id=giveaway.guild_id, number=giveaway.number, prize=giveaway.prize, winners_asked=giveaway.winners,
        commitment=giveaway.commitment, seed=bytes.fromhex(giveaway.seed), list_hash=list_hash,
        ended_at=ended_at, drawn_at=drawn_at, checks=_checks(winners), places=array("Q", giveaway.places),
        entrants=entrants,
    )  # fmt: skip


def _checks(winners: Sequence[Winner]) -> tuple[Check, ...]:
    return tuple(
        Check(
            one.place,
            one.user_id,
            _OUTCOMES[one.state] if one.passed is None else _PASSED.get(one.passed, Outcome.NOT_ELIGIBLE),
            "" if one.passed is None else one.passed.value,
        )
        for one in winners
    )


def _looked_at(giveaway: Giveaway, proof: GiveawayProof) -> Proven:
    return Proven(giveaway, proof, misfits(proof), _file(proof))


def _file(proof: GiveawayProof) -> bytes:
    file = Packing(MOST_PLAIN)
    for chunk in proof.chunks():
        file.add(chunk)
    return file.end()
