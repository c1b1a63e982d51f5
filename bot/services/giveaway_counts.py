"""How many are in, as the messages of giveaways say: not with each press, but soon after it."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.giveaways import entries, giveaways
from bot.db.sessions import WriteSession
from bot.domain.giveaways import Giveaway, Status
from bot.domain.guilds import ShardRange
from bot.domain.outbox import OLD_MESSAGE, written_at
from bot.errors import Unavailable
from bot.services.giveaway_message import GiveawayMessage

_log = structlog.stdlib.get_logger(__name__)

APART = timedelta(seconds=10)
OLD_APART = timedelta(minutes=1)
"""Between two counts on one message; on one older than an hour more, for Discord caps edits of those."""

AT_ONCE = 25
"""Messages that are counted anew in one look; the others are next."""


class GiveawayCounts:
    """Remembers which messages say an old number, and has them say the new one."""

    def __init__(self, database: Database, clock: Clock, message: GiveawayMessage) -> None:
        self._database = database
        self._clock = clock
        self._message = message
        self._changed: dict[tuple[int, int], None] = {}
        self._not_before: dict[tuple[int, int], datetime] = {}

    def changed(self, guild_id: int, number: int) -> None:
        """Note that the entrants of a giveaway are others now."""
        self._changed[guild_id, number] = None

    async def learn(self, shards: ShardRange) -> None:
        """Find the messages that say an old number, such as after a start."""
        self._changed |= dict.fromkeys(await self._database.query(lambda session: entries.miscounted(session, shards)))

    async def show(self) -> None:
        """Count anew what may be counted by now, what waits longest first. What fails is tried the next time."""
        now = self._clock.now()
        self._not_before = {key: then for key, then in self._not_before.items() if then > now}
        due = [key for key in self._changed if key not in self._not_before]
        for key in due[:AT_ONCE]:
            del self._changed[key]  # whoever presses from here on notes it again
            try:
                apart = await self._database.transact(lambda session, key=key: self._count(session, *key))
            except Unavailable:
                self.changed(*key)
                return
            except Exception:  # noqa: BLE001 — the others are counted all the same
                _log.exception("the entrants of a giveaway were not counted", guild=key[0], giveaway=key[1])
                apart = OLD_APART
            self._not_before[key] = now + apart

    async def _count(self, session: WriteSession, guild_id: int, number: int) -> timedelta:
        """Promise the edit, where it is one; how long to wait until the next."""
        giveaway = await giveaways.lock(session, guild_id, number)
        if giveaway is None or giveaway.status is not Status.RUNNING:
            return APART
        if giveaway.shown != await entries.count(session, guild_id, number):
            await self._message.count(session, giveaway)
        return self._apart(giveaway)

    def _apart(self, giveaway: Giveaway) -> timedelta:
        if giveaway.message_id is None:  # under way: when it has arrived it is seen whether it is out of date
            return APART
        return OLD_APART if self._clock.now() - written_at(giveaway.message_id) > OLD_MESSAGE else APART
