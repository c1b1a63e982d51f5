"""The rules of paying others: who may, how much, and what goes to the tax account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.economy import AccountKey, Pocket, Posting, check_amount, move, system
from bot.domain.economy_settings import TradeSettings
from bot.errors import AccountTooYoung, MemberTooShort, PaidEnoughToday, PaymentTooLarge, PaymentTooSmall

A_DAY = timedelta(hours=24)
"""How long a payment counts towards the most that somebody may pay."""


@dataclass(frozen=True)
class Since:
    """Since when whoever pays is a member, and since when their account on Discord is there."""

    joined_at: datetime | None
    """None: Discord does not say, as of guests; they count as if they had just come."""
    account_at: datetime


@dataclass(frozen=True)
class PaidBefore:
    """A payment that counts towards the most that somebody may pay."""

    at: datetime
    amount: int


def check_since(since: Since, trade: TradeSettings, now: datetime) -> None:
    """Refuse who is too new to pay others; they are told when they can.

    Raises:
        MemberTooShort: in the server.
        AccountTooYoung: on Discord.
    """
    stayed = (since.joined_at or now) + timedelta(seconds=trade.member_for)
    if trade.member_for and stayed > now:
        raise MemberTooShort(stayed)
    grown = since.account_at + timedelta(seconds=trade.account_for)
    if trade.account_for and grown > now:
        raise AccountTooYoung(grown)


def check_size(amount: int, trade: TradeSettings) -> None:
    """Refuse a payment that owners want at no time.

    Raises:
        PaymentTooSmall, PaymentTooLarge: it is below the least, or above what may be paid in a day.
    """
    if amount < trade.least_payment:
        raise PaymentTooSmall(trade.least_payment)
    if trade.most_a_day is not None and amount > trade.most_a_day:
        raise PaymentTooLarge(trade.most_a_day)


def refuse_today(amount: int, most: int, paid: Iterable[PaidBefore]) -> PaidEnoughToday:
    """The refusal of a payment of up to `most` that is too much beside what was `paid` within a day, oldest first.

    It is possible once enough of those do not count any more.
    """
    counted = list(paid)
    total = sum(one.amount for one in counted)
    left = max(most - total, 0)
    for one in counted:
        total -= one.amount
        if total + amount <= most:
            return PaidEnoughToday(most, left, one.at + A_DAY)
    raise ValueError("it would not have been too much")


def tax_on(amount: int, per_cent: int) -> int:
    """What of a payment is tax, rounded down."""
    return amount * per_cent // 100


def payment(source: AccountKey, target: AccountKey, amount: int, tax: int) -> tuple[Posting, ...]:
    """The sides of a payment of `amount`, of which `tax`, less than all of it, goes to the tax account."""
    check_amount(amount)
    if not tax:
        return move(source, target, amount)
    return Posting(source, -amount), Posting(target, amount - tax), Posting(system(Pocket.TAX), tax)
