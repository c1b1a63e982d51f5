"""kill -9 in the middle of payments, again and again on one database: what a member was told, the ledger holds."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import pytest

from bot.sandbox import Exchange, NotAnswered
from tests.e2e.stage import MEMBERS, Stage, is_paid, key_of

PAYERS = MEMBERS[:20]
ROUNDS = 10
"""For each database in `make test`; a hundred in `make chaos`."""


@dataclass
class Storm:
    """Members who pay each other without a pause, through processes that are killed under them."""

    stage: Stage
    rng: Random
    asked: list[tuple[Exchange, int, int]] = field(default_factory=list)
    """The exchange, who gets the coins, and how many."""
    told: set[int] = field(default_factory=set)
    """The exchanges whose payer was told that it is done."""

    async def round(self) -> None:
        """A process lives for a random moment, and is gone; what was left unanswered before is delivered again."""
        unanswered = [exchange for exchange, _, _ in self.asked if exchange.kind is None]
        bot = await self.stage.start()
        for exchange in unanswered[-20:]:
            exchange.replay()
        payers = [asyncio.create_task(self._keep_paying(payer)) for payer in PAYERS]
        try:
            before = len(self.told)
            await bot.until(lambda: len(self.told) > before, "the first payment")
            await asyncio.sleep(self.rng.uniform(0, 0.4))
            bot.kill()
            assert await bot.ended() == -9
        finally:
            for payer in payers:
                payer.cancel()
            await asyncio.gather(*payers, return_exceptions=True)

    async def _keep_paying(self, payer: int) -> None:
        while True:
            recipient = self.rng.choice([member for member in PAYERS if member != payer])
            amount = self.rng.randint(1, 80)
            exchange = await self.stage.pay(payer, recipient, amount)
            self.asked.append((exchange, recipient, amount))
            with suppress(NotAnswered):  # the process was killed, or was too slow under a heavy load
                await exchange.finished()
            if is_paid(exchange):
                self.told.add(exchange.id)

    async def assert_kept(self) -> tuple[int, int]:
        """Hold what members were told against the ledger; how many were told, and how many were paid unsaid."""
        ledger = await self.stage.payments()
        unsaid = 0
        for exchange, recipient, amount in self.asked:
            entries = sorted([(exchange.user_id, -amount), (recipient, amount)])
            held = [sorted(transaction) for transaction in ledger.pop(key_of(exchange), [])]
            if exchange.id in self.told or is_paid(exchange):
                self.told.add(exchange.id)
                assert held == [entries], "acknowledged, but not in the ledger exactly once"
            else:
                unsaid += len(held)
                assert held in ([], [entries])
        assert not ledger, "payments that nobody asked for"
        await self.stage.assert_sound()
        return len(self.told), unsaid


async def weather(stage: Stage, rounds: int, seed: int, record_property: Callable[[str, object], None]) -> None:
    await stage.endow(300)  # little enough that some are refused for want of coins
    storm = Storm(stage, Random(seed))
    for _ in range(rounds):
        await storm.round()
    told, unsaid = await storm.assert_kept()
    figures = f"{rounds} kills, {len(storm.asked)} payments asked, {told} acknowledged, {unsaid} committed unsaid"
    record_property("kill", figures)
    print(figures)  # noqa: T201 — shown with -rP
    assert told >= rounds

    bot = await stage.start()
    assert "wallet" in await stage.wallet(PAYERS[0])
    await bot.stop()


@pytest.mark.timeout(180)
async def test_no_acknowledged_payment_is_lost_or_doubled_by_kill_9(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    await weather(stage, ROUNDS, 20_260_101, record_property)


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
async def test_no_acknowledged_payment_is_lost_or_doubled_by_a_hundred_kill_9(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    await weather(stage, 100, 7, record_property)
