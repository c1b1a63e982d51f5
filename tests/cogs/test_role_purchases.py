"""Buying a role with /buy, from the press to what the ticker does: paid and given, or neither, and told truly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.domain.shop import Item
from bot.sandbox import Exchange
from bot.services.purchases import ASKED_AFTER, PATIENCE
from tests.cogs.shop_stage import PATCHES, VIP, chosen, clear, furnish, market, over, press, put_up_vip, rich, tick
from tests.support.crash import CrashPoints, Died, sweep
from tests.support.market import Market
from tests.support.stage import BOB, GENERAL, GUILD, LONG_AGO, Stage, words

BACK = "Your 100 coins are back in your wallet."


@dataclass(frozen=True)
class Trouble:
    """What is wrong with Discord, or with the buyer, from the press on."""

    name: str
    begin: Callable[[Stage], object] = lambda _stage: None
    leaves_at: str = ""
    """The request to Discord about the member with which they leave; empty: they stay."""
    refusal: str = ""
    """What the buyer reads then; empty: the role can be given all the same."""


def answers(status: int, code: int = 0) -> Callable[[Stage], object]:
    def begin(stage: Stage) -> None:
        stage.sandbox.faults.server_error(PATCHES, method="PATCH", status=status, times=None).code = code

    return begin


DOWN = Trouble("down", answers(503), refusal=f"Discord did not answer for too long. {BACK}")
TROUBLES = [
    Trouble("refused", answers(403, 50013), refusal=f"Discord refused it. {BACK}"),
    DOWN,
    Trouble("leaves meanwhile", leaves_at="PATCH"),
]
MORE_TROUBLES = [
    Trouble("unknown", answers(404, 10007), refusal=f"you are not in the server any more. {BACK}"),
    Trouble("unheard", lambda stage: stage.sandbox.faults.lose_answer(PATCHES, method="PATCH")),
    Trouble("leaves before", leaves_at="GET"),
]


class Purchase:
    """One /buy of Bob's, and what became of it."""

    def __init__(self, stage: Stage, points: CrashPoints, trouble: Trouble) -> None:
        self.stage = stage
        self.points = points
        self.trouble = trouble

    def arrange(self, app: Any, trace: aiohttp.TraceConfig) -> None:
        self.points.plant(app, trace)

        async def leave(_session: Any, _context: Any, request: aiohttp.TraceRequestStartParams) -> None:
            is_it = request.method == self.trouble.leaves_at and "/members/" in str(request.url)
            if self.points.armed and is_it and self.is_here:
                self.stage.sandbox.world.remove_member(GUILD, BOB)

        trace.on_request_start.append(leave)

    @property
    def is_here(self) -> bool:
        return BOB in self.stage.sandbox.world.backend.get_guild(GUILD).members

    async def begin(self) -> tuple[Exchange, Item, int]:
        """The first process, to its end: by a crash, or because all is said."""
        self.stage.arrange = self.arrange
        await self.stage.start()
        found = await rich(self.stage, 100)
        vip = await put_up_vip(found, f"VIP {found.services.shop.new_id()}", stock=1)
        before = await found.wallet(BOB)
        self.trouble.begin(self.stage)
        await self.points.arm()
        exchange = await self.stage.bob.slash(GENERAL, "buy", item=chosen(vip))
        await self.points.heard(exchange)
        if self.points.at is None:
            await over(exchange)
        self.points.armed = False
        await self.stage.die()
        return exchange, vip, before

    async def recover(self) -> Market:
        """The next process, until nothing is left to do."""
        self.stage.arrange = None
        self.stage.clock.advance(seconds=ASKED_AFTER.total_seconds() + 30)  # the leases of the dead are over
        await self.stage.start()
        await tick(self.stage)
        self.stage.clock.advance(seconds=PATIENCE.total_seconds())
        await tick(self.stage)
        return market(self.stage)

    async def said(self, exchange: Exchange) -> str | None:
        """What Bob reads in the end; None: he was never answered, or can't press what he was shown."""
        message = exchange.message
        if message is None or not words(message):
            return None
        if "Look again" in {one.get("label") for one in message.controls()}:
            message = await press(self.stage, message, "Look again") if self.is_here else None
        return None if message is None else words(message)


