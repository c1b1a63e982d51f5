"""Coins for many, as a batch asks Discord who its asker is."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import discord

from bot.actions.coin_batches import CoinBatches
from bot.domain.batches import Done, Job
from bot.domain.economy import Pocket
from bot.domain.treasury import Change, CoinOrder
from bot.services import Services
from tests.support.clock import ManualClock

SLOW, QUICK, STAFF = 5 << 22, 6 << 22, 9


class Guild:
    """A server that shows its members once it is told to."""

    unavailable = False
    owner_id = STAFF

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.asked = 0

    async def fetch_member(self, _user_id: int) -> Any:
        self.asked += 1
        await self.answers.wait()
        return SimpleNamespace(guild_permissions=discord.Permissions.none(), roles=[])


async def test_a_server_that_discord_is_slow_with_holds_up_no_other_server(
    services: Services, clock: ManualClock
) -> None:
    guilds = {SLOW: Guild(), QUICK: Guild()}
    guilds[QUICK].answers.set()
    client = cast("discord.Client", SimpleNamespace(get_guild=guilds.get))
    add = cast("Any", CoinBatches(client, services).kinds()[0].act)
    order = CoinOrder(Change.ADD, "5", Pocket.WALLET, None).stored()

    def job(guild_id: int, target: int) -> Job:
        return Job(guild_id, 1, target, "x", order, STAFF, clock.now())

    async with asyncio.timeout(10):
        slow = [asyncio.create_task(add(job(SLOW, target))) for target in (1, 2)]
        while not guilds[SLOW].asked:
            await asyncio.sleep(0)
        assert isinstance(await add(job(QUICK, 1)), Done)
        guilds[SLOW].answers.set()
        assert all(isinstance(one, Done) for one in await asyncio.gather(*slow))
    assert guilds[SLOW].asked == 1, "one look is for all targets of a turn"
