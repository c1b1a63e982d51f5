"""The ledger: the only way coins move, whichever feature moves them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.db.repositories.economy import accounts, ledger
from bot.db.sessions import Session, WriteSession
from bot.domain.amounts import MAX_COINS
from bot.domain.economy import AccountKey, Kind, Pocket, Posting, check_balanced, move, start_key, system
from bot.errors import AccountFull, ContentMismatch, InsufficientFunds
from bot.ids import IdMaker
from bot.services.shadows import Shadows

StartingBalance = Callable[[], Awaitable[int]]
"""Asks how many coins a member begins with."""


@dataclass(frozen=True)
class Movement:
    """What is to be moved, and under which key: the same key never moves anything twice."""

    kind: Kind
    key: str
    actor_id: int | None
    postings: tuple[Posting, ...]
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    amount_was_asked: bool = True
    """Whether the person said the amount, so that a repetition has to say the same; else it came from settings."""


@dataclass(frozen=True)
class Posted:
    """A movement as it stands in the ledger."""

    transaction_id: int
    at: datetime
    details: Mapping[str, Any]
    postings: tuple[Posting, ...]
    balances: Mapping[AccountKey, int]
    """Members' accounts right after it."""
    replayed: bool
    """Whether this key had been posted before, and nothing moved now."""


@dataclass(frozen=True)
class _Start:
    """What an account begins with, under which transaction."""

    transaction_id: int
    balance: StartingBalance


class Ledger:
    """Posts movements inside the transaction of a use case."""

    def __init__(self, clock: Clock, ids: IdMaker, shadows: Shadows) -> None:
        self._clock = clock
        self._ids = ids
        self._shadows = shadows

    async def find(self, session: WriteSession, guild_id: int, movement: Movement) -> Posted | None:
        """The movement that was posted under this key before, if any.

        Raises:
            ContentMismatch: it was another movement.
        """
        stored = await ledger.transaction_by_key(session, guild_id, movement.key)
        return None if stored is None else _replay(stored, movement)

    async def post(
        self, session: WriteSession, guild_id: int, movement: Movement, *, starting_balance: StartingBalance
    ) -> Posted:
        """Move coins, or find that this key moved them already.

        Locks the members' accounts in key order until the transaction ends. A wallet without a row starts with as many
        coins (0 to `MAX_COINS`) from the mint as `starting_balance` says, which is asked only then.

        Raises:
            InsufficientFunds: an account holds less than is to leave it.
            AccountFull: an account would hold more than `MAX_COINS`.
            ContentMismatch: the key was used for another movement.
        """
        check_balanced(movement.postings)
        # Made first, so that in a statement the coins to begin with come before the movement that needed them.
        earlier = [self._ids.new() for _ in movement.postings]
        new = ledger.NewTransaction(
            id=self._ids.new(),
            kind=movement.kind,
            key=movement.key,
            actor_id=movement.actor_id,
            details=movement.details,
            at=self._clock.now(),
        )
        if not await ledger.add_transaction(session, guild_id, new):
            stored = await ledger.transaction_by_key(session, guild_id, movement.key)
            if stored is None:
                raise RuntimeError("a taken key without its transaction")
            return _replay(stored, movement)
        balances: dict[AccountKey, int] = {}
        for posting in sorted(movement.postings, key=lambda posting: posting.account):
            if not posting.account.is_system:
                balances[posting.account] = await self._apply(
                    session, guild_id, posting, _Start(earlier.pop(0), starting_balance)
                )
        after = [balances.get(posting.account) for posting in movement.postings]
        await ledger.add_entries(session, guild_id, new.id, movement.postings, after)
        return Posted(new.id, new.at, new.details, movement.postings, balances, replayed=False)

    async def _apply(self, session: WriteSession, guild_id: int, posting: Posting, start: _Start) -> int:
        balance = await accounts.change_balance(session, guild_id, posting)
        if balance is None:
            opened = await accounts.open_account(session, guild_id, posting.account)
            if opened and posting.account.pocket is Pocket.WALLET:
                await self._begin(session, guild_id, posting.account, start)
            # Again also when it was not opened here: another transaction may have done so just before.
            balance = await accounts.change_balance(session, guild_id, posting)
        if balance is not None:
            return balance
        if posting.amount > 0:
            raise AccountFull(MAX_COINS)
        held = await accounts.balance(session, guild_id, posting.account)
        raise InsufficientFunds(balance=held or 0, amount=-posting.amount)

    async def has_begun(self, session: Session, guild_id: int, user_id: int) -> bool:
        """Whether somebody had their coins to begin with before their data was erased."""
        shadow = await self._shadows.find(session, guild_id, user_id)
        if shadow is None:
            return False
        return await ledger.transaction_by_key(session, guild_id, start_key(shadow)) is not None

    async def _begin(self, session: WriteSession, guild_id: int, account: AccountKey, start: _Start) -> None:
        amount = await start.balance()
        if amount == 0 or await self.has_begun(session, guild_id, account.holder):
            return
        new = ledger.NewTransaction(
            id=start.transaction_id,
            kind=Kind.STARTING_BALANCE,
            key=start_key(account.holder),
            actor_id=None,
            details={},
            at=self._clock.now(),
        )
        # A taken key means that the member had their coins and the account was erased since: they get none again.
        if await ledger.add_transaction(session, guild_id, new):
            postings = move(system(Pocket.MINT), account, amount)
            balance = await accounts.change_balance(session, guild_id, postings[1])
            await ledger.add_entries(session, guild_id, new.id, postings, [None, balance])


def _replay(stored: ledger.StoredTransaction, movement: Movement) -> Posted:
    same = stored.kind == movement.kind and stored.actor_id == movement.actor_id
    if movement.amount_was_asked:
        same = same and stored.postings == movement.postings
    if not same:
        raise ContentMismatch(movement.key)
    sides = zip(stored.postings, stored.balances, strict=True)
    balances = {posting.account: after for posting, after in sides if after is not None}
    return Posted(stored.id, stored.at, stored.details, stored.postings, balances, replayed=True)
