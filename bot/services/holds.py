"""Holds: the only way coins are put aside, and how it is found out what became of those that were forgotten."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import holds as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.economy import AccountKey, Kind, Pocket, move, system
from bot.domain.guilds import ShardRange
from bot.domain.holds import ClaimedHold, Hold, HoldState, NewHold, pause_after
from bot.domain.movements import Details, HoldDetails
from bot.domain.role_grants import fair_share
from bot.ids import IdMaker
from bot.services.ledger import Ledger, Movement, Posted

LEASE = timedelta(seconds=60)
"""How long one process may look into a hold. After a crash another does then."""


class HoldOverError(Exception):
    """A hold that ended otherwise, or that is not there: whoever asked was too late. No answer for people."""

    def __init__(self, hold_id: int, state: HoldState | None) -> None:
        super().__init__(f"hold {hold_id} is {state}")
        self.state = state


def _nobody() -> None:
    """Without a ticker nobody needs to be woken."""


class Holds:
    """Puts coins aside and ends that, inside the transactions of use cases; hands out what nobody ended in time.

    Whoever makes a hold has a handler for its purpose (``bot.jobs.holds``), which is asked when it expires: nothing
    here ever gives coins back without knowing that what they were for did not happen.
    """

    def __init__(self, database: Database, clock: Clock, ids: IdMaker, ledger: Ledger) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._ledger = ledger
        self._wake: Callable[[], object] = _nobody

    def on_due(self, wake: Callable[[], object]) -> None:
        """Say who is to look for the next deadline after a commit."""
        self._wake = wake

    # For features, inside their transactions --------------------------------------------------------------

    async def make(self, session: WriteSession, guild_id: int, new: NewHold) -> Hold:
        """Put coins of a wallet aside. Whoever calls must not do so twice for one thing: each call is a hold.

        Raises:
            InsufficientFunds: the wallet holds less.
            AmountNotPositive, AmountTooLarge: nobody can pay that.
        """
        hold = Hold(
            guild_id,
            self._ids.new(),
            new.holder,
            Pocket.WALLET,
            new.amount,
            new.purpose,
            new.reference,
            HoldState.PENDING,
            new.expires_at,
        )
        postings = move(hold.account, system(Pocket.ESCROW), hold.amount)
        details = HoldDetails(hold_id=hold.id, purpose=hold.purpose, about=new.about)
        await rows.add(session, hold)
        movement = Movement(Kind.HOLD, _key(hold.id, "make"), hold.holder, postings, details)
        await self._ledger.post(session, guild_id, movement)
        self._database.after_commit(self._wake)
        return hold

    async def post(
        self, session: WriteSession, guild_id: int, hold_id: int, *, target: AccountKey, kind: Kind, details: Details
    ) -> Posted:
        """Hand the coins over to whom they were meant for. The same again gives the first answer.

        Raises:
            HoldOverError: they were given back.
            AccountFull: a member's account can't take them; they stay put aside.
        """
        hold = await self._end(session, guild_id, hold_id, HoldState.POSTED)
        postings = move(system(Pocket.ESCROW), target, hold.amount)
        movement = Movement(kind, _key(hold_id, "post"), hold.holder, postings, details)
        return await self._ledger.post(session, guild_id, movement)

    async def void(self, session: WriteSession, guild_id: int, hold_id: int, *, expired: bool = False) -> Posted:
        """Give the coins back. The same again gives the first answer.

        They were the member's before, so the guild's limit for a wallet does not hold for them. What nobody may own at
        all (`MAX_COINS`) still holds: then they stay put aside, and it is tried again.

        Raises:
            HoldOverError: they were handed over.
            AccountFull: the wallet holds as much as any account can.
        """
        state = HoldState.EXPIRED if expired else HoldState.VOIDED
        hold = await self._end(session, guild_id, hold_id, state)
        postings = move(system(Pocket.ESCROW), hold.account, hold.amount)
        details = HoldDetails(hold_id=hold_id, purpose=hold.purpose)
        movement = Movement(Kind.RELEASE, _key(hold_id, "void"), hold.holder, postings, details, gives_back=True)
        return await self._ledger.post(session, guild_id, movement)

    async def _end(self, session: WriteSession, guild_id: int, hold_id: int, state: HoldState) -> Hold:
        """End it, or find that it ended so."""
        await rows.end(session, guild_id, hold_id, state, now=self._clock.now())
        hold = await rows.get(session, guild_id, hold_id)
        gone_back = {HoldState.VOIDED, HoldState.EXPIRED}
        if hold is None or (hold.state is not state and not {hold.state, state} <= gone_back):
            raise HoldOverError(hold_id, None if hold is None else hold.state)
        return hold

    async def find(self, session: Session, guild_id: int, hold_id: int) -> Hold | None:
        """A hold as it stands."""
        return await rows.get(session, guild_id, hold_id)

    # For those who ask what became of them ------------------------------------------------------------------

    async def next_due(self, shards: ShardRange, *, without: Collection[int] = ()) -> datetime | None:
        """When the next hold of these shards is past its time, but for those of the guilds `without`."""
        return await self._database.query(lambda session: rows.next_due(session, shards, without=without))

    async def claim(
        self, shards: ShardRange, limit: int, *, each: int | None = None, busy: Mapping[int, int] | None = None
    ) -> Sequence[ClaimedHold]:
        """Take up to `limit` holds past their time for `LEASE`; of one guild at most `each`, less those `busy`."""
        now, token, taken = self._clock.now(), self._ids.new(), busy or {}
        full = [guild_id for guild_id, count in taken.items() if each is not None and count >= each]

        async def unit(session: WriteSession) -> list[ClaimedHold]:
            due = await rows.lock_due(session, shards, now=now, limit=limit, without=full)
            mine = due if each is None else fair_share(due, taken, each)
            return await rows.claim_locked(session, mine, lease_until=now + LEASE, token=token)

        return await self._database.transact(unit)

    async def postpone(self, claimed: ClaimedHold) -> None:
        """Ask again later, with longer and longer pauses; nothing if it is over by now."""
        due_at = self._clock.now() + pause_after(claimed.hold.attempts)

        async def unit(session: WriteSession) -> None:
            self._database.after_commit(self._wake)
            await rows.postpone(session, claimed, due_at=due_at)

        await self._database.transact(unit, idempotent=True)


def _key(hold_id: int, what: str) -> str:
    return f"hold:{hold_id}:{what}"
