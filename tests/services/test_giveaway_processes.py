"""Several processes on one database: a giveaway is drawn by one of them, told once, and lost by none."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.actions.giveaways import GiveawayKeeper
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.repositories.giveaways import giveaways
from bot.db.sessions import WriteSession
from bot.domain.audit import AuditSource
from bot.domain.features import FeatureSettings
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_draw import Entrants
from bot.domain.giveaway_rules import Person
from bot.domain.giveaways import Claimed, EventKind, Giveaway, Prize, Status, WinnerState
from bot.domain.guilds import ShardRange
from bot.domain.outbox import Delivered, Place
from bot.services import Services
from bot.services.giveaway_file import LEASE
from bot.services.giveaway_making import NewGiveaway
from tests.support.clock import ManualClock

GUILD, CHANNEL, HOST, ROLE = 1_000 << 22, 5_000, 3_000, 900
ALL = ShardRange(1, frozenset({0}))


@dataclass
class Process:
    """One that works on the database, and sees the members that there are."""

    database: Database
    services: Services
    clock: ManualClock
    looked_at: Counter[int] = field(default_factory=Counter[int])

    @classmethod
    def start(cls, config: DatabaseConfig, clock: ManualClock, seed: int) -> Process:
        rng = Random(seed)
        database = Database(config, clock, rng)
        features = FeatureSettings.of({"all"})
        services = make_services(database, clock, rng, keep_guilds_for=timedelta(days=1), features=features)
        return cls(database, services, clock)

    async def _fetch(self, user_id: int) -> Any:
        self.looked_at[user_id] += 1
        await asyncio.sleep(0)
        old = self.clock.now() - timedelta(days=400)
        return SimpleNamespace(id=user_id, roles=[], joined_at=old, created_at=old, premium_since=None, bot=False)

    @property
    def keeper(self) -> GiveawayKeeper:
        guild = SimpleNamespace(id=GUILD, unavailable=False, fetch_member=self._fetch)
        client = cast("discord.Client", SimpleNamespace(get_guild=lambda _id: guild))
        services = self.services
        return GiveawayKeeper(client, services.giveaway_file, services.giveaway_drawing, services.giveaway_claims)

    async def draw_all(self) -> int:
        """Take what is due and draw it, until nothing is; how many were taken."""
        taken = 0
        while claimed := await self.services.giveaway_file.claim_due(ALL, 25):
            taken += len(claimed)
            await asyncio.gather(*(self.keeper.carry_out(one) for one in claimed))
        return taken

    async def say_all(self) -> list[str]:
        """Deliver what the outbox owes; the keys of what was said."""
        said: list[str] = []
        while claimed := await self.services.outbox.claim(ALL, 20):
            for one in claimed:
                said.append(one.key)
                await self.services.outbox.settle(one, Delivered(Place(one.destination.id, one.message_id or one.id)))
        return said


@pytest.fixture
async def processes(database_config: DatabaseConfig, clock: ManualClock) -> AsyncGenerator[Sequence[Process]]:
    started = [Process.start(database_config, clock, seed) for seed in (1, 2)]
    yield started
    for one in started:
        await one.database.close()


async def running(process: Process, count: int, **values: Any) -> list[int]:
    making, numbers = process.services.giveaway_making, list[int]()
    old = process.clock.now() - timedelta(days=400)
    for one in range(count):
        changes = Changes({"prize": "A mug", "lasts": 3_600, **values})
        draft = await making.begin(GUILD, NewGiveaway(f"i:{one}", HOST, CHANNEL + one, changes))
        await making.publish(GUILD, draft.number, by=HOST, via=AuditSource.COMMAND)
        for user_id in (1, 2, 3):
            person = Person(user_id, frozenset(), old, old, boosts=False)
            await process.services.giveaway_entering.enter(GUILD, draft.number, person)
        numbers.append(draft.number)
    return numbers


async def of(process: Process, number: int) -> tuple[Giveaway, list[EventKind]]:
    found = await process.services.giveaway_making.find(GUILD, number)
    events = await process.database.query(lambda session: giveaways.events(session, GUILD, number))
    return found, [one.kind for one in events]


async def test_two_processes_draw_each_giveaway_once_and_tell_of_it_once(processes: Sequence[Process]) -> None:
    first, second = processes
    numbers = await running(first, 10, winners=2, given=Prize(ROLE, None, 50))
    await first.say_all()
    first.clock.advance(seconds=3_600)
    taken = await asyncio.gather(first.draw_all(), second.draw_all())
    assert sum(taken) >= len(numbers)
    assert sum((first.looked_at + second.looked_at).values()) == 2 * len(numbers)
    first.clock.advance(seconds=30)
    said = [key for keys in await asyncio.gather(first.say_all(), second.say_all()) for key in keys]
    for number in numbers:
        giveaway, kinds = await of(first, number)
        assert giveaway.status is Status.ENDED
        assert [kinds.count(one) for one in (EventKind.ENDED, EventKind.DRAWN, EventKind.WON)] == [1, 1, 1]
        news = Counter(key.split(":")[2] for key in said if key.startswith(f"giveaway-news:{number}:"))
        assert news == {"said": 1, "letter": 2}
        _giveaway, won = await second.services.giveaway_claims.winners(GUILD, number)
        assert [one.state for one in won] == [WinnerState.CLAIMED] * 2


async def test_two_processes_that_end_it_by_hand_and_by_the_clock_end_it_once(processes: Sequence[Process]) -> None:
    first, second = processes
    [number] = await running(first, 1)
    making = second.services.giveaway_making
    first.clock.advance(seconds=3_599)
    await making.end(GUILD, number, by=HOST, via=AuditSource.COMMAND)
    first.clock.advance(seconds=1)
    await asyncio.gather(first.keeper.go_on(GUILD, number), second.draw_all())
    giveaway, kinds = await of(first, number)
    assert (giveaway.status, giveaway.closed_by, kinds.count(EventKind.ENDED)) == (Status.ENDED, HOST, 1)
    assert kinds.count(EventKind.WON) == 1


async def test_one_that_is_pressed_without_pause_is_taken_all_the_same(processes: Sequence[Process]) -> None:
    first, second = processes
    [number] = await running(first, 1)
    first.clock.advance(seconds=3_600)
    shared, done = asyncio.Event(), asyncio.Event()

    async def press(session: WriteSession) -> None:
        assert await giveaways.share(session, GUILD, number) is not None
        shared.set()
        await done.wait()

    pressing = asyncio.create_task(first.database.transact(press))
    await shared.wait()
    taking = asyncio.create_task(second.services.giveaway_file.claim_due(ALL, 25))
    await asyncio.wait({taking}, timeout=0.3)
    assert not taking.done()
    done.set()
    await pressing
    assert [one.giveaway.number for one in await taking] == [number]


async def test_a_draw_that_takes_longer_than_a_claim_lasts_keeps_its_claim(
    processes: Sequence[Process], clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = processes
    [number] = await running(first, 1)
    drawing, read = first.services.giveaway_drawing, first.services.giveaway_drawing.entrants
    monkeypatch.setattr("bot.actions.giveaways._FRESH", timedelta(seconds=0.01))
    taken: list[Claimed] = []

    async def slowly(giveaway: Giveaway) -> Entrants:
        for _time in range(3):
            clock.advance(seconds=50)
            async with asyncio.timeout(5):
                while await second.services.giveaway_file.next_due(ALL) != clock.now() + LEASE:
                    await asyncio.sleep(0.005)
            taken.extend(await second.services.giveaway_file.claim_due(ALL, 25))
        return await read(giveaway)

    monkeypatch.setattr(drawing, "entrants", slowly)
    first.clock.advance(seconds=3_600)
    await first.draw_all()
    giveaway, _kinds = await of(first, number)
    assert (giveaway.status, taken) == (Status.ENDED, [])


async def test_of_those_that_end_together_all_are_drawn_before_discord_is_asked_about_anybody(
    processes: Sequence[Process],
) -> None:
    process, _other = processes
    numbers = await running(process, 3)
    process.clock.advance(seconds=3_601)
    for _turn in numbers:
        [claimed] = await process.services.giveaway_file.claim_due(ALL, 1)
        await process.keeper.carry_out(claimed)
    drawn = [(await of(process, number))[0] for number in numbers]
    assert all(one.list_hash is not None for one in drawn)
    assert not process.looked_at
    await process.draw_all()
    assert {(await of(process, number))[0].status for number in numbers} == {Status.ENDED}
