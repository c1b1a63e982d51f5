"""The proof of a draw, put together from the rows that decided it, and looked at once more."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.giveaway_proof import Check, GiveawayProof, Misfit, Outcome, misfits
from bot.domain.giveaways import Giveaway, Passed, Status, Winner, WinnerState
from bot.errors import GiveawayNotDrawn
from bot.services.giveaway_claims import GiveawayClaims
from bot.services.giveaway_drawing import GiveawayDrawing

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


class GiveawayProofs:
    """Proves draws. Reads only."""

    def __init__(self, claims: GiveawayClaims, drawing: GiveawayDrawing) -> None:
        self._claims = claims
        self._drawing = drawing

    async def prove(self, guild_id: int, number: int) -> Proven:
        """The proof of a giveaway that is drawn, recomputed in a thread.

        Raises:
            GiveawayNotFound: the guild has none of that number.
            GiveawayNotDrawn: its winners are not found yet, or are being found anew.
        """
        giveaway, winners = await self._claims.winners(guild_id, number)
        drawn_at, ended_at, list_hash = giveaway.drawn_at, giveaway.ended_at, giveaway.list_hash
        done = giveaway.status is Status.ENDED and not giveaway.vacant
        if not done or drawn_at is None or ended_at is None or list_hash is None:
            raise GiveawayNotDrawn(giveaway.marker)
        proof = GiveawayProof(
            guild_id=guild_id, number=number, prize=giveaway.prize, winners_asked=giveaway.winners,
            commitment=giveaway.commitment, seed=bytes.fromhex(giveaway.seed), list_hash=list_hash,
            ended_at=ended_at, drawn_at=drawn_at, checks=_checks(winners), places=array("Q", giveaway.places),
            entrants=await self._drawing.entrants(giveaway),
        )  # fmt: skip
        return Proven(giveaway, proof, await asyncio.to_thread(misfits, proof))


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
