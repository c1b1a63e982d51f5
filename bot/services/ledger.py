"""The ledger: the only way coins move, whichever feature moves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from bot.clock import Clock
from bot.db.repositories.economy import accounts, ledger
from bot.db.sessions import Session, WriteSession
from bot.domain.amounts import MAX_COINS
from bot.domain.economy import AccountKey, Kind, Pocket, Posting, check_balanced, move, start_key, system
from bot.domain.economy_settings import EconomySettings
from bot.domain.movements import Details, check_details, read_details
from bot.errors import AccountFull, ContentMismatch, InsufficientFunds
from bot.ids import IdMaker
from bot.services.shadows import Shadows

D = TypeVar("D", bound=Details)


class Rules(Protocol):
    """Knows what each guild's economy is held to."""

    async def within(self, session: Session, guild_id: int, model: type[EconomySettings], /) -> EconomySettings:
        """A guild's settings, inside a transaction."""
        ...


@dataclass(frozen=True)
class Movement:
    """What is to be moved, and under which key: the same key never moves anything twice."""

    kind: Kind
    key: str
    actor_id: int | None
    postings: tuple[Posting, ...]
    details: Details
    amount_was_asked: bool = True
    """Whether the person said the amount, so that a repetition has to say the same; else it came from settings."""
    memo: str | None = None
    """What somebody wrote to it, 200 characters at most."""
    reverses_id: int | None = None
    """The transaction that this one takes back."""
    related_id: int | None = None
    """Another transaction that it belongs to."""
    gives_back: bool = False
    """Whether the coins were the member's before: then the guild's limits for an account don't hold for them."""


@dataclass(frozen=True)
class Posted:
    """A movement as it stands in the ledger."""

    transaction_id: int
    at: datetime
    details: Details
    postings: tuple[Posting, ...]
    balances: Mapping[AccountKey, int]
    """Members' accounts right after it."""
    replayed: bool
    """Whether this key had been posted before, and nothing moved now."""

    def remembered(self, model: type[D]) -> D:
        """Its details, which are of that kind.

        Raises:
            TypeError: they are of another: a fault in the code.
        """
        if not isinstance(self.details, model):
            raise TypeError(f"these are {type(self.details).__name__}, not {model.__name__}")
        return self.details


@dataclass(frozen=True)
class _Bounds:
    """What an account begins with, under which transaction, and how much it may hold when something comes in."""

    transaction_id: int
    start: int
    most: int