async def check(one: Purchase, exchange: Exchange, vip: Item, before: int) -> bool:
    """Paid and given, or neither; whether it was the former."""
    found = market(one.stage)
    bought = await found.owned(BOB) == {vip.id: 1}
    assert await found.wallet(BOB) == before - (100 if bought else 0)
    item = await found.item(vip)
    assert (item.draft.stock, item.sold) == ((0, 1) if bought else (1, 0))
    if one.is_here:
        assert (VIP in one.stage.sandbox.world.backend.get_member(GUILD, BOB).role_ids) == bought
    assert await found.services.holds.next_due(found.shards) is None
    assert await found.wrongs() == []
    said = await one.said(exchange)
    if said is not None:
        expected = f"✅ You bought **{vip.name}** for 100 coins." if bought else one.trouble.refusal or BACK
        assert expected in said, said
    return bought


async def sweep_over(stage: Stage, trouble: Trouble) -> tuple[list[str], set[bool]]:
    """Die at each point of a purchase in this trouble; the points, and how it ended."""
    furnish(stage)
    ends: set[bool] = set()

    async def story(points: CrashPoints) -> None:
        one = Purchase(stage, points, trouble)
        exchange, vip, before = await one.begin()
        found = await one.recover()
        bought = await check(one, exchange, vip, before)
        ends.add(bought)
        assert not (bought and trouble.refusal)
        stage.sandbox.faults.clear()
        if not one.is_here:
            stage.sandbox.world.add_member(GUILD, BOB)
            stage.sandbox.world.settle(GUILD, LONG_AGO)
            await tick(stage)
        if not bought:
            stage.clock.advance(hours=1)
            await tick(stage)  # nothing is given after all
            assert VIP not in stage.sandbox.world.backend.get_member(GUILD, BOB).role_ids
        await clear(stage, found, vip)
        await stage.stop()

    return await sweep(story), ends


async def test_a_purchase_that_dies_anywhere_is_paid_and_delivered_or_neither(stage: Stage) -> None:
    seen, ends = await sweep_over(stage, Trouble("none"))
    assert sum("PATCH" in point for point in seen if "member" in point) >= 2
    assert ends == {True, False}  # who dies before the first commit has sold nothing


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    "trouble",
    [*TROUBLES, *(pytest.param(one, marks=pytest.mark.chaos) for one in MORE_TROUBLES)],
    ids=lambda trouble: trouble.name,
)
async def test_in_trouble_too_a_purchase_that_dies_anywhere_is_paid_and_delivered_or_neither(
    stage: Stage, trouble: Trouble
) -> None:
    seen, ends = await sweep_over(stage, trouble)
    assert len(seen) >= 8
    assert False in ends


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("comes_back", [True, False])
async def test_a_ticker_that_dies_anywhere_leaves_a_purchase_to_the_next(stage: Stage, comes_back: bool) -> None:
    furnish(stage)

    async def story(points: CrashPoints) -> None:
        one = Purchase(stage, CrashPoints(), DOWN)
        exchange, vip, before = await one.begin()
        if comes_back:
            stage.sandbox.faults.clear()
        stage.clock.advance(seconds=(ASKED_AFTER if comes_back else PATIENCE).total_seconds())
        stage.arrange = points.plant
        await stage.start()
        await points.arm()
        with suppress(Died):
            await tick(stage)
        points.armed = False
        await stage.die()
        found = await one.recover()
        assert await check(one, exchange, vip, before) == comes_back
        stage.sandbox.faults.clear()
        stage.clock.advance(hours=1)
        await tick(stage)
        assert (VIP in stage.sandbox.world.backend.get_member(GUILD, BOB).role_ids) == comes_back
        await clear(stage, found, vip)
        await stage.stop()

    assert len(await sweep(story)) >= 6


async def test_whoever_waits_for_a_role_of_a_process_that_died_gets_it_by_looking_again(stage: Stage) -> None:
    furnish(stage)
    await stage.start()
    found = await rich(stage)
    vip = await put_up_vip(found)
    stage.sandbox.faults.delay(PATCHES, method="GET", seconds=30)
    exchange = await stage.bob.slash(GENERAL, "buy", item=chosen(vip))
    async with asyncio.timeout(10):
        while "I'm giving you" not in words(await exchange.finished()):
            await asyncio.sleep(0.02)
    await stage.die()
    stage.sandbox.faults.clear()
    stage.clock.advance(seconds=ASKED_AFTER.total_seconds())
    await stage.start()
    message = await exchange.finished()
    assert words(await press(stage, message, "Look again")).startswith("✅ You bought **VIP** for 100 coins.")
    assert await market(stage).owned(BOB) == {vip.id: 1}
    assert await market(stage).wallet(BOB) == 900
    assert await market(stage).wrongs() == []
