"""The ledger against a model so plain that it can be checked by eye: a dict of balances."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.economy import LedgerEntry
from bot.db.sessions import ReadSession
from bot.domain.amounts import ALL, HALF, MAX_COINS, Share
from bot.domain.coin_range import CoinRange
from bot.domain.economy import Party, Pocket
from bot.domain.economy_settings import EconomySettings, TradeSettings
from bot.domain.features import FeatureSettings
from bot.errors import (
    AccountFull,
    AlreadyClaimed,
    AmountNotPositive,
    BankFull,
    BankTooLow,
    ContentMismatch,
    InsufficientFunds,
    PaidEnoughToday,
    PaymentTooLarge,
    RecipientFull,
    RecipientIsSelf,
    ShareTooSmall,
    UserError,
    WalletFull,
)
from tests.support.clock import ManualClock

T = TypeVar("T")

MEMBERS = st.integers(1, 3)
AMOUNTS = st.one_of(
    st.integers(1, 40).map(Share),
    st.sampled_from([ALL, HALF, Share(hundredths=1_234), Share(30), Share(40)]),
    st.sampled_from([Share(-2), Share(0), Share(2**62 - 1), Share(2**62), Share(hundredths=0)]),
)
KEYS = st.integers(0, 9)
CAPS = st.sampled_from([None, 150])
LIMITS = st.sampled_from([None, 45])
NOTHING = Share()


@dataclass(frozen=True)
class Request:
    """What a key was first used for."""

    kind: str
    sender: int
    recipient: int = 0
    share: Share = NOTHING


class LedgerMachine(RuleBasedStateMachine):
    """Pays, banks, claims and repeats at random; after every step the ledger and the model must agree."""

    config: DatabaseConfig
    guilds = 0

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        rng = Random(LedgerMachine.guilds)
        self.database = Database(self.config, self.clock, rng)
        everything = FeatureSettings.of({"all"})
        self.services = make_services(
            self.database, self.clock, rng, keep_guilds_for=timedelta(days=1), features=everything
        )
        LedgerMachine.guilds += 1
        self.guild = LedgerMachine.guilds << 22  # a guild of its own for each run, so that one database serves all
        self.balances: dict[int, int] = {}
        self.banks: dict[int, int] = {}
        self.payments: list[tuple[int, datetime, int]] = []
        self.answers: dict[str, tuple[int, int, int]] = {}
        self.taxed = 0
        self.start = self.tax = 0
        self.limit: int | None = None
        self.wallet_cap = self.capacity = MAX_COINS
        self.used: dict[str, Request] = {}
        self.claimed: dict[int, tuple[Any, int]] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()

    @initialize(
        start=st.sampled_from([100, 0]), tax=st.sampled_from([0, 15]), wallet_cap=CAPS, capacity=CAPS, limit=LIMITS
    )
    def begin(self, start: int, tax: int, wallet_cap: int | None, capacity: int | None, limit: int | None) -> None:
        self.start, self.tax, self.limit = start, tax, limit
        self.wallet_cap, self.capacity = wallet_cap or MAX_COINS, capacity or MAX_COINS
        economy = EconomySettings(
            starting_balance=start, daily_amount=CoinRange.fixed(20), wallet_cap=wallet_cap, bank_capacity=capacity
        )
        for settings in (economy, TradeSettings(tax=tax, most_a_day=limit)):
            self.run(self.services.guild_settings.change(self.guild, settings, base=0, by=None))

    def held(self, member: int) -> int:
        return self.balances.get(member, self.start)

    def saved(self, member: int) -> int:
        return self.banks.get(member, 0)

    def paid_today(self, member: int) -> int:
        begun = self.clock.now() - timedelta(hours=24)
        return sum(amount for who, at, amount in self.payments if who == member and at > begun)

    @rule(sender=MEMBERS, recipient=MEMBERS, share=AMOUNTS, key=KEYS)
    def pay(self, sender: int, recipient: int, share: Share, key: int) -> None:
        name = f"k{key}"
        request = Request("pay", sender, recipient, share)
        amount = share.of(self.held(sender))
        tax = amount * self.tax // 100
        expected = self._expected_payment(request, name, amount, tax)
        party = Party(recipient, is_bot=False, is_member=True)
        try:
            paid = self.run(self.services.economy.pay(self.guild, sender, party, share, key=name))
        except UserError as error:
            assert type(error) in expected, (type(error), expected)
            return
        assert not expected, expected
        assert paid.replayed == (name in self.used)
        if paid.replayed:
            assert (paid.amount, paid.sender_wallet, paid.recipient_wallet) == self.answers[name]
            return
        assert (paid.amount, paid.tax) == (amount, tax)
        self.balances[sender], self.balances[recipient] = (
            self.held(sender) - amount,
            self.held(recipient) + amount - tax,
        )
        self.taxed += tax
        self.payments.append((sender, self.clock.now(), amount))
        self.used[name] = request
        self.answers[name] = (amount, self.held(sender), self.held(recipient))
        assert (paid.amount, paid.sender_wallet, paid.recipient_wallet) == self.answers[name]

    def _expected_payment(self, request: Request, name: str, amount: int, tax: int) -> set[type[UserError]]:
        if request.sender == request.recipient:
            return {RecipientIsSelf}
        if not request.share.is_part and amount <= 0:
            return {AmountNotPositive}
        if name in self.used:
            return set() if self.used[name] == request else {ContentMismatch}
        if not amount:
            return {ShareTooSmall}
        if self.limit is not None and amount + self.paid_today(request.sender) > self.limit:
            return {PaymentTooLarge if amount > self.limit else PaidEnoughToday}
        return self._expected_fit(request, amount, tax)

    def _expected_fit(self, request: Request, amount: int, tax: int) -> set[type[UserError]]:
        if self.held(request.sender) < amount:
            return {InsufficientFunds}
        return {RecipientFull} if self.held(request.recipient) + amount - tax > self.wallet_cap else set()

    @rule(member=MEMBERS, share=AMOUNTS, key=KEYS)
    def deposit(self, member: int, share: Share, key: int) -> None:
        self._bank(Request("deposit", member, share=share), f"k{key}", self.held(member))

    @rule(member=MEMBERS, share=AMOUNTS, key=KEYS)
    def withdraw(self, member: int, share: Share, key: int) -> None:
        self._bank(Request("withdraw", member, share=share), f"k{key}", self.saved(member))

    def _bank(self, request: Request, name: str, source: int) -> None:
        into = request.kind == "deposit"
        member, amount = request.sender, request.share.of(source)
        expected = self._expected_move(request, name, source, amount)
        act = self.services.bank.deposit if into else self.services.bank.withdraw
        try:
            moved = self.run(act(self.guild, member, request.share, key=name))
        except UserError as error:
            assert type(error) in expected, (type(error), expected)
            return
        assert not expected, expected
        assert moved.replayed == (name in self.used)
        if not moved.replayed:
            change = amount if into else -amount
            self.balances[member], self.banks[member] = self.held(member) - change, self.saved(member) + change
            self.used[name] = request
            self.answers[name] = (amount, self.held(member), self.saved(member))
        assert (moved.amount, moved.wallet, moved.bank) == self.answers[name]

    def _expected_move(self, request: Request, name: str, source: int, amount: int) -> set[type[UserError]]:
        into = request.kind == "deposit"
        if not request.share.is_part and amount <= 0:
            return {AmountNotPositive}
        if name in self.used:
            return set() if self.used[name] == request else {ContentMismatch}
        if not amount:
            return {ShareTooSmall}
        if amount > source:
            return {InsufficientFunds if into else BankTooLow}
        target = self.saved(request.sender) if into else self.held(request.sender)
        if target + amount > (self.capacity if into else self.wallet_cap):
            return {BankFull if into else WalletFull}
        return set()

    @rule(member=MEMBERS, key=KEYS)
    def daily(self, member: int, key: int) -> None:
        name = f"k{key}"
        today = self.clock.now().date()
        last, streak = self.claimed.get(member, (None, 0))
        is_kept = last is not None and today - last <= timedelta(days=1 + EconomySettings().streak_grace)
        streak = streak + 1 if is_kept else 1
        amount = 20 + 20 * min(5 * (streak - 1), 50) // 100
        try:
            paid = self.run(self.services.earning.daily(self.guild, member, key=name))
        except ContentMismatch:
            assert name in self.used
            assert self.used[name] != Request("daily", member)
            return
        except AlreadyClaimed:
            assert name not in self.used
            assert last == today
            return
        except AccountFull:
            assert name not in self.used
            assert self.held(member) + amount > self.wallet_cap
            return
        if paid.replayed:
            assert self.used[name] == Request("daily", member)
            return
        assert name not in self.used
        assert last != today
        self.balances[member] = self.held(member) + amount
        self.claimed[member] = (today, streak)
        self.used[name] = Request("daily", member)
        assert (paid.wallet, paid.streak) == (self.held(member), streak)

    @rule(key=KEYS, share=st.none() | AMOUNTS)
    def again(self, key: int, share: Share | None) -> None:
        """Whoever used a key uses it again, for the same or for another amount."""
        request = self.used.get(f"k{key}")
        match request:
            case Request("pay", sender, recipient, asked):
                self.pay(sender, recipient, share or asked, key)
            case Request("deposit", member, _, asked):
                self.deposit(member, share or asked, key)
            case Request("withdraw", member, _, asked):
                self.withdraw(member, share or asked, key)
            case _:
                pass

    @rule(sender=MEMBERS, recipient=MEMBERS, hours=st.sampled_from([1, 23, 25]))
    def pays_twice(self, sender: int, recipient: int, hours: int) -> None:
        """Two payments of which the limit for a day takes one, some time apart, with keys of their own."""
        for _ in range(2):
            self.pay(sender, recipient, Share(30), 100 + len(self.used))
            self.clock.advance(hours=hours)

    @rule(hours=st.sampled_from([1, 12, 25, 49]))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    @invariant()
    def everybody_has_what_they_should(self) -> None:
        for member in range(1, 4):
            purse = self.run(self.services.economy.balance(self.guild, member))
            assert (purse.wallet, purse.bank) == (self.held(member), self.saved(member))

    @invariant()
    def the_tax_account_got_what_was_taken(self) -> None:
        async def unit(session: ReadSession) -> int:
            rows = select(LedgerEntry.amount).where(
                LedgerEntry.guild_id == self.guild, LedgerEntry.pocket == Pocket.TAX
            )
            return sum((await session.execute(rows)).scalars())

        assert self.run(self.database.query(unit)) == self.taxed

    @invariant()
    def everything_adds_up(self) -> None:
        audit = self.run(self.services.economy.audit(self.guild))
        assert audit.sound, audit

    @invariant()
    def a_statement_ends_with_what_is_held(self) -> None:
        for member in self.balances:
            page = self.run(self.services.economy.statement(self.guild, member))
            assert page.lines
            assert page.lines[0].balance_after == self.held(member)
