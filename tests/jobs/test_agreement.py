"""Whose turn it is to be compared with its file: a server that takes long keeps no other waiting."""

from __future__ import annotations

import asyncio

from bot.jobs.agreement import AT_ONCE, AgreementJob
from bot.services import Services


async def test_a_server_that_takes_long_keeps_no_other_waiting(services: Services) -> None:
    compared: list[int] = []
    others = range(2, 4 * AT_ONCE)
    all_others, at_once, most = asyncio.Event(), 0, 0

    async def agree(guild_id: int) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        if guild_id == 1:
            await all_others.wait()
        await asyncio.sleep(0)
        compared.append(guild_id)
        at_once -= 1
        if set(compared) >= set(others):
            all_others.set()

    job = AgreementJob(services.agreement, agree, lambda: [1, *others])
    async with asyncio.timeout(10):
        await job.round()
    assert compared == [*others, 1]
    assert most == AT_ONCE
