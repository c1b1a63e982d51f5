"""Random lives of a ledger, and proof that the machine which leads them would notice a fault."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.db.config import DatabaseConfig
from bot.db.repositories.economy import accounts, claims, tallies
from bot.db.repositories.economy import ledger as rows
from bot.domain.economy import Posting
from bot.services import bank, ledger, payments
from tests.services.ledger_machine import LedgerMachine

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

TOLD = tuple(phase for phase in Phase if phase is not Phase.explain)
"""A life that fails is made as short as can be, for five minutes at most; tracing it line by line tells no more."""


def live(config: DatabaseConfig, *, lives: int, steps: int, phases: tuple[Phase, ...] = TOLD) -> None:
    class Machine(LedgerMachine):
        pass

    Machine.config = config
    chosen = settings(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=QUIET,
        phases=phases,
        derandomize=True,
        database=None,
    )
    run_state_machine_as_test(Machine, settings=chosen)


@pytest.mark.timeout(480)  # to say how a life failed
def test_no_life_of_a_ledger_leaves_the_model(database_config: DatabaseConfig) -> None:
    live(database_config, lives=25, steps=25)


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
def test_ten_thousand_steps_of_many_lives_leave_the_model_nowhere(database_config: DatabaseConfig) -> None:
    live(database_config, lives=300, steps=40)


def credit_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coin appears at the receiver's."""
    change = accounts.change_balance

    async def faulty(session: Any, guild_id: int, posting: Posting, **bounds: Any) -> int | None:
        more = posting.amount + 1 if posting.amount > 0 else posting.amount
        return await change(session, guild_id, dataclasses.replace(posting, amount=more), **bounds)

    monkeypatch.setattr(accounts, "change_balance", faulty)


def forget_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same key moves coins again."""
    add = rows.add_transaction

    async def faulty(session: Any, guild_id: int, new: rows.NewTransaction) -> bool:
        return await add(session, guild_id, dataclasses.replace(new, key=f"{new.key}-{new.id}"))

    monkeypatch.setattr(rows, "add_transaction", faulty)


def accept_any_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that comes from somebody else, or for something else, is answered as if it were the same."""
    replay = ledger._replay

    def faulty(stored: rows.StoredTransaction, movement: ledger.Movement) -> ledger.Posted:
        same = dataclasses.replace(movement, kind=stored.kind, actor_id=stored.actor_id, postings=stored.postings)
        posted = replay(stored, same)
        return dataclasses.replace(posted, balances=dict.fromkeys([p.account for p in movement.postings], 0))

    monkeypatch.setattr(ledger, "_replay", faulty)


def accept_any_content(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that comes with another amount or receiver is answered as if it were the same."""
    monkeypatch.setattr(payments, "_same", lambda posted, _order: posted)


def accept_any_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in the bank."""
    monkeypatch.setattr(bank, "_same", lambda posted, _order: posted)


def fill_over_the_brim(monkeypatch: pytest.MonkeyPatch) -> None:
    """What owners allow in an account is not looked at."""
    change = accounts.change_balance

    async def faulty(session: Any, guild_id: int, posting: Posting, **_bounds: Any) -> int | None:
        return await change(session, guild_id, posting)

    monkeypatch.setattr(accounts, "change_balance", faulty)


def forget_what_was_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was paid within a day does not count."""

    async def faulty(*_args: Any) -> int:
        return 0

    monkeypatch.setattr(tallies, "paid_since", faulty)


def never_forget_what_was_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was paid counts for ever."""
    paid = tallies.paid_since

    async def faulty(session: Any, guild_id: int, account: Any, _since: datetime) -> int:
        return await paid(session, guild_id, account, datetime(2020, 1, 1, tzinfo=UTC))

    monkeypatch.setattr(tallies, "paid_since", faulty)


def tax_the_giver_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tax is taken that is one more than it should be."""
    tax = payments.tax_on
    monkeypatch.setattr(payments, "tax_on", lambda amount, per_cent: min(tax(amount, per_cent) + 1, amount - 1))


def claim_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daily can be had as often as one likes."""

    async def faulty(*_args: Any, **_kwargs: Any) -> claims.Taken:
        return claims.Taken(streak=1, best=1)

    monkeypatch.setattr(claims, "claim", faulty)


def forget_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The starting balance is shown but never minted."""

    async def faulty(*_args: Any) -> None:
        return None

    monkeypatch.setattr(ledger.Ledger, "_begin", faulty)


def write_one_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first side of a movement is written down."""
    add = rows.add_entries

    async def faulty(session: Any, guild_id: int, transaction_id: int, postings: Any, balances: Any) -> None:
        await add(session, guild_id, transaction_id, postings[:1], balances[:1])

    monkeypatch.setattr(rows, "add_entries", faulty)


FAULTS = [
    credit_one_more, forget_keys, accept_any_kind, accept_any_content, accept_any_part, claim_always, forget_the_start,
    write_one_side, fill_over_the_brim, forget_what_was_paid, never_forget_what_was_paid, tax_the_giver_too,
]  # fmt: skip


@pytest.mark.timeout(480)  # whatever order chance brings them in
@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_planted_fault_is_found(
    database_config: DatabaseConfig, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    with pytest.raises(
        (AssertionError, TypeError, ValueError, ExceptionGroup)
    ):  # some are refused by the rules themselves
        live(database_config, lives=300, steps=30, phases=(Phase.generate,))
