"""What staff may do to coins: add, remove and set them, take a transaction back, and begin anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.amounts import MAX_COINS, parse_amount, parse_share
from bot.domain.audit import AuditSource
from bot.domain.economy import AccountKey, Kind, Pocket, Posting, check_amount, system
from bot.domain.privacy import is_nobody
from bot.domain.purchases import Purchase, PurchaseState
from bot.domain.shop import TakeRole
from bot.errors import AlreadySo, AmountBelowZero, AmountNotUnderstood, AmountTooLarge, CannotUndo, HoldsLess
from bot.words import Phrase

MAX_REASON = 200
"""Characters of why staff did something."""

RESET_HOLDS = timedelta(days=30)
"""How long a reset can be undone."""

POCKETS = (Pocket.WALLET, Pocket.BANK)
"""Where members' coins are."""


@dataclass(frozen=True)
class By:
    """Who of the staff asks, by which way, and under which key: the same key again gives the first answer."""

    user_id: int
    source: AuditSource
    key: str


class Change(StrEnum):
    """What staff does to one account. The value is stored with batches, so it never changes its meaning."""

    ADD = "add"
    REMOVE = "remove"
    SET = "set"

    @property
    def kind(self) -> Kind:
        """What stands in the ledger."""
        return {Change.ADD: Kind.GRANT, Change.REMOVE: Kind.FINE, Change.SET: Kind.CORRECTION}[self]

    @property
    def counterpart(self) -> AccountKey:
        """Where the coins come from and go to: they are made and unmade, or a balance was wrong."""
        return system(Pocket.CORRECTION if self is Change.SET else Pocket.MINT)


def difference(change: Change, written: str, account: AccountKey, held: int) -> int:
    """The coins that come into a member's account (negative: out of it) that holds `held`.

    Removing takes shares as well: ``all``, ``half``, ``25%``.

    Raises:
        AmountNotUnderstood, AmountNotPositive, AmountTooLarge, AmountBelowZero: it is no amount for this.
        HoldsLess: more would be removed than there is.
        AlreadySo: it holds exactly that.
    """
    match change:
        case Change.ADD:
            amount = parse_amount(written)
            check_amount(amount)
            return amount
        case Change.REMOVE:
            amount = parse_share(written, held)
            if not (held == 0 and amount == 0):  # all of nothing is no amount, and what is missing is told below
                check_amount(amount)
            if amount > held or held == 0:
                raise HoldsLess(account.holder, held)
            return -amount
        case Change.SET:
            amount = parse_amount(written)
            if amount < 0:
                raise AmountBelowZero(amount)
            if amount > MAX_COINS:
                raise AmountTooLarge(MAX_COINS)
            if amount == held:
                raise AlreadySo(account.holder, held)
            return amount - held


def agrees(change: Change, written: str, amount: int, balance: int) -> bool:
    """Whether what was done before under a key is what is asked for again; a share may have been any amount."""
    try:
        asked = parse_amount(written)
    except AmountNotUnderstood:
        return change is Change.REMOVE
    return asked == {Change.ADD: amount, Change.REMOVE: -amount, Change.SET: balance}[change]


def shift(account: AccountKey, amount: int, counterpart: AccountKey) -> tuple[Posting, Posting]:
    """The two sides of `amount` coins coming into an account, or, where it is negative, going out of it."""
    return Posting(account, amount), Posting(counterpart, -amount)


def beginning_anew(holder: int, held: Mapping[Pocket, int], start: int) -> tuple[Posting, ...]:
    """What makes accounts that exist as those of a new member: a wallet with `start` coins, and nothing in the bank.

    Empty if they are so.
    """
    wanted = {Pocket.WALLET: start, Pocket.BANK: 0}
    changes = {pocket: wanted[pocket] - held[pocket] for pocket in POCKETS if pocket in held}
    moved = [Posting(AccountKey(holder, pocket), change) for pocket, change in changes.items() if change]
    rest = -sum(posting.amount for posting in moved)
    return (*moved, Posting(system(Pocket.CORRECTION), rest)) if rest else tuple(moved)


# Taking back --------------------------------------------------------------------------------------------------

UNDOABLE = frozenset(
    {
        Kind.GRANT, Kind.FINE, Kind.CORRECTION, Kind.RESET, Kind.PAYMENT, Kind.DAILY, Kind.WEEKLY, Kind.WORK,
        Kind.DEPOSIT, Kind.WITHDRAWAL, Kind.SALE,
    }
)  # fmt: skip
"""What can be taken back by moving the same coins the other way, and what takes one of these back.

With what was sold, things go back as well. Purchases are not among them: they go back as a whole (`OF_PURCHASES`). Nor
is what is put aside: who put it aside gives it back.
"""

OF_PURCHASES = frozenset({Kind.PURCHASE, Kind.HOLD, Kind.EFFECT})
"""Kinds of which a purchase may consist. It is taken back as a whole, whichever of them is named, and for good."""

SUGGESTED = (
    Kind.GRANT, Kind.FINE, Kind.CORRECTION, Kind.RESET, Kind.REVERSAL, Kind.PAYMENT, Kind.PURCHASE, Kind.SALE,
)  # fmt: skip
"""Kinds that are looked for among the newest transactions when somebody wants to take one back."""


