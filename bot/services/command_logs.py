"""The command log: what was used, gathered and written in batches; and its counts, which outlive it.

An answer never waits for its row. `kill -9` loses the rows of the last second, and nothing else.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import structlog

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import command_logs as rows
from bot.db.repositories.command_logs import DayCount, NewUse
from bot.db.sessions import WriteSession
from bot.domain.privacy import Erased
from bot.domain.uses import Use, nameless
from bot.errors import Unavailable
from bot.ids import IdMaker
from bot.services.preferences import uncounted

_log = structlog.stdlib.get_logger(__name__)

BATCH = 500
"""Rows in one transaction, so that no command waits long behind it."""

MOST_WAITING = 20_000
"""Rows kept while the database is away; the oldest are dropped then."""

_PRUNED_AT_ONCE = 1_000

_LONGEST_USE = timedelta(minutes=15)
"""No use that began longer ago is still to be noted: Discord takes no answer to it any more."""


class CommandLogService:
    """Writes, finds and forgets what was used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, uses: Sequence[NewUse]) -> None:
        """Write uses and count them. Writing the same again changes nothing.

        Of people who do not want to be named is written what was used, and not by whom, nor with what.
        """

        async def unit(session: WriteSession) -> None:
            hidden = await uncounted(session, {new.use.user_id for new in uses})
            kept = [replace(new, use=nameless(new.use)) if new.use.user_id in hidden else new for new in uses]
            await rows.add(session, kept)

        if uses:
            await self._database.transact(unit, idempotent=True)

    async def by_incident(self, incident_id: int) -> Use | None:
        """The use that ended in an incident."""
        return await self._database.query(lambda session: rows.by_incident(session, incident_id))

    async def latest(self, guild_id: int, limit: int = 50) -> list[Use]:
        """A guild's last uses, the newest first; 0 for direct messages."""
        return await self._database.query(lambda session: rows.latest(session, guild_id, limit))

    async def counts(self, guild_id: int, since: date) -> list[DayCount]:
        """How often a guild used what on each day (UTC) from `since` on."""
        return await self._database.query(lambda session: rows.counts(session, guild_id, since))

    async def prune(self, before: datetime) -> int:
        """Forget single uses before that time, and keep the counts; how many."""
        total = 0
        while True:
            gone = await self._database.transact(
                lambda session: rows.prune(session, before=before, limit=_PRUNED_AT_ONCE), idempotent=True
            )
            total += gone
            if gone < _PRUNED_AT_ONCE:
                return total


class CommandLogBuffer:
    """Keeps uses until the next flush; never makes anybody wait."""

    def __init__(self, service: CommandLogService, clock: Clock, ids: IdMaker) -> None:
        self._service = service
        self._clock = clock
        self._ids = ids
        self._erased: dict[Erased, datetime] = {}
        """Who was erased where, and when, for as long as uses that began before may still end."""
        self._waiting: deque[NewUse] = deque()
        self._flushing = asyncio.Lock()
        self.dropped = 0
        """Uses that were never written, because the database was away for too long."""

    def note(self, use: Use) -> None:
        """Something was used."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(self._as_kept(NewUse(self._ids.new(), use)))

    async def forget(self, erased: Erased) -> None:
        """Name somebody no more in any use that began before now: those that wait, and those that are still to end.

        When this returns, what was being written is written or waits again: delete what is written after that.
        """
        self.forget_waiting(erased)
        async with self._flushing:
            pass

    def forget_waiting(self, erased: Erased) -> None:
        """The same, as far as it can be done at once: what is being written may still be written with the name."""
        now = self._clock.now()
        self._erased = {one: at for one, at in self._erased.items() if now - at < _LONGEST_USE} | {erased: now}
        self._waiting = deque(self._as_kept(new) for new in self._waiting)

    def heard(self, notice: str) -> None:
        """Another process erases somebody."""
        erased = Erased.read(notice)
        if erased is not None:
            self.forget_waiting(erased)

    def _as_kept(self, new: NewUse) -> NewUse:
        use = new.use
        moments = (self._erased.get(Erased(use.user_id, place)) for place in (use.guild_id, None))
        return replace(new, use=nameless(use)) if any(at is not None and use.at <= at for at in moments) else new

    @property
    def waiting(self) -> int:
        """How many are not yet written."""
        return len(self._waiting)

    async def flush(self) -> bool:
        """Write what waits; False if the database is away, and then it still waits."""
        async with self._flushing:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                try:
                    await self._service.record(batch)
                except Unavailable:
                    self._put_back(batch)
                    _log.warning("the command log waits for the database", waiting=self.waiting)
                    return False
                except asyncio.CancelledError:
                    self._put_back(batch)
                    raise
                except Exception:
                    self.dropped += len(batch)
                    raise
        return True

    def _put_back(self, batch: Sequence[NewUse]) -> None:
        room = MOST_WAITING - len(self._waiting)
        self.dropped += max(0, len(batch) - room)
        kept = batch[max(0, len(batch) - room) :]
        self._waiting.extendleft(self._as_kept(new) for new in reversed(kept))
