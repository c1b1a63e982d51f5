"""Role grants among many guilds: one with thousands of members to look after keeps nobody else's waiting."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from bot.db.engine import Database
from bot.domain.guilds import ShardRange
from bot.domain.role_grants import Claimed, Plan
from bot.jobs.fair import IN_A_GUILD
from bot.jobs.role_grants import SURVEY_INTERVAL, RoleGrantsSource, RoleSurveySource
from bot.jobs.ticker import Bell, Ticker
from bot.services import Services
from tests.support.clock import ManualClock

ALL = ShardRange(1, frozenset({0}))
BIG, SMALL = 5 << 22, 6 << 22
ROLE = 100


@dataclass
class Discord:
    """Changes members, those of the big guild only when it is told to."""

    services: Services
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: Counter[int] = field(default_factory=Counter[int])
    done: Counter[int] = field(default_factory=Counter[int])

    async def carry_out(self, claimed: Claimed) -> None:
        self.begun[claimed.guild_id] += 1
        if claimed.guild_id == BIG:
            await self.go_on.wait()
        await self.services.role_grants.settle(claimed, Plan(claimed.grants, claimed.grants), None)
        self.done[claimed.guild_id] += 1


async def want(database: Database, services: Services, guild: int, members: int) -> None:
    for user in range(1, members + 1):
        async with database.write() as session:
            await services.role_grants.want(session, guild, user, ROLE, source="level:5")


async def test_a_guild_with_many_members_due_keeps_no_other_guild_waiting(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await want(database, services, BIG, 60)
    clock.advance(seconds=1)
    await want(database, services, SMALL, 1)
    discord, bell = Discord(services), Bell()
    source = RoleGrantsSource(services.role_grants, discord.carry_out, lambda: ALL, bell.ring)
    ticker = Ticker(clock, [source], bell)
    await ticker.tick()
    await ticker.tick()
    assert discord.begun == {BIG: IN_A_GUILD, SMALL: 1}
    assert discord.done == {SMALL: 1}
    assert await source.next_due() is None, "what is due has no place, and wakes the ticker when it has"
    bell.rung.clear()
    discord.go_on.set()
    async with asyncio.timeout(30):
        await bell.rung.wait()
        while discord.done[BIG] < 60:
            await ticker.tick()
    await source.finish()
    assert discord.begun == {BIG: 60, SMALL: 1}


async def test_a_survey_that_takes_longer_than_an_hour_is_not_begun_a_second_time_beside_itself(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await want(database, services, BIG, 1)
    await want(database, services, SMALL, 1)
    begun, go_on = list[int](), asyncio.Event()

    async def survey(guild_id: int) -> None:
        begun.append(guild_id)
        if guild_id == BIG:
            await go_on.wait()

    source = RoleSurveySource(services.role_grants, survey, lambda: ALL, lambda: None)
    ticker = Ticker(clock, [source])
    await ticker.tick()
    clock.advance(seconds=SURVEY_INTERVAL.total_seconds())
    await ticker.tick()
    assert begun == [BIG, SMALL, SMALL]
    go_on.set()
    await source.finish()
    clock.advance(seconds=SURVEY_INTERVAL.total_seconds())
    await ticker.tick()
    assert sorted(begun[3:]) == [BIG, SMALL]
    await source.finish()
