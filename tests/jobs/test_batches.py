"""Batches taken turn by turn: each target once, whoever dies, fails or cancels in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.actions.batches import BatchActions
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.batches import BatchItem, BatchRow
from bot.db.models.economy import LedgerTransaction
from bot.db.repositories import batches as rows
from bot.domain.batches import (
    DRAFT_HOLDS,
    GIVE_UP_AFTER,
    LONGEST_PAUSE,
    MAX_ATTEMPTS,
    STUCK_FOR,
    Batch,
    BatchState,
    Done,
    Draft,
    Failed,
    ItemState,
    Job,
    Later,
    Plan,
    Planned,
    Skipped,
    Turn,
)
from bot.domain.guilds import ShardRange
from bot.domain.outbox import Delivered, Place
from bot.errors import BatchGone, BatchOver, BatchStale, InsufficientFunds
from bot.features import invariants
from bot.jobs.batches import AT_ONCE, BatchSource
from bot.jobs.ticker import Bell, Ticker
from bot.services import Services
from bot.services.batches import DRAFT_KEPT_FOR, KEPT_FOR, LEASE
from bot.services.verify import VerifyService
from tests.support.clock import ManualClock
from tests.support.gifts import AMOUNT, Gifts, people, wealth
from tests.support.writes import transactions

ALL = ShardRange(1, frozenset({0}))
GUILD = 5 << 22
BOSS = 9
CHANNEL = 77


class Host:
    """Enough of a client to colour an answer."""

    async def accent(self, guild_id: int | None) -> int:
        del guild_id
        return 0


@dataclass
class Process:
    """What one process has of batches."""

    database: Database
    services: Services
    clock: ManualClock
    gifts: Gifts
    actions: BatchActions
    source: BatchSource
    ticker: Ticker

    async def tick(self) -> int:
        claimed = await self.ticker.tick()
        await self.source.finish()
        for message in await self.services.outbox.claim(ALL, 50):  # and all that is to be said is said
            place = Place(CHANNEL, message.message_id or message.id)
            await self.services.outbox.settle(message, Delivered(place))
        return claimed

    async def run(self, seconds: int = 400) -> None:
        """Turn after turn until nothing is due."""
        for _ in range(seconds):
            if await self.services.batches.next_due(ALL) is None:
                return
            await self.tick()
            self.clock.advance(seconds=1)
        raise AssertionError("it did not end")

    async def begin(self, *, guild: int = GUILD, key: str = "a", kind: str = "gift") -> Batch:
        """Draft and start a batch."""
        plan = await self.gifts.prepare()
        batches = self.services.batches
        batch = await batches.draft(guild, Draft(key, kind, {}, "en", self.gifts.per_second, BOSS), plan)
        return await batches.start(guild, batch.id, by=BOSS, channel_id=CHANNEL)


def process_on(database: Database, services: Services, clock: ManualClock, gifts: Gifts) -> Process:
    actions = BatchActions(Host(), services.batches)
    actions.add(gifts.kind)
    bell = Bell()
    source = BatchSource(services.batches, actions.take_turn, lambda: ALL, bell.ring)
    return Process(database, services, clock, gifts, actions, source, Ticker(clock, [source], bell))


@pytest.fixture
def one(database: Database, services: Services, clock: ManualClock) -> Process:
    return process_on(database, services, clock, Gifts(database, clock, people(20, robots=2), per_second=5))


@asynccontextmanager
async def second(process: Process, config: DatabaseConfig) -> AsyncGenerator[Process]:
    """Another process on the same database; on SQLite, where there can be none, the same one again."""
    if process.database.is_sqlite:
        yield process_on(process.database, process.services, process.clock, process.gifts)
        return
    database = Database(config, process.clock, Random(2))
    services = make_services(database, process.clock, Random(3), keep_guilds_for=timedelta(days=1))
    yield process_on(database, services, process.clock, replace(process.gifts, database=database, given=[], seed=6))
    await database.close()


async def states(database: Database, batch: Batch) -> dict[ItemState, int]:
    async with database.read() as session:
        query = select(BatchItem.state, func.count()).where(BatchItem.batch_id == batch.id).group_by(BatchItem.state)
        return {state: count for state, count in (await session.execute(query)).all()}  # noqa: C416 — rows, not pairs, to a type checker


async def broken(database: Database) -> set[str]:
    return {one.promise for one in await VerifyService(database, invariants()).guild(GUILD) if one.grave}


async def test_a_batch_is_done_at_its_speed_and_no_faster(one: Process) -> None:
    batch = await one.begin()
    done: list[int] = []
    for _ in range(5):
        await one.tick()
        await one.tick()  # it is not due again
        done.append((await one.services.batches.get(GUILD, batch.id)).counts.done)
        one.clock.advance(seconds=1)
    assert done == [5, 10, 15, 20, 20]
    batch = await one.services.batches.get(GUILD, batch.id)
    assert (batch.state, batch.counts.skipped, batch.counts.left) == (BatchState.DONE, 2, 0)
    assert await wealth(one.database, GUILD, one.gifts.targets) == [AMOUNT] * 20 + [0] * 2
    assert await one.services.batches.next_due(ALL) is None
    assert not await broken(one.database)


async def test_a_start_wakes_the_ticker_once_it_is_committed(one: Process) -> None:
    woken = asyncio.Event()
    one.services.batches.on_due(woken.set)
    await one.begin()
    assert woken.is_set()


async def test_one_target_that_fails_in_whatever_way_stops_no_other(one: Process) -> None:
    def before(job: Job) -> Any:
        match job.target:
            case 3:
                raise RuntimeError("a fault with a secret in it")
            case 4:
                raise InsufficientFunds(1, 2)
            case 5:
                return Failed("the door is shut", "by Bob")
            case 6:
                return Skipped("has it already")
            case _:
                return None

    one.gifts.before = before
    batch = await one.begin()
    await one.run()
    found = {result.target: result for result in await one.services.batches.results(GUILD, batch.id)}
    assert (found[3].state, found[3].reason) == (ItemState.FAILED, "something went wrong on my side")
    assert (found[4].state, found[4].reason) == (ItemState.FAILED, "You have 1 and would need 2.")
    assert (found[5].state, found[5].reason, found[5].detail) == (ItemState.FAILED, "the door is shut", "by Bob")
    assert (found[6].state, found[6].reason) == (ItemState.SKIPPED, "has it already")
    batch = await one.services.batches.get(GUILD, batch.id)
    assert (batch.state, batch.counts.done, batch.counts.failed, batch.counts.skipped) == (BatchState.DONE, 16, 3, 3)
    report = await one.services.batches.report(GUILD, batch.id)
    assert report.reasons[0] == (ItemState.SKIPPED, "a bot", 2)
    assert not await broken(one.database)


async def test_what_may_work_later_is_tried_after_the_others_and_the_batch_waits_for_it(one: Process) -> None:
    began = one.clock.now()
    tries: list[int] = []

    def before(job: Job) -> Any:
        if job.target == 2:
            tries.append((one.clock.now() - began).seconds)
            if len(tries) < 3:
                return Later("Discord is away", timedelta(seconds=10))
        return None

    one.gifts.before = before
    batch = await one.begin()
    await one.run()
    assert tries == [0, 10 + 3, 10 + 3 + 10], "the fifteen others take three turns, after the batch has waited"
    assert (await one.services.batches.get(GUILD, batch.id)).counts.done == 20


async def test_what_never_works_holds_up_no_other_and_is_given_up_after_a_day(one: Process) -> None:
    began = one.clock.now()
    tries: list[timedelta] = []

    def before(job: Job) -> Any:
        if job.target not in {2, 3}:
            return None
        tries.append(one.clock.now() - began)
        return Later("Discord is away", timedelta(hours=1))

    one.gifts.before = before
    one.gifts.per_second = 1
    batch = await one.begin()
    while (await one.services.batches.get(GUILD, batch.id)).counts.done < 18:
        await one.tick()
        one.clock.advance(minutes=30)
    assert len(tries) == 2, "the others come first"
    while await one.services.batches.next_due(ALL) is not None:
        await one.tick()
        one.clock.advance(minutes=30)
    assert max(tries[:-2]) < GIVE_UP_AFTER <= tries[-2]
    failed = [r for r in await one.services.batches.results(GUILD, batch.id) if r.state is ItemState.FAILED]
    assert [(r.target, r.reason) for r in failed] == [(2, "Discord is away"), (3, "Discord is away")]


async def test_a_target_for_which_alone_it_does_not_work_keeps_the_next_batch_waiting_for_an_hour_at_most(
    one: Process,
) -> None:
    began, tries = one.clock.now(), list[timedelta]()

    def before(job: Job) -> Any:
        if job.batch_id != first.id or job.target != 2:
            return None
        tries.append(one.clock.now() - began)
        return Later("it does not answer", timedelta(seconds=5))

    one.gifts.before, one.gifts.serves = before, _yes
    one.actions.add(one.gifts.kind)
    first, behind = await one.begin(), await one.begin(key="b")
    while (await one.services.batches.get(GUILD, behind.id)).state is BatchState.RUNNING:
        await one.tick()
        one.clock.advance(seconds=5)
    assert STUCK_FOR <= one.clock.now() - began < STUCK_FOR + LONGEST_PAUSE + timedelta(minutes=2)
    assert len(tries) < 40, "the longer it has not worked, the more rarely it is tried"
    [failed] = [r for r in await one.services.batches.results(GUILD, first.id) if r.state is ItemState.FAILED]
    assert (failed.target, failed.reason) == (2, "it does not answer")
    assert (await one.services.batches.get(GUILD, first.id)).counts.done == 19
    assert not await broken(one.database)


@pytest.mark.parametrize("how", ["nothing serves", "no answer whether it does", "known to be so everywhere"])
async def test_while_nothing_works_no_hour_runs_for_any_target(one: Process, how: str) -> None:
    back_at = one.clock.now() + 3 * STUCK_FOR
    later = Later("Discord is away", timedelta(seconds=5), everywhere=how == "known to be so everywhere")

    async def serves(_guild_id: int) -> bool:
        if how == "no answer whether it does":
            raise OSError("no route to host")
        return how == "known to be so everywhere"

    one.gifts.before = lambda _job: later if one.clock.now() < back_at else None
    one.gifts.serves = serves
    one.actions.add(one.gifts.kind)
    batch = await one.begin()
    while await one.services.batches.next_due(ALL) is not None:
        await one.tick()
        one.clock.advance(minutes=10 if one.clock.now() < back_at else 1)
    batch = await one.services.batches.get(GUILD, batch.id)
    assert (batch.state, batch.counts.done, batch.counts.failed) == (BatchState.DONE, 20, 0)


async def _yes(_guild_id: int) -> bool:
    return True


async def test_when_discord_was_away_for_ten_minutes_every_target_is_done_once_all_the_same(one: Process) -> None:
    back_at = one.clock.now() + timedelta(minutes=10)
    one.gifts.before = lambda _job: (
        Later("Discord is away", timedelta(seconds=5)) if one.clock.now() < back_at else None
    )
    batch = await one.begin()
    await one.run(seconds=700)
    batch = await one.services.batches.get(GUILD, batch.id)
    assert (batch.state, batch.counts.done, batch.counts.failed) == (BatchState.DONE, 20, 0)
    assert sorted(one.gifts.given) == [*range(1, 21)]
    assert await wealth(one.database, GUILD, one.gifts.targets) == [AMOUNT] * 20 + [0] * 2
    assert not await broken(one.database)


async def test_a_target_that_kills_every_process_is_given_up_and_the_others_are_done(one: Process) -> None:
    batch = await one.begin()
    deaths = 0
    while turns := await one.services.batches.claim(ALL, 10):
        [turn] = turns
        if any(item.target == 3 and item.attempts <= MAX_ATTEMPTS for item in turn.items):
            deaths += 1
            one.clock.advance(seconds=LEASE.total_seconds())
        elif turn.items:
            for item in turn.items:
                await one.services.batches.settle(turn, item, Done() if item.target != 3 else Failed("deadly"))
            await one.services.batches.release(turn)
            one.clock.advance(seconds=1)
        else:
            break
    assert deaths == MAX_ATTEMPTS
    assert await states(one.database, batch) == {ItemState.DONE: 19, ItemState.FAILED: 1, ItemState.SKIPPED: 2}


async def test_a_target_that_was_interrupted_too_often_is_not_tried_again(one: Process) -> None:
    batch = await one.begin()
    for _ in range(MAX_ATTEMPTS + 1):
        await one.services.batches.claim(ALL, 10)  # and dies
        one.clock.advance(seconds=LEASE.total_seconds())
    await one.run()
    assert sorted(one.gifts.given) == [*range(2, 21)]
    [failed] = [r for r in await one.services.batches.results(GUILD, batch.id) if r.state is ItemState.FAILED]
    assert (failed.target, failed.reason) == (1, "I was interrupted each time I tried; it may have been done")


async def test_a_process_that_dies_in_a_turn_delays_the_batch_by_its_lease_and_writes_nothing_any_more(
    one: Process,
) -> None:
    await one.begin()
    [lost] = await one.services.batches.claim(ALL, 10)
    await one.gifts.act(Job(GUILD, lost.batch.id, 1, "", {}, BOSS, lost.batch.created_at))  # done, but not written down
    one.clock.advance(seconds=LEASE.total_seconds() - 1)
    assert await one.services.batches.claim(ALL, 10) == []
    one.clock.advance(seconds=1)
    [found] = await one.services.batches.claim(ALL, 10)
    assert [(item.target, item.attempts) for item in found.items] == [(number, 2) for number in range(1, 6)]
    assert not await one.services.batches.settle(lost, lost.items[1], Failed("too late to say"))
    await one.services.batches.release(lost)
    assert await one.services.batches.claim(ALL, 10) == [], "who lost it can't give it away"
    await one.services.batches.abandon(lost, because="an older version does not know it")
    assert (await one.services.batches.get(GUILD, lost.batch.id)).state is BatchState.RUNNING
    await one.actions.take_turn(found)
    await one.run()
    assert await wealth(one.database, GUILD, one.gifts.targets) == [AMOUNT] * 20 + [0] * 2
    results = await one.services.batches.results(GUILD, lost.batch.id)
    assert [result.detail for result in results[:2]] == ["had it already", None]
    assert not await broken(one.database)


async def test_cancelled_in_the_middle_nothing_more_begins_and_what_had_begun_is_finished(one: Process) -> None:
    batch = await one.begin()
    await one.tick()
    one.clock.advance(seconds=1)
    [turn] = await one.services.batches.claim(ALL, 10)
    cancelled = await one.services.batches.cancel(GUILD, batch.id, by=BOSS, because="cancelled")
    assert (cancelled.state, cancelled.is_cancelled, cancelled.counts.left) == (BatchState.RUNNING, True, 5)
    for item in turn.items[:4]:
        assert await one.services.batches.settle(turn, item, Done())
    assert await one.services.batches.settle(turn, turn.items[4], Later("away", timedelta(seconds=5)))
    cancelled = await one.services.batches.get(GUILD, batch.id)
    assert cancelled.state is BatchState.CANCELLED
    assert await states(one.database, batch) == {ItemState.DONE: 9, ItemState.FAILED: 1, ItemState.SKIPPED: 12}
    with pytest.raises(BatchOver):
        await one.services.batches.start(GUILD, batch.id, by=BOSS, channel_id=None)
    assert not await broken(one.database)


async def test_cancelled_while_nobody_is_at_it_a_batch_is_over_at_once(one: Process) -> None:
    batch = await one.begin()
    await one.tick()
    cancelled = await one.services.batches.cancel(GUILD, batch.id, by=BOSS, because="cancelled")
    assert (cancelled.state, cancelled.counts.done, cancelled.counts.skipped) == (BatchState.CANCELLED, 5, 17)
    again = await one.services.batches.cancel(GUILD, batch.id, by=BOSS, because="cancelled")
    assert again == cancelled
    await one.run()
    assert len(one.gifts.given) == 5


async def test_cancelled_when_its_process_is_dead_what_had_begun_gets_an_outcome(one: Process) -> None:
    batch = await one.begin()
    await one.services.batches.claim(ALL, 10)  # and dies
    await one.services.batches.cancel(GUILD, batch.id, by=BOSS, because="cancelled")
    one.clock.advance(seconds=LEASE.total_seconds())
    await one.run()
    assert await states(one.database, batch) == {ItemState.DONE: 5, ItemState.SKIPPED: 17}
    assert (await one.services.batches.get(GUILD, batch.id)).state is BatchState.CANCELLED


async def test_a_batch_of_a_kind_that_is_gone_ends_and_says_so(one: Process) -> None:
    batch = await one.begin(kind="forgotten")
    await one.run()
    batch = await one.services.batches.get(GUILD, batch.id)
    assert (batch.state, batch.counts.skipped) == (BatchState.FAILED, 22)
    assert not await broken(one.database)


async def test_in_a_guild_batches_run_one_after_another_and_guilds_take_turns(one: Process) -> None:
    first = await one.begin(key="first")
    one.clock.advance(milliseconds=1)
    behind = await one.begin(key="behind")
    others = [await one.begin(guild=(10 + number) << 22) for number in range(AT_ONCE + 2)]
    for _ in range(3):
        while await one.tick():
            pass
        counts = [(await one.services.batches.get(batch.guild_id, batch.id)).counts.done for batch in others]
        assert len(set(counts)) == 1, "no guild is ahead of another"
        assert (await one.services.batches.get(GUILD, behind.id)).counts.left == 20
        one.clock.advance(seconds=1)
    await one.tick()
    assert (await one.services.batches.get(GUILD, first.id)).state is BatchState.DONE
    await one.run()
    assert (await one.services.batches.get(GUILD, behind.id)).counts.done == 20


async def test_when_a_turn_among_as_many_as_may_be_ends_the_ticker_is_woken_once_there_is_room(one: Process) -> None:
    woken, first, rest = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def take(turn: Turn) -> None:
        await (first if turn.batch.guild_id == batches[0].guild_id else rest).wait()
        await one.services.batches.release(turn)

    batches = [await one.begin(guild=(10 + number) << 22) for number in range(AT_ONCE + 1)]
    source = BatchSource(one.services.batches, take, lambda: ALL, woken.set)
    turns = await source.claim(AT_ONCE)
    await asyncio.gather(*(source.settle(turn) for turn in turns))
    assert (len(turns), await source.next_due(), woken.is_set()) == (AT_ONCE, None, False)
    first.set()
    async with asyncio.timeout(10):
        await woken.wait()
    assert await source.next_due() == one.clock.now(), "the one that waits can begin"
    assert len(await source.claim(AT_ONCE)) == 1
    rest.set()
    await source.finish()


async def test_two_processes_share_two_hundred_targets_and_do_none_twice(
    one: Process, database_config: DatabaseConfig
) -> None:
    one.gifts.targets = people(40, robots=1)
    for number in range(5):
        await one.begin(guild=(20 + number) << 22)
    async with second(one, database_config) as two:
        for _ in range(200):
            await asyncio.gather(one.tick(), two.tick())
            one.clock.advance(milliseconds=200)
            if await one.services.batches.next_due(ALL) is None:
                break
        given = one.gifts.given + (two.gifts.given if two.gifts is not one.gifts else [])
    assert sorted(given) == sorted([*range(1, 41)] * 5)
    async with one.database.read() as session:
        assert (await session.execute(select(func.count()).select_from(LedgerTransaction))).scalar_one() == 200
        rows = (await session.execute(select(BatchItem.attempts).where(BatchItem.state == ItemState.DONE))).scalars()
        assert set(rows) == {1}
    assert not await broken(one.database)


async def test_a_command_that_came_twice_drafts_one_batch_and_an_old_draft_is_not_started(one: Process) -> None:
    plan = Plan("Give", "They would get.", people(2))
    draft = Draft("i:1", "gift", {}, "en", 5, BOSS)
    batch = await one.services.batches.draft(GUILD, draft, plan)
    assert (await one.services.batches.draft(GUILD, draft, plan)).id == batch.id
    assert await one.services.batches.newest(GUILD) == [], "a draft is nobody's business yet"
    one.clock.advance(seconds=DRAFT_HOLDS.total_seconds() + 1)
    with pytest.raises(BatchStale):
        await one.services.batches.start(GUILD, batch.id, by=BOSS, channel_id=None)
    await one.services.batches.discard(GUILD, batch.id)
    await one.services.batches.discard(GUILD, batch.id)
    with pytest.raises(BatchGone):
        await one.services.batches.start(GUILD, batch.id, by=BOSS, channel_id=None)


async def test_a_batch_is_unknown_in_every_other_guild(one: Process) -> None:
    batch = await one.begin()
    other = GUILD + (1 << 22)
    for work in (
        one.services.batches.get(other, batch.id),
        one.services.batches.report(other, batch.id),
        one.services.batches.cancel(other, batch.id, by=BOSS, because=""),
        one.services.batches.start(other, batch.id, by=BOSS, channel_id=None),
    ):
        with pytest.raises(BatchGone):
            await work
    assert await one.services.batches.results(other, batch.id) == []
    await one.services.batches.discard(other, batch.id)
    assert (await one.services.batches.get(GUILD, batch.id)).state is BatchState.RUNNING


async def test_what_ended_long_ago_and_drafts_of_yesterday_are_forgotten_and_what_runs_never(one: Process) -> None:
    ended = await one.begin()
    await one.run()
    running = await one.begin(key="b")
    plan = Plan("Give", "They would get.", people(2))
    await one.services.batches.draft(GUILD, Draft("c", "gift", {}, "en", 5, BOSS), plan)
    assert await one.services.batches.prune() == 0
    one.clock.advance(seconds=DRAFT_KEPT_FOR.total_seconds() + 1)
    assert await one.services.batches.prune() == 1
    one.clock.advance(seconds=KEPT_FOR.total_seconds())
    assert await one.services.batches.prune() == 1
    with pytest.raises(BatchGone):
        await one.services.batches.get(GUILD, ended.id)
    assert (await one.services.batches.get(GUILD, running.id)).state is BatchState.RUNNING


async def test_a_large_dry_run_is_discarded_piece_by_piece_and_cannot_be_started_meanwhile(
    one: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.batches._PRUNED_AT_ONCE", 8)
    batches = one.services.batches
    drafts = [
        await batches.draft(GUILD, Draft(key, "gift", {}, "en", 5, BOSS), Plan("Give", "They.", people(20)))
        for key in ("a", "b")
    ]
    with transactions(one.database) as ended_so:
        await batches.discard(GUILD, drafts[0].id)
    assert len(ended_so) == 3
    transact, begun = one.database.transact, list[object]()

    async def dies_at_the_second(work: Any, **more: Any) -> object:
        if begun:
            raise OSError("the process is gone")
        begun.append(work)
        return await transact(work, **more)

    with monkeypatch.context() as dying, pytest.raises(OSError, match="gone"):
        dying.setattr(one.database, "transact", dies_at_the_second)
        await batches.discard(GUILD, drafts[1].id)
    for work in (
        batches.start(GUILD, drafts[1].id, by=BOSS, channel_id=None),
        batches.get(GUILD, drafts[1].id),
    ):
        with pytest.raises(BatchGone):
            await work
    assert not await broken(one.database)
    assert await batches.prune() == 1
    async with one.database.read() as session:
        for model in (BatchItem, BatchRow):
            assert (await session.execute(select(func.count()).select_from(model))).scalar_one() == 0


async def test_what_is_many_is_forgotten_piece_by_piece_and_whoever_dies_between_leaves_nothing_wrong(
    one: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.batches._PRUNED_AT_ONCE", 8)
    ended = await one.begin()  # of 20 targets, and two that are left out
    await one.run()
    one.clock.advance(seconds=KEPT_FOR.total_seconds() + 1)
    times = {"over_before": one.clock.now() - KEPT_FOR, "drafted_before": one.clock.now() - DRAFT_KEPT_FOR}
    async with one.database.write() as session:
        assert await rows.prune(session, **times, limit=8) is False
    assert (await one.services.batches.get(GUILD, ended.id)).counts.total == 14
    assert len(await one.services.batches.results(GUILD, ended.id)) == 14
    assert not await broken(one.database)
    await one.services.batches.draft(GUILD, Draft("b", "gift", {}, "en", 5, BOSS), Plan("Give", "They.", people(16)))
    one.clock.advance(seconds=DRAFT_KEPT_FOR.total_seconds() + 1)
    with transactions(one.database) as ended_so:
        assert await one.services.batches.prune() == 2
    assert len(ended_so) == 2 + 3 + 1, "of 8 targets at most, and one in which nothing was left"
    async with one.database.read() as session:
        assert (await session.execute(select(func.count()).select_from(BatchItem))).scalar_one() == 0


@pytest.mark.parametrize(
    ("table", "values", "promise"),
    [
        ("batches", {"done": 4}, "every batch counts its targets right"),
        ("items", {"state": "failed", "settled_at": "now"}, "every batch counts its targets right"),
        ("batches", {"due_at": None, "state": "done"}, "a batch is over when its targets are, and not before"),
    ],
)
async def test_counts_that_are_not_those_of_the_rows_are_found(
    one: Process, table: str, values: dict[str, Any], promise: str
) -> None:
    batch = await one.begin()
    await one.tick()
    assert not await broken(one.database)
    written = {name: one.clock.now() if value == "now" else value for name, value in values.items()}
    async with one.database.write() as session:
        if table == "items":
            await session.execute(update(BatchItem).where(BatchItem.target == 20).values(**written))
        else:
            if "state" in written:  # what no CHECK stops: over, with right sums, and open targets
                written |= {"finished_at": one.clock.now(), "done": 20}
            await session.execute(update(BatchRow).where(BatchRow.id == batch.id).values(**written))
    assert promise in await broken(one.database)


async def test_a_plan_names_nobody_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        Plan("a", "b", [Planned(1, "x"), Planned(1, "y")])