class Ledger:
    """Posts movements inside the transaction of a use case."""

    def __init__(self, clock: Clock, ids: IdMaker, shadows: Shadows, rules: Rules) -> None:
        self._clock = clock
        self._ids = ids
        self._shadows = shadows
        self._rules = rules

    async def find(self, session: WriteSession, guild_id: int, movement: Movement) -> Posted | None:
        """The movement that was posted under this key before, if any.

        Raises:
            ContentMismatch: it was another movement.
        """
        stored = await ledger.transaction_by_key(session, guild_id, movement.key)
        return None if stored is None else _replay(stored, movement)

    async def post(self, session: WriteSession, guild_id: int, movement: Movement) -> Posted:
        """Move coins, or find that this key moved them already.

        Locks the members' accounts in key order until the transaction ends. A wallet without a row starts with the
        guild's starting balance, from the mint.

        Raises:
            InsufficientFunds: an account holds less than is to leave it.
            AccountFull: that is not so, but an account would hold more than the guild's limit for it, or `MAX_COINS`.
            ContentMismatch: the key was used for another movement.
        """
        check_balanced(movement.postings)
        check_details(movement.kind, movement.details)
        # Made first, so that in a statement the coins to begin with come before the movement that needed them.
        earlier = [self._ids.new() for _ in movement.postings]
        new = ledger.NewTransaction(
            id=self._ids.new(),
            kind=movement.kind,
            key=movement.key,
            actor_id=movement.actor_id,
            details=movement.details.model_dump(mode="json"),
            at=self._clock.now(),
            memo=movement.memo,
            reverses_id=movement.reverses_id,
            related_id=movement.related_id,
        )
        if not await ledger.add_transaction(session, guild_id, new):
            stored = await ledger.transaction_by_key(session, guild_id, movement.key)
            if stored is None:
                raise RuntimeError("a taken key without its transaction")
            return _replay(stored, movement)
        rules = await self._rules.within(session, guild_id, EconomySettings)
        ordered = sorted(movement.postings, key=lambda posting: posting.account)
        changes = [
            (posting, _Bounds(earlier.pop(0), rules.starting_balance, _most(movement, rules, posting.account)))
            for posting in ordered
            if not posting.account.is_system
        ]
        balances = await self._apply_all(session, guild_id, changes)
        after = [balances.get(posting.account) for posting in movement.postings]
        await ledger.add_entries(session, guild_id, new.id, movement.postings, after)
        return Posted(new.id, new.at, movement.details, movement.postings, balances, replayed=False)

    async def lock(self, session: WriteSession, guild_id: int, *members: AccountKey) -> Mapping[AccountKey, int]:
        """Keep members' accounts from everybody else until the transaction ends; what each of them holds.

        For an amount or a limit that depends on it. Locks in key order, and begins a wallet, as `post` does; all
        accounts that `post` will need have to be named, for those that it locks later may come before these.
        """
        rules = await self._rules.within(session, guild_id, EconomySettings)
        held: dict[AccountKey, int] = {}
        for account in sorted(members):
            balance = await accounts.lock(session, guild_id, account)
            if balance is None:
                bounds = _Bounds(self._ids.new(), rules.starting_balance, rules.most_in(account.pocket))
                await self._open(session, guild_id, account, bounds)
                balance = await accounts.lock(session, guild_id, account)
            held[account] = balance or 0
        return held

    async def check_room(self, session: WriteSession, guild_id: int, account: AccountKey, amount: int) -> None:
        """Refuse what would not fit into a member's account now; for coins that come later, which then may not fit.

        Raises:
            AccountFull: it would hold more than the guild's limit for it.
        """
        rules = await self._rules.within(session, guild_id, EconomySettings)
        most, held = rules.most_in(account.pocket), await accounts.balance(session, guild_id, account) or 0
        if amount > most - held:
            raise AccountFull(most, max(most - held, 0))

    async def _apply_all(
        self, session: WriteSession, guild_id: int, changes: Sequence[tuple[Posting, _Bounds]]
    ) -> dict[AccountKey, int]:
        balances: dict[AccountKey, int] = {}
        full: AccountFull | None = None
        for posting, bounds in changes:
            # Where there is no room, the others are still asked for what they are to give: who lacks the coins should
            # hear that, and not how much somebody else has room for. Nothing of it stays.
            if full is None or posting.amount < 0:
                try:
                    balances[posting.account] = await self._apply(session, guild_id, posting, bounds)
                except AccountFull as refused:
                    full = refused
        if full is not None:
            raise full
        return balances

    async def _apply(self, session: WriteSession, guild_id: int, posting: Posting, bounds: _Bounds) -> int:
        balance = await accounts.change_balance(session, guild_id, posting, most=bounds.most)
        if balance is None:
            await self._open(session, guild_id, posting.account, bounds)
            # Again also when it was not opened here: another transaction may have done so just before.
            balance = await accounts.change_balance(session, guild_id, posting, most=bounds.most)
        if balance is not None:
            return balance
        held = await accounts.balance(session, guild_id, posting.account) or 0
        if posting.amount > 0:
            raise AccountFull(bounds.most, max(bounds.most - held, 0))
        raise InsufficientFunds(balance=held, amount=-posting.amount)

    async def _open(self, session: WriteSession, guild_id: int, account: AccountKey, bounds: _Bounds) -> None:
        opened = await accounts.open_account(session, guild_id, account)
        if opened and account.pocket is Pocket.WALLET:
            await self._begin(session, guild_id, account, bounds)

    async def has_begun(self, session: Session, guild_id: int, user_id: int) -> bool:
        """Whether somebody had their coins to begin with before their data was erased."""
        shadow = await self._shadows.find(session, guild_id, user_id)
        if shadow is None:
            return False
        return await ledger.transaction_by_key(session, guild_id, start_key(shadow)) is not None

    async def _begin(self, session: WriteSession, guild_id: int, account: AccountKey, bounds: _Bounds) -> None:
        amount = bounds.start
        if amount == 0 or await self.has_begun(session, guild_id, account.holder):
            return
        new = ledger.NewTransaction(
            id=bounds.transaction_id,
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


def _most(movement: Movement, rules: EconomySettings, account: AccountKey) -> int:
    return MAX_COINS if movement.gives_back else rules.most_in(account.pocket)


def _replay(stored: ledger.StoredTransaction, movement: Movement) -> Posted:
    same = stored.kind == movement.kind and stored.actor_id == movement.actor_id
    if movement.amount_was_asked:
        same = same and stored.postings == movement.postings
    if not same:
        raise ContentMismatch(movement.key)
    sides = zip(stored.postings, stored.balances, strict=True)
    balances = {posting.account: after for posting, after in sides if after is not None}
    return Posted(
        stored.id, stored.at, read_details(stored.kind, stored.details), stored.postings, balances, replayed=True
    )
