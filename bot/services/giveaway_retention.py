"""Giveaways are forgotten: half a year after they ended, for until then anybody can draw them again; drafts sooner."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.giveaways import erasing as rows
from bot.domain.giveaway_rules import LONGEST_MEMORY
from bot.domain.giveaways import DRAFT_DAYS

_AT_ONCE = 20
_ENTRIES_AT_ONCE = 5_000


class GiveawayRetention:
    """Forgets what is old, a little at a time, so that nobody waits for it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def prune(self) -> int:
        """Forget giveaways that are old enough; how many. What is left over is seen to the next time."""
        now = self._clock.now()
        ended, written = now - timedelta(days=LONGEST_MEMORY), now - timedelta(days=DRAFT_DAYS)
        old = await self._database.query(
            lambda session: rows.old(session, ended_before=ended, written_before=written, limit=_AT_ONCE)
        )
        for key in old:
            await self._forget(key)
        return len(old)

    async def _forget(self, key: rows.Key) -> None:
        """Entries first, some thousands in a transaction; the giveaway last, so that a crash leaves it to be found."""
        while await self._database.transact(
            lambda session: rows.forget_entries(session, key, _ENTRIES_AT_ONCE), idempotent=True
        ):
            pass
        await self._database.transact(lambda session: rows.forget(session, key), idempotent=True)
