"""Random lives of a shop, and proof that the machine which leads them would notice a fault."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.exc import IntegrityError

from bot.db.config import DatabaseConfig
from bot.db.repositories.economy import holds as hold_rows
from bot.db.repositories.economy import inventory, items, purchases
from bot.domain import purchases as rules
from bot.domain.inventory import MoveKind
from bot.services import effects, goods, holds
from bot.services import purchases as service
from tests.services.market_machine import MarketMachine
from tests.services.test_ledger_machine import QUIET, TOLD


def live(config: DatabaseConfig, *, lives: int, steps: int, phases: tuple[Phase, ...] = TOLD) -> None:
    class Machine(MarketMachine):
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
def test_no_life_of_a_shop_leaves_the_model(database_config: DatabaseConfig) -> None:
    live(database_config, lives=12, steps=30)


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
def test_ten_thousand_steps_of_many_shops_leave_the_model_nowhere(database_config: DatabaseConfig) -> None:
    live(database_config, lives=250, steps=40)


def sell_what_is_sold_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stock is counted, and never asked."""
    take = items.take

    async def faulty(session: Any, guild_id: int, item: Any, quantity: int, **more: Any) -> bool:
        await take(session, guild_id, item, quantity, **more)
        return True

    monkeypatch.setattr(items, "take", faulty)


def forget_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody ever bought anything before."""

    async def faulty(*_args: Any) -> purchases.Earlier:
        return purchases.Earlier(0, None)

    monkeypatch.setattr(purchases, "earlier", faulty)


def keep_the_stock_of_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not sold after all is not put back."""

    async def faulty(*_args: Any) -> None:
        return None

    monkeypatch.setattr(items, "put_back", faulty)


def keep_the_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is used, sold or given stays as well."""

    async def faulty(*_args: Any) -> bool:
        return True

    monkeypatch.setattr(inventory, "take", faulty)


def give_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy appears at the receiver's, and its move says so too."""
    give = goods.Goods.give

    async def faulty(self: Any, session: Any, guild_id: int, gains: Any) -> None:
        more = [dataclasses.replace(gain, quantity=gain.quantity + 1) for gain in gains]
        await give(self, session, guild_id, more)

    monkeypatch.setattr(goods.Goods, "give", faulty)


def end_a_hold_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hold that was handed over is given back as well."""

    async def end(self: Any, session: Any, guild_id: int, hold_id: int, state: Any) -> Any:
        await hold_rows.end(session, guild_id, hold_id, state, now=self._clock.now())
        return await hold_rows.get(session, guild_id, hold_id)

    monkeypatch.setattr(holds.Holds, "_end", end)


def pay_before_the_role_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody knows yet counts as delivered."""
    judge = rules.judge

    def faulty(grants: Any) -> Any:
        found = judge(grants)
        return rules.Verdict.DELIVERED if found is rules.Verdict.OPEN else found

    monkeypatch.setattr(service, "judge", faulty)


def take_any_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """The price shown is not compared with the price of now."""
    buy = service.PurchasesService._judge

    async def faulty(self: Any, session: Any, guild_id: int, *about: Any) -> None:
        buyer, asked, item = about
        shown = dataclasses.replace(asked, shown_price=item.draft.price)
        await buy(self, session, guild_id, buyer, shown, item)

    monkeypatch.setattr(service.PurchasesService, "_judge", faulty)


def give_all_of_each_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a gift out of several lots, each comes as often as the whole."""
    give = goods.Goods.give

    async def faulty(self: Any, session: Any, guild_id: int, gains: Any) -> None:
        whole = sum(gain.quantity for gain in gains)
        received = [
            one if one.kind is not MoveKind.RECEIVED else dataclasses.replace(one, quantity=whole) for one in gains
        ]
        await give(self, session, guild_id, received)

    monkeypatch.setattr(goods.Goods, "give", faulty)


def forget_why_it_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    """What expired is taken away, and nothing says so."""
    add = inventory.add_move

    async def faulty(session: Any, guild_id: int, one: Any) -> bool:
        return one.kind is MoveKind.EXPIRED or await add(session, guild_id, one)

    monkeypatch.setattr(inventory, "add_move", faulty)


def forget_what_was_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A use, a sale or a gift that is delivered again is taken for a new one."""

    async def faulty(*_args: Any) -> bool:
        return False

    monkeypatch.setattr(goods.Goods, "done_before", faulty)


def give_the_role_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A purchase that failed is paid back, and its role stays wanted."""

    async def faulty(*_args: Any) -> None:
        return None

    monkeypatch.setattr(effects.EffectsService, "end_roles", faulty)


def pay_back_and_keep_the_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Staff takes a purchase back, and what was delivered stays."""

    async def faulty(*_args: Any, **_more: Any) -> None:
        return None

    monkeypatch.setattr(goods.Goods, "take_back", faulty)


def pay_back_and_keep_the_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of a role that was paid back goes on in what was bought behind it."""
    monkeypatch.setattr(effects, "ends_without", lambda *_args: {})


def count_what_was_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A purchase that staff took back counts as bought."""

    async def faulty(*_args: Any, **_more: Any) -> bool:
        return True

    monkeypatch.setattr(purchases, "undo", faulty)


FAULTS = [
    pay_back_and_keep_the_copies,
    pay_back_and_keep_the_hours,
    count_what_was_undone,
    sell_what_is_sold_out,
    forget_the_limit,
    keep_the_stock_of_what_failed,
    keep_the_copy,
    give_one_more,
    end_a_hold_twice,
    pay_before_the_role_is_there,
    take_any_price,
    give_all_of_each_lot,
    forget_why_it_expired,
    forget_what_was_pressed,
    give_the_role_after_all,
]


@pytest.mark.timeout(480)
@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_planted_fault_is_found(
    database_config: DatabaseConfig, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    with pytest.raises((AssertionError, ExceptionGroup, IntegrityError)):  # some faults the database refuses itself
        live(database_config, lives=200, steps=30, phases=(Phase.generate,))