@dataclass(frozen=True)
class Suggested:
    """A transaction that somebody may look for."""

    id: int
    kind: Kind
    at: datetime
    memo: str | None
    member_id: int
    """Whose coins it moved; of several, to whom they went."""
    amount: int
    """What that member got; negative: what left them."""
    about: str | None = None
    """What was bought or sold."""


@dataclass(frozen=True)
class Things:
    """Copies that go or come with what is taken back."""

    name: str
    quantity: int
    """Copies that the member gets; negative: that leave them."""


def check_can_be_undone(kind: Kind, postings: Sequence[Posting], made_at: datetime, now: datetime) -> None:
    """Refuse to take back what can't be. `kind` is that of the transaction at the root, if this takes one back.

    Raises:
        CannotUndo: with the reason.
    """
    if kind not in UNDOABLE:
        raise CannotUndo(Phrase("what was put aside, came with a thing or was given to begin with can't be taken back"))
    if any(is_nobody(posting.account.holder) for posting in postings):
        raise CannotUndo(Phrase("somebody whose coins it moved was erased"))
    if kind is Kind.RESET and now - made_at > RESET_HOLDS:
        raise CannotUndo(Phrase("a reset can be undone for 30 days"))


def check_purchase(purchase: Purchase) -> None:
    """Refuse to take back a purchase that is not done, or of which something could not go back.

    Raises:
        CannotUndo: with the reason.
    """
    if purchase.state is PurchaseState.PENDING:
        raise CannotUndo(Phrase("it is still under way; within a quarter of an hour it is known how it ends"))
    if purchase.state is PurchaseState.FAILED:
        raise CannotUndo(Phrase("it did not go through, and the coins are back already"))
    if is_nobody(purchase.user_id):
        raise CannotUndo(Phrase("somebody whose coins it moved was erased"))
    if any(isinstance(one, TakeRole) for one in purchase.bought.chain):
        raise CannotUndo(Phrase("it took a role away, which would not come back"))


FINAL = Phrase(
    "a purchase that was undone can't be restored, for its price, its stock and its role may be others by now"
)
"""Why what takes a purchase back is not taken back itself."""


def net(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """What several movements together do to each account; accounts to which they do nothing are left out."""
    sums: dict[AccountKey, int] = {}
    for posting in postings:
        sums[posting.account] = sums.get(posting.account, 0) + posting.amount
    return tuple(Posting(account, amount) for account, amount in sums.items() if amount)


def opposite(postings: Sequence[Posting]) -> tuple[Posting, ...]:
    """The sides that take others back."""
    return tuple(Posting(posting.account, -posting.amount) for posting in postings)


def undo_key(transaction_id: int) -> str:
    """The key of what takes a transaction back: there is one such movement, so it is done once, whoever asks."""
    return f"undo:{transaction_id}"


def one_line(written: str | None) -> str | None:
    """A reason as it is kept: on one line, no longer than `MAX_REASON`, and none if it is blank."""
    return " ".join((written or "").split())[:MAX_REASON] or None


# What is written down -----------------------------------------------------------------------------------------

ADDED, REMOVED, BALANCE_SET = "economy.add", "economy.remove", "economy.set"
UNDONE, RESET = "economy.undo", "economy.reset"
"""Actions of the audit log."""

ACTIONS = frozenset({ADDED, REMOVED, BALANCE_SET, UNDONE, RESET})
"""All of them: what staff does to members' coins."""


def before_and_after(
    postings: Sequence[Posting], balances: Mapping[AccountKey, int], member_id: int
) -> tuple[dict[str, int], dict[str, int]]:
    """What members' accounts held before a movement and hold after it; others' than `member_id`'s say whose."""
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for posting in postings:
        account = posting.account
        if account.is_system:
            continue
        name = account.pocket.value if account.holder == member_id else f"{account.pocket} of {account.holder}"
        after[name] = balances[account]
        before[name] = balances[account] - posting.amount
    return before, after


def concerned(postings: Sequence[Posting]) -> int:
    """Whom a movement is about: of several members, the one who loses by it."""
    mine = [posting for posting in postings if not posting.account.is_system]
    return min(mine, key=lambda posting: posting.amount).account.holder


# For many -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CoinOrder:
    """Coins for many, or away from many. It is kept with its batch, as `stored` makes it and `of` reads it."""

    change: Change
    amount: str
    """As it was written; from each account a share may be another amount."""
    pocket: Pocket
    role_id: int | None
    """Only members with this role; None: everybody who has an account."""
    reason: str | None = None

    def stored(self) -> dict[str, Any]:
        """The order as JSON."""
        return {
            "change": self.change.value,
            "amount": self.amount,
            "pocket": self.pocket.value,
            "role": None if self.role_id is None else str(self.role_id),
            "reason": self.reason,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> CoinOrder:
        """The order that was stored."""
        role = stored["role"]
        return cls(
            change=Change(stored["change"]),
            amount=stored["amount"],
            pocket=Pocket(stored["pocket"]),
            role_id=None if role is None else int(role),
            reason=stored["reason"],
        )
