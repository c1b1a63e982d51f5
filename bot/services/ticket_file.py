"""The one way in which tickets are written: with their history, their header kept in step, and when they are due next.

Every service of tickets changes them by `change`, inside a transaction of its own that locked the ticket first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.ticket_waits import again_at
from bot.domain.tickets import Claimed, Delayed, EventKind, Status, Step, Ticket, TicketEvent, due_at, pause_after
from bot.errors import TicketNotFound
from bot.ids import IdMaker

LEASE = timedelta(seconds=60)
"""How long one process may be at a ticket. After a crash it is looked at again then."""

_TRIES = 10
"""How often a slot is looked for that nobody takes meanwhile."""

T = TypeVar("T")

Shown = Callable[[WriteSession, Ticket], Awaitable[None]]
"""Told, inside the transaction, of every ticket that changed in a way that its header shows."""

Told = Callable[[WriteSession, Ticket, TicketEvent], Awaitable[None]]
"""Told, inside the transaction, of everything that happens to a ticket, with the ticket as it is then."""

Placed = Callable[[WriteSession, Ticket], Awaitable[None]]
"""Told, inside the transaction, of every ticket whose channel or thread is another now, or gone."""


def _nobody() -> None:
    """Without a ticker nobody needs to be woken."""


class TicketFile:
    """Writes tickets, inside the transactions of use cases, and hands out those that are due."""

    def __init__(self, database: Database, clock: Clock, ids: IdMaker) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._wake: Callable[[], object] = _nobody
        self._shown: list[Shown] = []
        self._placed: list[Placed] = []
        self._told: list[Told] = []

    def on_due(self, wake: Callable[[], object]) -> None:
        """Say who is to look for due tickets after a commit."""
        self._wake = wake

    def on_shown(self, hear: Shown) -> None:
        """Say who keeps something in step with tickets, such as their header."""
        self._shown.append(hear)

    def on_placed(self, hear: Placed) -> None:
        """Say who wants to know where tickets are."""
        self._placed.append(hear)

    def on_told(self, hear: Told) -> None:
        """Say who tells of what happens to tickets, in them or in the log."""
        self._told.append(hear)

    # Inside transactions --------------------------------------------------------------------------------

    async def locked(self, session: WriteSession, guild_id: int, number: int) -> Ticket:
        """A ticket of this guild, locked.

        Raises:
            TicketNotFound: the guild has none of that number.
        """
        found = await rows.lock(session, guild_id, number)
        if found is None:
            raise TicketNotFound(f"#{number}")
        return found

    async def change(
        self,
        session: WriteSession,
        ticket: Ticket,
        *events: tuple[EventKind, Mapping[str, Any]],
        by: int | None,
        access: bool = False,
        quiet: bool = False,
        **values: Any,
    ) -> Ticket:
        """Write new values of a locked ticket, and what happened to it; the ticket as it is then.

        `access` says that who may see or write is another now: Discord is brought in line after the commit; `quiet`,
        that nothing of it stands in the header. A new `status` notes since when. `by` None: the bot itself.
        """
        now = self._clock.now()
        if values.get("status", ticket.status) is not ticket.status:
            values.setdefault("status_at", now)
        if access:
            values["access"] = ticket.access + 1
        changed = replace(ticket, **values, version=ticket.version + 1)
        await rows.write(session, changed, due_at=due_at(changed, now))
        for kind, details in events:
            seq = await rows.add_event(session, changed, kind, by, details)
            event = TicketEvent(changed.guild_id, changed.number, seq, kind, by, now, details)
            for tell in self._told:
                await tell(session, changed, event)
        for show in () if quiet else self._shown:
            await show(session, changed)
        await self._tell_place(session, ticket, changed)
        self._database.after_commit(self._wake)
        return changed

    async def note(self, session: WriteSession, ticket: Ticket, **values: Any) -> Ticket:
        """Write values that neither the header nor the history shows, such as when somebody last wrote."""
        changed = replace(ticket, **values)
        await rows.write(session, changed, due_at=due_at(changed, self._clock.now()))
        await self._tell_place(session, ticket, changed)
        return changed

    def wake(self) -> None:
        """Let due tickets be looked for once the caller's transaction is committed."""
        self._database.after_commit(self._wake)

    async def _tell_place(self, session: WriteSession, before: Ticket, after: Ticket) -> None:
        if before.place != after.place:
            for hear in self._placed:
                await hear(session, after)

    async def claimed(self, session: WriteSession, ticket: Ticket) -> Claimed | None:
        """Take a ticket that this transaction wrote, to go on with it at once; None if somebody is at it."""
        now = self._clock.now()
        key = (ticket.guild_id, ticket.number)
        taken = await rows.claim(session, [key], now=now, lease_until=now + LEASE, token=self._ids.new())
        return taken[0] if taken else None

    async def slotted(self, unit: Callable[[WriteSession], Awaitable[T]]) -> T:
        """What a transaction comes to that gives a ticket the lowest free slot of its member and topic.

        It is run again when somebody took that slot meanwhile, so it looks for one itself.
        """
        for _try in range(_TRIES - 1):
            try:
                return await self._database.transact(unit)
            except IntegrityError:
                continue
        return await self._database.transact(unit)

    # For those who act ----------------------------------------------------------------------------------

    async def take(self, guild_id: int, number: int) -> Claimed | None:
        """Take a ticket to go on with it at once; None if somebody is at it, who then does what there is to do."""
        now, token = self._clock.now(), self._ids.new()

        async def unit(session: WriteSession) -> Claimed | None:
            taken = await rows.claim(session, [(guild_id, number)], now=now, lease_until=now + LEASE, token=token)
            return taken[0] if taken else None

        return await self._database.transact(unit)

    async def again(self, claimed: Claimed) -> Claimed | None:
        """A claimed ticket as it stands now; None when the claim is lost."""

        async def unit(session: WriteSession) -> Claimed | None:
            ticket = await rows.lock_claim(session, claimed)
            return None if ticket is None else replace(claimed, ticket=ticket)

        return await self._database.transact(unit)

    def moment(self) -> datetime:
        """Now, by the clock that deadlines of tickets are kept by."""
        return self._clock.now()

    async def next_due(self, shards: ShardRange) -> datetime | None:
        """When the next ticket of these shards is to be looked at."""
        return await self._database.query(lambda session: rows.next_due(session, shards))

    async def claim_due(self, shards: ShardRange, limit: int) -> Sequence[Claimed]:
        """Take up to `limit` tickets that are due, each for `LEASE`."""
        now, token = self._clock.now(), self._ids.new()

        async def unit(session: WriteSession) -> list[Claimed]:
            due = await rows.lock_due(session, shards, now=now, limit=limit)
            return await rows.claim(session, due, now=now, lease_until=now + LEASE, token=token)

        return await self._database.transact(unit)

    async def postpone(self, claimed: Claimed, delayed: Delayed, step: Step | None = None) -> None:
        """Give a ticket back of which a step can't be done now; the first time is noted for staff.

        What else is due of it before that step can be done is not held up.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> None:
            ticket = await rows.lock_claim(session, claimed)
            if ticket is None:
                return
            if ticket.failed_since is None or ticket.detail != delayed.reason[:300]:
                kept = replace(ticket, failed_since=ticket.failed_since or now, detail=delayed.reason[:300])
                await rows.write(session, kept, due_at=None)
            pause = delayed.after or pause_after(claimed.attempts)
            again = again_at(ticket, step, now=now, until=now + pause)
            await rows.release(session, claimed, due_at=again, failed=True)

        await self._database.transact(unit)
        self._wake()

    async def release(self, claimed: Claimed) -> None:
        """Give a ticket back that was gone on with; it is due again when its row says so, perhaps at once."""

        async def unit(session: WriteSession) -> None:
            ticket = await rows.lock_claim(session, claimed)
            if ticket is None:
                return
            if ticket.failed_since is not None and ticket.status is not Status.FAILED:
                ticket = replace(ticket, failed_since=None, detail=None)
                await rows.write(session, ticket, due_at=None)
            await rows.release(session, claimed, due_at=due_at(ticket, self._clock.now()), failed=False)

        await self._database.transact(unit)
        self._wake()
