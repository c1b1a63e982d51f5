"""The list that a giveaway is drawn from, as the database has it."""

from __future__ import annotations

import asyncio
from array import array

from bot.db.engine import Database
from bot.db.repositories.giveaways import entries
from bot.db.sessions import ReadSession
from bot.domain.giveaway_draw import Entrants

READ_AT_ONCE = 5_000
"""Entries that are read in one go, so that nobody waits for a million."""


async def entrants_of(database: Database, guild_id: int, number: int) -> Entrants:
    """Everybody on the list of a giveaway that is weighed, in order of user id: it does not change any more."""
    user_ids, weights = array("Q"), array("I")
    while True:
        some = await _some(database, guild_id, number, after=user_ids[-1] if user_ids else 0)
        user_ids.extend(user_id for user_id, _ in some)
        weights.extend(weight for _, weight in some)
        if len(some) < READ_AT_ONCE:
            return await asyncio.to_thread(Entrants, user_ids, weights)


async def _some(database: Database, guild_id: int, number: int, after: int) -> list[tuple[int, int]]:
    async def unit(session: ReadSession) -> list[tuple[int, int]]:
        return await entries.weights(session, guild_id, number, after=after, limit=READ_AT_ONCE)

    return await database.query(unit)
