"""The one way in which giveaways are written: with their history, their message kept in step, and when they are due.

Every service of giveaways changes them by `change`, inside a transaction of its own that locked the giveaway first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.giveaways import giveaways as rows
from bot.db.sessions import WriteSession
from bot.domain.delays import Delayed, pause_after
from bot.domain.giveaways import Claimed, EventKind, Giveaway, GiveawayEvent, due_at
from bot.domain.guilds import ShardRange
from bot.errors import GiveawayNotFound
from bot.ids import IdMaker

LEASE = timedelta(seconds=60)
"""How long one process may be at a giveaway. After a crash it is looked at again then."""

Shown = Callable[[WriteSession, Giveaway], Awaitable[None]]
"""Told, inside the transaction, of every giveaway that changed in a way that its message shows."""

Told = Callable[[WriteSession, Giveaway, GiveawayEvent], Awaitable[None]]
"""Told, inside the transaction, of everything that happens to a giveaway, with the giveaway as it is then."""


def _nobody() -> None:
    """Without a ticker nobody needs to be woken."""


class GiveawayFile:
    """Writes giveaways, inside the transactions of use cases, and hands out those that are due."""

    def __init__(self, database: Database, clock: Clock, ids: IdMaker) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._wake: Callable[[], object] = _nobody
        self._shown: list[Shown] = []
        self._told: list[Told] = []

    def on_due(self, wake: Callable[[], object]) -> None:
        """Say who is to look for due giveaways after a commit."""
        self._wake = wake

    def on_shown(self, hear: Shown) -> None:
        """Say who keeps something in step with giveaways, such as their message."""
        self._shown.append(hear)

    def on_told(self, hear: Told) -> None:
        """Say who tells of what happens to giveaways."""
        self._told.append(hear)

    # Inside transactions --------------------------------------------------------------------------------

    async def locked(self, session: WriteSession, guild_id: int, number: int) -> Giveaway:
        """A giveaway of this guild, locked.

        Raises:
            GiveawayNotFound: the guild has none of that number.
        """
        found = await rows.lock(session, guild_id, number)
        if found is None:
            raise GiveawayNotFound(f"#{number}")
        return found

    async def change(
        self,
        session: WriteSession,
        giveaway: Giveaway,
        *events: tuple[EventKind, Mapping[str, Any]],
        by: int | None,
        quiet: bool = False,
        **values: Any,
    ) -> Giveaway:
        """Write new values of a locked giveaway, and what happened to it; the giveaway as it is then.

        `quiet` says that nothing of it stands in its message. A new `status` notes since when. `by` None: the bot.
        """
        now = self._clock.now()
        if values.get("status", giveaway.status) is not giveaway.status:
            values.setdefault("status_at", now)
        changed = replace(giveaway, **values, version=giveaway.version + 1)
        await rows.write(session, changed, due_at=due_at(changed, now))
        for kind, details in events:
            seq = await rows.add_event(session, changed, kind, by, details)
            event = GiveawayEvent(changed.guild_id, changed.number, seq, kind, by, now, details)
            for tell in self._told:
                await tell(session, changed, event)
        for show in () if quiet else self._shown:
            await show(session, changed)
        self._database.after_commit(self._wake)
        return changed

    async def note(self, session: WriteSession, giveaway: Giveaway, **values: Any) -> Giveaway:
        """Write values that neither the message nor the history shows, such as how far the draw is."""
        changed = replace(giveaway, **values)
        await rows.write(session, changed, due_at=due_at(changed, self._clock.now()))
        return changed

    # For those who act ----------------------------------------------------------------------------------

    async def take(self, guild_id: int, number: int) -> Claimed | None:
        """Take a giveaway to go on with it at once; None if somebody is at it, who then does what there is to do."""
        now, token = self._clock.now(), self._ids.new()

        async def unit(session: WriteSession) -> Claimed | None:
            taken = await rows.claim(session, [(guild_id, number)], now=now, lease_until=now + LEASE, token=token)
            return taken[0] if taken else None

        return await self._database.transact(unit)

    async def again(self, claimed: Claimed) -> Claimed | None:
        """A claimed giveaway as it stands now, held for as long as at first; None when the claim is lost."""
        now = self._clock.now()

        async def unit(session: WriteSession) -> Claimed | None:
            giveaway = await rows.lock_claim(session, claimed)
            if giveaway is None:
                return None
            await rows.prolong(session, claimed, lease_until=now + LEASE)
            return replace(claimed, giveaway=giveaway, claimed_at=now)

        return await self._database.transact(unit)

    def moment(self) -> datetime:
        """Now, by the clock that deadlines of giveaways are kept by."""
        return self._clock.now()

    async def next_due(self, shards: ShardRange) -> datetime | None:
        """When the next giveaway of these shards is to be looked at."""
        return await self._database.query(lambda session: rows.next_due(session, shards))

    async def is_any_due(self) -> bool:
        """Whether any giveaway waits for somebody to go on with it."""
        now = self._clock.now()
        return await self._database.query(lambda session: rows.is_any_due(session, now=now))

    async def claim_due(self, shards: ShardRange, limit: int) -> Sequence[Claimed]:
        """Take up to `limit` giveaways that are due, each for `LEASE`."""
        now, token = self._clock.now(), self._ids.new()

        async def unit(session: WriteSession) -> list[Claimed]:
            due = await rows.lock_due(session, shards, now=now, limit=limit)
            if not due:  # presses that never cease share the row by turns: it is waited for, and they wait behind
                due = await rows.lock_due(session, shards, now=now, limit=1, wait=True)
            return await rows.claim(session, due, now=now, lease_until=now + LEASE, token=token)

        return await self._database.transact(unit)

    async def postpone(self, claimed: Claimed, delayed: Delayed) -> None:
        """Give a giveaway back of which a step can't be done now.

        The first time is noted for staff, and its message shows how far it is.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> None:
            giveaway = await rows.lock_claim(session, claimed)
            if giveaway is None:
                return
            reason = delayed.reason[:300]
            if giveaway.failed_since is None or giveaway.detail != reason:
                kept = replace(giveaway, failed_since=giveaway.failed_since or now, detail=reason)
                await rows.write(session, kept, due_at=None)
                for show in self._shown if giveaway.failed_since is None else ():
                    await show(session, kept)
            pause = delayed.after or pause_after(claimed.attempts)
            await rows.release(session, claimed, due_at=now + pause, failed=True)

        await self._database.transact(unit)
        self._wake()

    async def release(self, claimed: Claimed) -> None:
        """Give a giveaway back that was gone on with; it is due again when its row says so, perhaps at once."""

        async def unit(session: WriteSession) -> None:
            giveaway = await rows.lock_claim(session, claimed)
            if giveaway is None:
                return
            if giveaway.failed_since is not None:
                giveaway = replace(giveaway, failed_since=None, detail=None)
                await rows.write(session, giveaway, due_at=None)
            await rows.release(session, claimed, due_at=due_at(giveaway, self._clock.now()), failed=False)

        await self._database.transact(unit)
        self._wake()
