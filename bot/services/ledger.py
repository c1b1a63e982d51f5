"""The ledger: the only way coins move, whichever feature moves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.db.repositories import economy as rows
from bot.db.sessions import WriteSession
from bot.domain.amounts import MAX_COINS
from bot.domain.economy import AccountKey, Kind, Pocket, Posting, check_balanced, move, system
from bot.errors import AccountFull, ContentMismatch, InsufficientFunds
from bot.ids import IdMaker


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


class Ledger:
    """Posts movements inside the transaction of a use case."""

    def __init__(self, clock: Clock, ids: IdMaker) -> None:
        self._clock = clock
        self._ids = ids

    async def find(self, session: WriteSession, guild_id: int, movement: Movement) -> Posted | None:
        """The movement that was posted under this key before, if any.

        Raises:
            ContentMismatch: it was another movement.
        """
        stored = await rows.transaction_by_key(session, guild_id, movement.key)
        return None if stored is None else _replay(stored, movement)

    async def post(self, session: WriteSession, guild_id: int, movement: Movement, *, starting_balance: int) -> Posted:
        """Move coins, or find that this key moved them already.

        Locks the members' accounts in key order until the transaction ends. An account without a row starts with
        `starting_balance` coins (0 to `MAX_COINS`) from the mint.

        Raises:
            InsufficientFunds: an account holds less than is to leave it.
            AccountFull: an account would hold more than `MAX_COINS`.
            ContentMismatch: the key was used for another movement.
        """
        check_balanced(movement.postings)
        new = rows.NewTransaction(
            id=self._ids.new(),
            kind=movement.kind,
            key=movement.key,
            actor_id=movement.actor_id,
            details=movement.details,
            at=self._clock.now(),
        )
        if not await rows.add_transaction(session, guild_id, new):
            stored = await rows.transaction_by_key(session, guild_id, movement.key)
            if stored is None:  # pragma: no cover — the conflict itself says that it is there
                raise RuntimeError("a taken key without its transaction")
            return _replay(stored, movement)
        balances: dict[AccountKey, int] = {}
        for posting in sorted(movement.postings, key=lambda posting: posting.account):
            if not posting.account.is_system:
                balances[posting.account] = await self._apply(session, guild_id, posting, starting_balance)
        after = [balances.get(posting.account) for posting in movement.postings]
        await rows.add_entries(session, guild_id, new.id, movement.postings, after)
        return Posted(new.id, new.at, new.details, movement.postings, balances, replayed=False)

    async def _apply(self, session: WriteSession, guild_id: int, posting: Posting, starting_balance: int) -> int:
        balance = await rows.change_balance(session, guild_id, posting)
        if balance is None:
            opened = await rows.open_account(session, guild_id, posting.account)
            if opened and starting_balance and posting.account.pocket is Pocket.WALLET:
                await self._start(session, guild_id, posting.account, starting_balance)
            # Again also when it was not opened here: another transaction may have done so just before.
            balance = await rows.change_balance(session, guild_id, posting)
        if balance is not None:
            return balance
        if posting.amount > 0:
            raise AccountFull(MAX_COINS)
        held = await rows.balance(session, guild_id, posting.account)
        raise InsufficientFunds(balance=held or 0, amount=-posting.amount)

    async def _start(self, session: WriteSession, guild_id: int, account: AccountKey, amount: int) -> None:
        movement = Movement(
            kind=Kind.STARTING_BALANCE,
            key=f"start:{account.holder}",
            actor_id=None,
            postings=move(system(Pocket.MINT), account, amount),
        )
        await self.post(session, guild_id, movement, starting_balance=0)


def _replay(stored: rows.StoredTransaction, movement: Movement) -> Posted:
    same = stored.kind == movement.kind and stored.actor_id == movement.actor_id
    if movement.amount_was_asked:
        same = same and stored.postings == movement.postings
    if not same:
        raise ContentMismatch(movement.key)
    sides = zip(stored.postings, stored.balances, strict=True)
    balances = {posting.account: after for posting, after in sides if after is not None}
    return Posted(stored.id, stored.at, stored.details, stored.postings, balances, replayed=True)
