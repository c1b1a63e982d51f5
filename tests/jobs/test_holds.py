"""Holds among many guilds: one with many that nobody ended in time keeps nobody else's coins aside."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

from bot.db.engine import Database
from bot.domain.holds import ClaimedHold, NewHold
from bot.jobs.fair import IN_A_GUILD
from bot.jobs.holds import HoldsSource
from bot.jobs.ticker import Bell, Ticker
from bot.services import Services
from tests.support.clock import ManualClock
from tests.support.market import ALL, Market

BIG, SMALL = 5 << 22, 6 << 22


async def put_aside(market: Market, clock: ManualClock, holds: int) -> None:
    await market.pay_in(1, holds)
    for _ in range(holds):
        async with market.database.write() as session:
            new = NewHold(1, 1, "test", "7", clock.now() + timedelta(minutes=1))
            await market.services.holds.make(session, market.guild, new)


async def test_a_guild_with_many_expired_holds_keeps_no_other_guild_waiting(
    database: Database, services: Services, clock: ManualClock
) -> None:
    big, small = Market(database, services, BIG), Market(database, services, SMALL)
    await put_aside(big, clock, 60)
    clock.advance(seconds=1)
    await put_aside(small, clock, 1)
    clock.advance(minutes=1)
    begun, go_on, bell = Counter[int](), asyncio.Event(), Bell()

    async def recover(claimed: ClaimedHold) -> bool:
        begun[claimed.guild_id] += 1
        if claimed.guild_id == BIG:  # Discord is slow there
            await go_on.wait()
        async with database.write() as session:
            await services.holds.void(session, claimed.guild_id, claimed.id, expired=True)
        return True

    source = HoldsSource(services.holds, {"test": recover}, lambda: ALL, bell.ring)
    ticker = Ticker(clock, [source], bell)
    await ticker.tick()
    await ticker.tick()
    assert begun == {BIG: IN_A_GUILD, SMALL: 1}
    assert await small.wallet(1) == 1
    assert await source.next_due() is None, "what is due has no place, and wakes the ticker when it has"
    go_on.set()
    async with asyncio.timeout(30):
        await bell.rung.wait()
        while await big.wallet(1) < 60:
            await ticker.tick()
    await source.finish()
    assert begun == {BIG: 60, SMALL: 1}
