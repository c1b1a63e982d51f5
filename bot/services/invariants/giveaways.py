"""What must be true of giveaways."""

from __future__ import annotations

import asyncio

from bot.db.repositories.giveaways import checks, entries, giveaways
from bot.db.repositories.giveaways import winners as drawn
from bot.db.sessions import ReadSession
from bot.domain.giveaway_draw import Entrants
from bot.domain.giveaway_proof import misfits
from bot.services.giveaway_proofs import proof_of
from bot.services.verify import MOST, Check, some

DRAWN_AGAIN = 50
"""Giveaways of a server that are drawn again, the newest; `/giveaway verify` does so with any."""

MOST_ENTRANTS = 5_000
"""Of a giveaway that is drawn again here."""


async def _numbers(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"giveaway {one}" for one in await checks.beyond_counter(session, guild_id, MOST + 1))


async def _orphans(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"{table} of giveaway {one}" for table, one in await checks.orphans(session, guild_id, MOST + 1))


async def _winners(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"giveaway {one}" for one in await checks.overfull(session, guild_id, MOST + 1))


async def _coins(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"giveaway {one}" for one in await checks.unpaid(session, guild_id, MOST + 1))


async def _lists(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"giveaway {one}" for one in await checks.miscounted(session, guild_id, MOST + 1))


async def _draws(session: ReadSession, guild_id: int) -> list[str]:
    """The newest are drawn again. What is told says what does not fit, and nothing of the seed."""
    found: list[str] = []
    for number in await checks.drawn(session, guild_id, entrants=MOST_ENTRANTS, limit=DRAWN_AGAIN):
        giveaway = await giveaways.find(session, guild_id, number)
        if giveaway is None:  # forgotten this moment
            continue
        listed = await entries.weights(session, guild_id, number, after=0, limit=MOST_ENTRANTS + 1)
        winners = await drawn.of(session, guild_id, number)
        wrong = await asyncio.to_thread(misfits, proof_of(giveaway, winners, Entrants.of(listed)))
        if wrong:
            found.append(f"giveaway {number}: {', '.join(wrong)}")
    return some(found)


INVARIANTS: tuple[Check, ...] = (
    Check("no giveaway has a number that was not given", _numbers),
    Check("whatever is about a giveaway is about one that there is", _orphans),
    Check("no giveaway has more winners than it promised, and nobody was looked at out of turn", _winners),
    Check("coins that were won are in the ledger", _coins),
    Check("every giveaway was drawn from those who had entered", _lists),
    Check("the winners of a giveaway follow from its seed and its list", _draws),
)
"""The promises about giveaways."""
