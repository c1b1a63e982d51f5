"""Holds: put aside once, ended once, and never given back without knowing, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.db.engine import Database
from bot.db.repositories.economy import holds as rows
from bot.domain.amounts import MAX_COINS
from bot.domain.economy import Kind, Party, Pocket, system
from bot.domain.economy_settings import EconomySettings
from bot.domain.guilds import ShardRange
from bot.domain.holds import ClaimedHold, Hold, HoldState, NewHold
from bot.domain.movements import ItemDetails
from bot.errors import AccountFull, InsufficientFunds
from bot.jobs.holds import HoldsSource
from bot.services import Services
from bot.services.holds import LEASE, HoldOverError
from tests.support.clock import ManualClock
from tests.support.market import ALL, GUILD, Market

SHOP = system(Pocket.SHOP)
DETAILS = ItemDetails(item_id=1, name="A thing", quantity=1, unit_price=40)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def market(database: Database, services: Services) -> Market:
    market = Market(database, services)
    await market.pay_in(1, 100)
    return market


class Desk:
    """Whoever holds coins."""

    def __init__(self, market: Market, clock: ManualClock) -> None:
        self.market = market
        self.holds = market.services.holds
        self.clock = clock

    async def make(self, amount: int = 40, *, purpose: str = "test") -> Hold:
        new = NewHold(1, amount, purpose, "7", self.clock.now() + MINUTE)

        async with self.market.database.write() as session:
            return await self.holds.make(session, GUILD, new)

    async def post(self, hold: Hold) -> bool:
        async with self.market.database.write() as session:
            posted = await self.holds.post(session, GUILD, hold.id, target=SHOP, kind=Kind.PURCHASE, details=DETAILS)
            return posted.replayed

    async def void(self, hold: Hold, *, expired: bool = False) -> bool:
        async with self.market.database.write() as session:
            return (await self.holds.void(session, GUILD, hold.id, expired=expired)).replayed

    async def state(self, hold: Hold) -> HoldState:
        async with self.market.database.read() as session:
            found = await self.holds.find(session, GUILD, hold.id)
        assert found is not None
        return found.state


@pytest.fixture
def desk(market: Market, clock: ManualClock) -> Desk:
    return Desk(market, clock)


async def test_what_is_put_aside_is_in_escrow_and_nowhere_else(market: Market, desk: Desk) -> None:
    await desk.make(40)
    assert await market.wallet(1) == 60
    assert await market.wrongs() == []
    async with market.database.read() as session:
        assert await rows.escrow_difference(session, GUILD) == 0


async def test_nobody_puts_aside_what_they_do_not_have(market: Market, desk: Desk) -> None:
    with pytest.raises(InsufficientFunds):
        await desk.make(101)
    assert await market.wrongs() == []


async def test_a_hold_is_handed_over_or_given_back_and_the_same_again_changes_nothing(
    market: Market, desk: Desk
) -> None:
    kept, spent = await desk.make(40), await desk.make(30)
    assert [await desk.post(spent), await desk.post(spent)] == [False, True]
    assert [await desk.void(kept), await desk.void(kept, expired=True)] == [False, True]
    assert await market.wallet(1) == 70
    assert (await desk.state(spent), await desk.state(kept)) == (HoldState.POSTED, HoldState.VOIDED)
    assert await market.wrongs() == []


async def test_what_ended_one_way_can_not_end_the_other(market: Market, desk: Desk) -> None:
    kept, spent = await desk.make(40), await desk.make(30)
    await desk.post(spent)
    await desk.void(kept)
    with pytest.raises(HoldOverError):
        await desk.void(spent)
    with pytest.raises(HoldOverError):
        await desk.post(kept)
    assert await market.wallet(1) == 70
    assert await market.wrongs() == []


async def test_a_hold_ends_once_whoever_races(market: Market, desk: Desk) -> None:
    for _ in range(5):
        hold = await desk.make(10)
        outcomes = await asyncio.gather(
            *(desk.post(hold) for _ in range(5)), *(desk.void(hold) for _ in range(5)), return_exceptions=True
        )
        told = Counter(one if isinstance(one, bool) else type(one).__name__ for one in outcomes)
        assert told == {False: 1, True: 4, "HoldOverError": 5}
    assert await market.wrongs() == []


async def test_a_guilds_limit_for_wallets_does_not_keep_from_anybody_what_was_theirs(
    market: Market, desk: Desk, services: Services
) -> None:
    hold = await desk.make(40)
    await services.guild_settings.change(GUILD, EconomySettings(wallet_cap=70), base=0, by=None)
    with pytest.raises(AccountFull):
        await market.pay_in(1, 11)
    await desk.void(hold)
    assert await market.wallet(1) == 100


async def test_what_no_account_can_hold_waits_in_escrow_until_there_is_room(market: Market, desk: Desk) -> None:
    hold = await desk.make(40)
    await market.pay_in(1, MAX_COINS - 60)
    with pytest.raises(AccountFull):
        await desk.void(hold)
    assert await desk.state(hold) is HoldState.PENDING
    await market.services.economy.pay(GUILD, 1, Party(2, is_bot=False, is_member=True), 40, key="p")
    await desk.void(hold)
    assert await market.wallet(1) == MAX_COINS
    assert await market.wrongs() == []


async def test_an_expired_hold_goes_to_its_feature_and_no_sooner(
    market: Market, desk: Desk, clock: ManualClock
) -> None:
    hold = await desk.make(40, purpose="known")
    asked: list[ClaimedHold] = []

    async def recover(claimed: ClaimedHold) -> bool:
        asked.append(claimed)
        await desk.void(claimed.hold, expired=True)
        return True

    source = HoldsSource(desk.holds, {"known": recover}, lambda: ALL, lambda: None)
    assert await source.next_due() == clock.now() + MINUTE
    assert await source.claim(10) == []
    clock.advance(minutes=1)
    for claimed in await source.claim(10):
        await source.settle(claimed)
    assert [one.hold.id for one in asked] == [hold.id]
    assert await desk.state(hold) is HoldState.EXPIRED
    assert (await market.wallet(1), await source.next_due()) == (100, None)


async def test_what_nobody_knows_anything_about_is_never_given_back_blindly(
    market: Market, desk: Desk, clock: ManualClock
) -> None:
    await desk.make(40, purpose="unheard of")
    await desk.make(30, purpose="unsure")

    async def recover(_: ClaimedHold) -> bool:
        return False

    source = HoldsSource(desk.holds, {"unsure": recover}, lambda: ALL, lambda: None)
    for pause in (60, 1, 2, 4, 8):
        clock.advance(seconds=pause)
        claimed = await source.claim(10)
        assert len(claimed) == 2
        for one in claimed:
            await source.look_into(one)
        assert await source.claim(10) == []
    assert await market.wallet(1) == 30
    assert await market.wrongs() == []


async def test_whoever_dies_over_a_hold_only_delays_it_and_two_never_look_at_once(
    desk: Desk, clock: ManualClock
) -> None:
    await desk.make()
    clock.advance(minutes=1)
    claims = await asyncio.gather(*(desk.holds.claim(ALL, 10) for _ in range(8)))
    assert sum(len(one) for one in claims) == 1
    assert await desk.holds.claim(ALL, 10) == []
    clock.advance(seconds=LEASE.total_seconds())
    assert [one.hold.attempts for one in await desk.holds.claim(ALL, 10)] == [2]


async def test_one_who_lost_the_claim_postpones_nothing(desk: Desk, clock: ManualClock) -> None:
    await desk.make()
    clock.advance(minutes=1)
    (old,) = await desk.holds.claim(ALL, 10)
    clock.advance(seconds=LEASE.total_seconds())
    (new,) = await desk.holds.claim(ALL, 10)
    await desk.holds.postpone(old)
    assert await desk.holds.next_due(ALL) == clock.now() + LEASE
    await desk.holds.postpone(new)
    assert await desk.holds.next_due(ALL) == clock.now() + timedelta(seconds=2)


async def test_holds_of_other_shards_are_left_to_them(desk: Desk, clock: ManualClock) -> None:
    await desk.make()
    clock.advance(minutes=1)
    other = ShardRange(2, frozenset({0}))
    assert (await desk.holds.next_due(other), list(await desk.holds.claim(other, 10))) == (None, [])
    assert len(await desk.holds.claim(ShardRange(2, frozenset({1})), 10)) == 1


async def test_one_that_fails_is_looked_into_ever_more_rarely_and_keeps_its_coins(
    market: Market, desk: Desk, clock: ManualClock
) -> None:
    await desk.make(40, purpose="full")
    await desk.make(30, purpose="broken")

    async def full(_: ClaimedHold) -> bool:
        raise AccountFull(100, 0)

    async def broken(_: ClaimedHold) -> bool:
        raise ValueError("a fault")

    source = HoldsSource(desk.holds, {"full": full, "broken": broken}, lambda: ALL, lambda: None)
    for pause in (60, 1, 2, 4, 8):
        clock.advance(seconds=pause)
        claimed = await source.claim(10)
        assert len(claimed) == 2
        for one in claimed:
            await source.settle(one)
        assert await source.claim(10) == []
    assert await market.wallet(1) == 30
    assert await market.wrongs() == []
