"""Locks as they are kept: one at a time, written before they are done, and ended by nobody's old timer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import update

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.locks import ChannelLockRow
from bot.domain.features import FeatureSettings
from bot.domain.guilds import ShardRange
from bot.domain.locks import Claimed, Delayed, Done, LockKind, LockOrder, LockState, Obstacle, Record, Refused, Wish
from bot.errors import AlreadyLocked, FeatureOff, LockChanged, LockUnderWay, NotLocked
from bot.services import Services
from bot.services.invariants.moderation import INVARIANTS
from bot.services.locks import LEASE, LocksService
from bot.services.verify import VerifyService
from tests.support.clock import ManualClock

GUILD, PLACE, OTHER, MOD = 5 << 22, 11, 12, 90
ALL = ShardRange(1, frozenset({0}))
DAY = timedelta(days=1)
RECORD = Record(thread=True)


@pytest.fixture
def locks(services: Services) -> LocksService:
    return services.locks


@pytest.fixture
async def second(database_config: DatabaseConfig, clock: ManualClock) -> AsyncGenerator[LocksService]:
    """Another process on the same database."""
    opened = Database(database_config, clock, Random(2))
    yield make_services(opened, clock, Random(3), keep_guilds_for=DAY, features=FeatureSettings.of({"all"})).locks
    await opened.close()


def order(place: int = PLACE, **more: Any) -> LockOrder:
    return LockOrder(place, more.pop("kind", LockKind.LOCK), MOD, more.pop("wish", Wish()), **more)


async def do(locks: LocksService, claimed: Claimed | None) -> None:
    """Carry it out as Discord would."""
    assert claimed is not None
    if claimed.lock.state is LockState.PLANNED:
        claimed = await locks.begin(claimed, LockState.APPLYING, RECORD)
    elif claimed.lock.state is LockState.STANDING:
        claimed = await locks.begin(claimed, LockState.LIFTING, claimed.lock.record or RECORD)
    assert claimed is not None
    assert await locks.settle(claimed, Done()) is not None


async def state(locks: LocksService, place: int = PLACE) -> LockState:
    found = await locks.find(GUILD, place, LockKind.LOCK)
    assert found is not None
    return found.state


async def test_a_lock_stands_until_its_time_is_up_and_nothing_is_due_before(
    locks: LocksService, clock: ManualClock
) -> None:
    assert await locks.next_due(ALL) is None
    await do(locks, (await locks.order(GUILD, order(lasts=DAY))).claimed)
    assert await locks.next_due(ALL) == clock.now() + DAY
    assert await locks.claim(ALL, 10) == []
    clock.advance(days=1)
    [due] = await locks.claim(ALL, 10)
    await do(locks, due)
    assert await state(locks) is LockState.ENDED
    assert await locks.next_due(ALL) is None
    assert await locks.live(GUILD) == []


async def test_one_channel_is_locked_once_however_many_ask(locks: LocksService, second: LocksService) -> None:
    asked = [one.order(GUILD, order()) for one in (locks, second) * 5]
    got = await asyncio.gather(*asked, return_exceptions=True)
    made = [one for one in got if not isinstance(one, BaseException)]
    assert len(made) == 1
    assert {type(one) for one in got if isinstance(one, BaseException)} == {LockUnderWay}
    await do(locks, made[0].claimed)
    with pytest.raises(AlreadyLocked) as refused:
        await second.order(GUILD, order())
    assert refused.value.by_id == MOD
    await second.order(GUILD, order(OTHER))


async def test_a_row_belongs_to_one_process_until_its_lease_is_over(
    locks: LocksService, second: LocksService, clock: ManualClock
) -> None:
    ordered = await locks.order(GUILD, order())
    assert ordered.claimed is not None
    assert await second.claim(ALL, 10) == []
    with pytest.raises(LockUnderWay):
        await second.lift(GUILD, PLACE, LockKind.LOCK, by=MOD)
    clock.advance(seconds=LEASE.total_seconds())
    [taken] = await second.claim(ALL, 10)
    assert await locks.begin(ordered.claimed, LockState.APPLYING, RECORD) is None, "the claim is lost"
    await do(second, taken)
    assert await locks.settle(ordered.claimed, Refused(Obstacle.REFUSED)) is None
    assert await state(locks) is LockState.STANDING


async def test_a_lock_with_another_end_is_not_ended_by_the_old_one(locks: LocksService, clock: ManualClock) -> None:
    await do(locks, (await locks.order(GUILD, order(lasts=DAY))).claimed)
    clock.advance(days=1)
    [due] = await locks.claim(ALL, 10)
    changed = await locks.change(GUILD, PLACE, version=1, lasts=DAY, by=MOD)
    assert changed.expires_at == clock.now() + DAY
    assert await locks.begin(due, LockState.LIFTING, RECORD) is None
    with pytest.raises(LockChanged):
        await locks.change(GUILD, PLACE, version=1, lasts=None, by=MOD)
    assert await state(locks) is LockState.STANDING
    assert await locks.next_due(ALL) == clock.now() + DAY


async def test_what_can_not_be_opened_is_tried_ever_more_rarely(locks: LocksService, clock: ManualClock) -> None:
    await do(locks, (await locks.order(GUILD, order(lasts=DAY))).claimed)
    clock.advance(days=1)
    pauses: list[float] = []
    for _ in range(17):
        [due] = await locks.claim(ALL, 10)
        begun = await locks.begin(due, LockState.LIFTING, RECORD)
        assert begun is not None
        await locks.settle(begun, Refused(Obstacle.MANAGE_ROLES))
        next_due = await locks.next_due(ALL)
        assert next_due is not None
        pauses.append((next_due - clock.now()).total_seconds())
        clock.set(next_due)
    assert pauses[:3] == [1, 2, 4]
    assert pauses == sorted(pauses)
    assert max(pauses) == 6 * 3_600
    [due] = await locks.claim(ALL, 10)
    await locks.postpone(due, Delayed("rate limited", timedelta(seconds=30)))
    assert await locks.next_due(ALL) == clock.now() + timedelta(seconds=30)


async def test_the_same_of_one_batch_is_one_lock_also_when_it_is_over(locks: LocksService) -> None:
    first = await locks.order(GUILD, order(batch_id=7))
    assert (await locks.order(GUILD, order(batch_id=7))).claimed is None, "somebody is at it"
    await do(locks, first.claimed)
    again = await locks.order(GUILD, order(batch_id=7))
    assert (again.claimed, again.lock.state) == (None, LockState.STANDING)
    await do(locks, (await locks.lift(GUILD, PLACE, LockKind.LOCK, by=MOD)).claimed)
    assert (await locks.order(GUILD, order(batch_id=7))).lock.state is LockState.ENDED
    with pytest.raises(NotLocked):
        await locks.lift(GUILD, PLACE, LockKind.LOCK, by=MOD)


async def test_a_deleted_channel_has_nothing_due(locks: LocksService) -> None:
    await do(locks, (await locks.order(GUILD, order(lasts=DAY))).claimed)
    await locks.gone(GUILD, PLACE)
    await locks.gone(GUILD, OTHER)
    assert await state(locks) is LockState.ENDED
    assert await locks.next_due(ALL) is None


async def test_a_server_without_moderation_locks_nothing(database: Database, clock: ManualClock) -> None:
    off = make_services(database, clock, Random(1), keep_guilds_for=DAY).locks
    with pytest.raises(FeatureOff):
        await off.order(GUILD, order())
    assert await off.live(GUILD) == []


# What verify says -----------------------------------------------------------------------------------------


async def findings(database: Database) -> list[str]:
    found = await VerifyService(database, {"moderation": INVARIANTS}).guild(GUILD)
    return [finding.detail for finding in found]


async def test_locks_of_every_state_are_sound(database: Database, locks: LocksService, clock: ManualClock) -> None:
    await do(locks, (await locks.order(GUILD, order(lasts=DAY))).claimed)
    await locks.order(GUILD, order(OTHER))
    wish = Wish(seconds=5)
    slow = (await locks.order(GUILD, order(kind=LockKind.SLOWMODE, wish=wish, lasts=DAY))).claimed
    assert slow is not None
    begun = await locks.begin(slow, LockState.APPLYING, Record(rate=0, set_to=5))
    assert await findings(database) == []
    assert begun is not None
    await locks.settle(begun, Done())
    assert await findings(database) == []
    clock.advance(days=1)
    for due in await locks.claim(ALL, 10):
        if due.lock.state is LockState.STANDING:
            await locks.postpone(due, Delayed("no answer in time"))
    assert await findings(database) == []
    clock.advance(days=1)
    for due in await locks.claim(ALL, 10):
        if due.lock.channel_id == PLACE and due.lock.kind is LockKind.LOCK:
            await do(locks, due)
    assert await state(locks) is LockState.ENDED
    assert await findings(database) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"record": {}}, "it changed nothing"),
        ({"record": {"thread": True, "rate": 5}}, "a lock that remembers a slowmode"),
        ({"record": {"changes": "none"}}, "it can't be understood"),
        ({"started_at": None}, "it stands since never"),
        ({"failed_since": datetime(2026, 1, 1, tzinfo=UTC)}, "it can't be lifted, but nobody is lifting it"),
        ({"state": LockState.ENDED}, "it is over, and still looked at"),
        ({"due_at": datetime(2999, 1, 1, tzinfo=UTC)}, "nobody will look at it when its time is up"),
    ],
)
async def test_a_row_that_can_t_be_true_is_found(
    database: Database, locks: LocksService, wrong: dict[str, Any], said: str
) -> None:
    await do(locks, (await locks.order(GUILD, order(lasts=DAY))).claimed)
    async with database.write() as session:
        await session.execute(update(ChannelLockRow).values(**wrong))
    [found] = await findings(database)
    assert f"lock of channel {PLACE}: {said}" in found
