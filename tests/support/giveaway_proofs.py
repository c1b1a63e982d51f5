"""Proofs of giveaways, drawn by the bot."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain.giveaway_draw import DrawRequest, Entrants, draw
from bot.domain.giveaway_proof import Check, GiveawayProof, Outcome

GUILD = 613425648685547541


def proof_of(
    entrants: int, *, asked: int = 1, outcomes: Sequence[Outcome] | None = None, stored: int = 20, heaviest: int = 9
) -> GiveawayProof:
    """A proof that fits; where no `outcomes` are given the first candidates win."""
    chance = random.Random(entrants)
    ids = sorted(chance.sample(range(10**17, 10**18), entrants))
    listed = Entrants.of((user_id, chance.randint(1, heaviest)) for user_id in ids)
    seed = chance.randbytes(32)
    drawn = draw(DrawRequest(GUILD, 7, seed, listed, entrants))
    came = (Outcome.WON,) * min(asked, entrants) if outcomes is None else outcomes
    return GiveawayProof(
        guild_id=GUILD, number=7, prize="A key", winners_asked=asked,
        commitment=drawn.commitment, seed=seed, list_hash=drawn.list_hash,
        ended_at=datetime(2026, 3, 2, 12, tzinfo=UTC), drawn_at=datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC),
        checks=tuple(
            Check(place, user_id, outcome)
            for place, (user_id, outcome) in enumerate(zip(drawn.places, came, strict=False), 1)
        ),
        places=drawn.places[:stored], entrants=listed,
    )  # fmt: skip
