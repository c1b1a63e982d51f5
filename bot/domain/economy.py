"""The rules of the purse: what may be moved, and between whom. Those of claims are in `bot.domain.claims`.

Coins are whole numbers. No account and no amount is above `MAX_COINS`, so that sums of two never leave a BIGINT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.amounts import MAX_COINS, Share
from bot.errors import (
    AmountNotPositive,
    AmountTooLarge,
    BotHasNoPurse,
    RecipientIsSelf,
    RecipientNotHere,
    ShareTooSmall,
)

SYSTEM = 0
"""The holder of the accounts that belong to nobody: where coins come from and go to."""


HISTORY_DAYS = 30
"""Days that the history of a wallet tells of, today included."""


class Pocket(StrEnum):
    """The kinds of account. A member has a wallet and a bank; the others belong to `SYSTEM`."""

    WALLET = "wallet"
    BANK = "bank"
    MINT = "mint"
    SHOP = "shop"
    TAX = "tax"
    HOUSE = "house"
    ESCROW = "escrow"
    CORRECTION = "correction"


class Kind(StrEnum):
    """Why coins moved. The value is stored, so it never changes its meaning.

    What else a movement of a kind remembers is typed in `bot.domain.movements`.
    """

    STARTING_BALANCE = "starting_balance"
    DAILY = "daily"
    WEEKLY = "weekly"
    WORK = "work"
    PAYMENT = "payment"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    PURCHASE = "purchase"
    SALE = "sale"
    EFFECT = "effect"
    LEVEL = "level"
    GIVEAWAY = "giveaway"
    HOLD = "hold"
    RELEASE = "release"
    GRANT = "grant"
    FINE = "fine"
    CORRECTION = "correction"
    RESET = "reset"
    REVERSAL = "reversal"


class ClaimAction(StrEnum):
    """What can be claimed now and then."""

    DAILY = "daily"
    WEEKLY = "weekly"
    WORK = "work"


@dataclass(frozen=True, order=True)
class AccountKey:
    """An account within a guild. Accounts are locked in the order of these keys."""

    holder: int
    pocket: Pocket

    @property
    def is_system(self) -> bool:
        """Whether it belongs to nobody; such accounts may go below zero and their balance is not kept."""
        return self.holder == SYSTEM


@dataclass(frozen=True)
class Posting:
    """One side of a movement: `amount` coins into an account (negative: out of it)."""

    account: AccountKey
    amount: int


@dataclass(frozen=True)
class Party:
    """What the rules need to know of a member who takes part in a payment."""

    user_id: int
    is_bot: bool
    is_member: bool


def wallet(user_id: int) -> AccountKey:
    """A member's wallet."""
    return AccountKey(user_id, Pocket.WALLET)


def bank(user_id: int) -> AccountKey:
    """A member's bank account."""
    return AccountKey(user_id, Pocket.BANK)


def system(pocket: Pocket) -> AccountKey:
    """An account that belongs to nobody."""
    return AccountKey(SYSTEM, pocket)


def move(source: AccountKey, target: AccountKey, amount: int) -> tuple[Posting, Posting]:
    """The two sides of moving `amount` coins (1 to `MAX_COINS`)."""
    check_amount(amount)
    return Posting(source, -amount), Posting(target, amount)


START_KEY = "start:{person}"
"""The key of the coins that somebody began with: there is one such movement, so they come once."""


def start_key(holder: int) -> str:
    """The key of the coins that a holder began with."""
    return START_KEY.format(person=holder)


def check_amount(amount: int) -> None:
    """Refuse what nobody can pay.

    Raises:
        AmountNotPositive: zero or less.
        AmountTooLarge: above `MAX_COINS`.
    """
    if amount <= 0:
        raise AmountNotPositive(amount)
    if amount > MAX_COINS:
        raise AmountTooLarge(MAX_COINS)


def coins_of(share: Share, held: int) -> int:
    """How many coins of those in an account somebody wants to move.

    Raises:
        ShareTooSmall: the part makes not even one.
        AmountNotPositive, AmountTooLarge: so many can't be moved.
    """
    amount = share.of(held)
    if share.is_part and not amount:
        raise ShareTooSmall(held)
    check_amount(amount)
    return amount


def check_balanced(postings: Sequence[Posting]) -> None:
    """Hold the law of double entry; a violation is a fault in the code, so it is no `UserError`.

    Raises:
        ValueError: fewer than two postings, an amount of zero, one account twice, or a sum that is not zero.
    """
    accounts = [posting.account for posting in postings]
    if len(postings) < 2:  # noqa: PLR2004 — double entry is two by definition
        raise ValueError("a transaction has at least two sides")
    if len(set(accounts)) != len(accounts):
        raise ValueError("an account may appear once in a transaction")
    if any(posting.amount == 0 for posting in postings):
        raise ValueError("a posting moves something")
    if sum(posting.amount for posting in postings) != 0:
        raise ValueError("the sides of a transaction sum to zero")


def check_holder(user_id: int, *, is_bot: bool) -> None:
    """Refuse to look for a purse where there can be none.

    Raises:
        BotHasNoPurse: a bot.
    """
    if is_bot:
        raise BotHasNoPurse(user_id)


def check_recipient(sender_id: int, recipient: Party) -> None:
    """Refuse a payment to somebody who can't be paid, in the order in which a person would notice.

    Raises:
        RecipientIsSelf, BotHasNoPurse, RecipientNotHere: as they say.
    """
    if recipient.user_id == sender_id:
        raise RecipientIsSelf
    check_holder(recipient.user_id, is_bot=recipient.is_bot)
    if not recipient.is_member:
        raise RecipientNotHere(recipient.user_id)
