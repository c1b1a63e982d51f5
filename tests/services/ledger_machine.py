"""The ledger against a model so plain that it can be checked by eye: a dict of balances."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.coin_range import CoinRange
from bot.domain.economy import Party
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.errors import AlreadyClaimed, AmountNotPositive, ContentMismatch, InsufficientFunds, RecipientIsSelf, UserError
from tests.support.clock import ManualClock

T = TypeVar("T")

MEMBERS = st.integers(1, 4)
AMOUNTS = st.one_of(st.integers(-2, 40), st.integers(1, 2**62))
KEYS = st.integers(0, 12)


@dataclass(frozen=True)
class Request:
    """What a key was first used for."""

    kind: str
    sender: int
    recipient: int = 0
    amount: int = 0


class LedgerMachine(RuleBasedStateMachine):
    """Pays, claims and repeats at random; after every step the ledger and the model must agree."""

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
        self.start = 0
        self.used: dict[str, Request] = {}
        self.claimed: dict[int, tuple[Any, int]] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()

    @initialize(start=st.sampled_from([0, 50]))
    def begin(self, start: int) -> None:
        self.start = start
        settings = EconomySettings(starting_balance=start, daily_amount=CoinRange.fixed(20))
        self.run(self.services.guild_settings.change(self.guild, settings, base=0, by=None))

    def held(self, member: int) -> int:
        return self.balances.get(member, self.start)

    @rule(sender=MEMBERS, recipient=MEMBERS, amount=AMOUNTS, key=KEYS)
    def pay(self, sender: int, recipient: int, amount: int, key: int) -> None:
        name = f"k{key}"
        request = Request("pay", sender, recipient, amount)
        expected = self._expected_payment(request, name)
        party = Party(recipient, is_bot=False, is_member=True)
        try:
            paid = self.run(self.services.economy.pay(self.guild, sender, party, amount, key=name))
        except UserError as error:
            assert type(error) is expected, (type(error), expected)
            return
        assert expected is None, expected
        assert paid.replayed == (name in self.used)
        if not paid.replayed:
            self.balances[sender], self.balances[recipient] = (
                self.held(sender) - amount,
                self.held(recipient) + amount,
            )
            self.used[name] = request
            assert (paid.sender_wallet, paid.recipient_wallet) == (self.held(sender), self.held(recipient))

    def _expected_payment(self, request: Request, name: str) -> type[UserError] | None:
        if request.sender == request.recipient:
            return RecipientIsSelf
        if request.amount <= 0:
            return AmountNotPositive
        if name in self.used:
            return None if self.used[name] == request else ContentMismatch
        return InsufficientFunds if self.held(request.sender) < request.amount else None

    @rule(member=MEMBERS, key=KEYS)
    def daily(self, member: int, key: int) -> None:
        name = f"k{key}"
        today = self.clock.now().date()
        last, streak = self.claimed.get(member, (None, 0))
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
        if paid.replayed:
            assert self.used[name] == Request("daily", member)
            return
        assert name not in self.used
        assert last != today
        is_kept = last is not None and today - last <= timedelta(days=1 + EconomySettings().streak_grace)
        streak = streak + 1 if is_kept else 1
        self.balances[member] = self.held(member) + 20 + 20 * min(5 * (streak - 1), 50) // 100
        self.claimed[member] = (today, streak)
        self.used[name] = Request("daily", member)
        assert (paid.wallet, paid.streak) == (self.held(member), streak)

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    @invariant()
    def everybody_has_what_they_should(self) -> None:
        for member in range(1, 5):
            assert self.run(self.services.economy.balance(self.guild, member)).wallet == self.held(member)

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
