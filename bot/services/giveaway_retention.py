"""Giveaways are forgotten: half a year after they ended, for until then anybody can draw them again; drafts sooner."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.giveaways import erasing as rows
from bot.domain.giveaway_rules import LONGEST_MEMORY
from bot.domain.giveaways import DRAFT_DAYS, Status

AT_ONCE = 20
MOST = 2_000
"""Giveaways that are forgotten in a round; the others are seen to in the next."""

ENTRIES_AT_ONCE = 5_000


class GiveawayRetention:
    """Forgets what is old, a little at a time, so that nobody waits for it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def prune(self) -> int:
        """Forget giveaways that are old enough, up to `MOST`; how many."""
        now, forgotten = self._clock.now(), await self._drafts()
        over = now - timedelta(days=LONGEST_MEMORY)
        while forgotten < MOST:
            old = await self._database.query(lambda session: rows.old(session, over_before=over, limit=AT_ONCE))
            for key in old:
                await self._forget(key)
            forgotten += len(old)
            if len(old) < AT_ONCE:
                break
        return forgotten

    async def _drafts(self) -> int:
        """Nobody has entered one, so each goes at once; unless it was published this moment."""
        written = self._clock.now() - timedelta(days=DRAFT_DAYS)
        old = await self._database.query(lambda session: rows.old_drafts(session, written_before=written, limit=MOST))
        gone = [
            await self._database.transact(
                lambda session, key=key: rows.forget(session, key, (Status.DRAFT,)), idempotent=True
            )
            for key in old
        ]
        return sum(gone)

    async def _forget(self, key: rows.Key) -> None:
        """Entries first, some thousands in a transaction; the giveaway last, so that a crash leaves it to be found.

        Until it is gone it counts as cancelled: nobody is to draw again from what is left of its list.
        """
        await self._database.transact(lambda session: rows.give_up(session, key), idempotent=True)
        while await self._database.transact(
            lambda session: rows.forget_entries(session, key, ENTRIES_AT_ONCE), idempotent=True
        ):
            pass
        await self._database.transact(lambda session: rows.forget(session, key, (Status.CANCELLED,)), idempotent=True)
