"""What staff does to members' XP: exact, written down, taken back once, and nothing gained beside it lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.db.engine import Database
from bot.db.models.audit import AuditLog
from bot.db.models.leveling import MemberLevel, XpBucket
from bot.db.models.leveling import XpChange as Row
from bot.domain.audit import AuditSource
from bot.domain.curves import Curve
from bot.domain.economy import Party
from bot.domain.features import FeatureSettings
from bot.domain.leveling import Batch, Cause, ChangeKind, LevelChange
from bot.domain.xp_buckets import bucket
from bot.domain.xp_changes import XpOrder
from bot.errors import (
    AlreadyUndone,
    FeatureOff,
    LevelAboveCap,
    NoXpChange,
    RecipientNotHere,
    TargetIsBot,
    XpAlreadySo,
    XpOrLevel,
)
from bot.ids import IdMaker
from bot.jobs.retention import Retention
from bot.services import Services, xp_staff
from bot.services.leveling import LevelingService
from bot.services.rewards import By
from bot.services.xp_staff import XpStaffService
from tests.services.test_leveling import ALICE, BOB, GUILD, Follower, gain
from tests.support.clock import ManualClock

BOSS = 99
BY = By(BOSS, AuditSource.COMMAND)
TABLE = Curve().table()


def member(user_id: int = ALICE, **more: Any) -> Party:
    return Party(user_id, **{"is_bot": False, "is_member": True, **more})


def add(xp: int | None = None, **more: Any) -> XpOrder:
    return XpOrder(ChangeKind.ADD, xp, **more)


def remove(xp: int | None = None, **more: Any) -> XpOrder:
    return XpOrder(ChangeKind.REMOVE, xp, **more)


def put(xp: int | None = None, **more: Any) -> XpOrder:
    return XpOrder(ChangeKind.SET, xp, **more)


RESET = XpOrder(ChangeKind.RESET)


@pytest.fixture
def follower() -> Follower:
    return Follower()


@pytest.fixture
def leveling(database: Database, clock: ManualClock, services: Services) -> LevelingService:
    return LevelingService(database, clock, services.guild_settings, services.level_ups.apply)


@pytest.fixture
def staff(database: Database, clock: ManualClock, rng: Any, services: Services, follower: Follower) -> XpStaffService:
    ids = IdMaker(clock, rng)
    return XpStaffService(database, clock, ids, services.audit, settings=services.guild_settings, follow=follower)


async def total(database: Database) -> dict[int, int]:
    async with database.read() as session:
        return {row.user_id: row.xp for row in await session.execute(select(MemberLevel.user_id, MemberLevel.xp))}


async def buckets_add_up(database: Database) -> bool:
    async with database.read() as session:
        found = await session.execute(select(XpBucket.bucket, XpBucket.members).where(XpBucket.members != 0))
        kept = {row.bucket: row.members for row in found}
    return kept == Counter(bucket(xp) for xp in (await total(database)).values() if xp)


async def written(database: Database) -> list[tuple[Any, ...]]:
    async with database.read() as session:
        query = select(Row.kind, Row.user_id, Row.before, Row.after, Row.changed_by, Row.reason).order_by(Row.id)
        return [tuple(row) for row in await session.execute(query)]


async def count(database: Database, model: Any) -> int:
    async with database.read() as session:
        return (await session.execute(select(func.count()).select_from(model))).scalar_one()


async def test_xp_is_added_removed_and_set_and_each_change_is_written_down(
    staff: XpStaffService, database: Database, follower: Follower, services: Services
) -> None:
    await staff.change(GUILD, member(), add(250, reason="won  the\nquiz"), BY)
    await staff.change(GUILD, member(), remove(60), BY)
    done = await staff.change(GUILD, member(), put(100), BY)
    assert (done.change.before, done.change.after, done.level_before, done.level_after) == (190, 100, 1, 1)
    assert await total(database) == {ALICE: 100}
    assert await written(database) == [
        (ChangeKind.ADD, ALICE, 0, 250, BOSS, "won the quiz"),
        (ChangeKind.REMOVE, ALICE, 250, 190, BOSS, None),
        (ChangeKind.SET, ALICE, 190, 100, BOSS, None),
    ]
    assert follower.heard == [(GUILD, (LevelChange(ALICE, 0, 250, Cause.STAFF),))], "the others changed no level"
    assert await buckets_add_up(database)
    assert await count(database, AuditLog) == 3


@pytest.mark.parametrize(
    ("order", "level", "into"),
    [
        (add(level=2), 7, 10), (remove(level=2), 3, 10), (put(level=2), 2, 0), (remove(level=50), 0, 10),
        (put(level=1_000), 1_000, 0), (add(level=5_000), 1_000, 0),
    ],
)  # fmt: skip
async def test_levels_are_moved_with_what_was_had_into_them(
    staff: XpStaffService, order: XpOrder, level: int, into: int
) -> None:
    await staff.change(GUILD, member(), put(TABLE.total(5) + 10), BY)
    done = await staff.change(GUILD, member(), order, BY)
    assert (done.level_before, done.level_after) == (5, level)
    assert done.change.after == TABLE.total(level) + into


async def test_what_did_not_fit_into_a_smaller_level_ends_just_below_the_next(staff: XpStaffService) -> None:
    await staff.change(GUILD, member(), put(TABLE.total(9) - 1), BY)
    done = await staff.change(GUILD, member(), remove(level=8), BY)
    assert (done.level_after, done.change.after) == (0, TABLE.total(1) - 1)


async def test_nobody_falls_below_nothing_and_what_changes_nothing_is_refused(
    staff: XpStaffService, database: Database
) -> None:
    await staff.change(GUILD, member(), add(50), BY)
    assert (await staff.change(GUILD, member(), remove(80), BY)).change.after == 0
    for order in (remove(1), put(0), put(level=0), RESET):
        with pytest.raises(XpAlreadySo):
            await staff.change(GUILD, member(), order, BY)
    with pytest.raises(XpAlreadySo):
        await staff.change(GUILD, member(BOB), RESET, BY)
    assert await total(database) == {ALICE: 0}, "what was refused leaves nothing behind"
    assert await buckets_add_up(database)


async def test_what_can_be_done_to_nobody_is_refused(staff: XpStaffService, services: Services) -> None:
    for order in (add(), add(1, level=1)):
        with pytest.raises(XpOrLevel):
            await staff.change(GUILD, member(), order, BY)
    with pytest.raises(LevelAboveCap):
        await staff.change(GUILD, member(), put(level=1_001), BY)
    with pytest.raises(TargetIsBot):
        await staff.change(GUILD, member(is_bot=True), add(1), BY)
    with pytest.raises(RecipientNotHere):
        await staff.change(GUILD, member(is_member=False), add(1), BY)
    await staff.change(GUILD, member(), add(1), BY)
    await staff.change(GUILD, member(is_member=False), add(1), BY)  # who left keeps theirs
    read = await services.guild_settings.read(GUILD, FeatureSettings)
    off = read.value.model_copy(update={"leveling": False})
    await services.guild_settings.change(GUILD, off, base=read.version, by=None)
    with pytest.raises(FeatureOff):
        await staff.change(GUILD, member(), add(1), BY)


async def test_a_change_while_the_flush_adds_to_the_same_members_loses_nothing(
    staff: XpStaffService, leveling: LevelingService, database: Database
) -> None:
    people = range(1, 9)  # nobody of them has a row yet
    flushes = [leveling.flush(Batch(turn, tuple(gain(one, 7) for one in people))) for turn in range(1, 11)]
    changes = [staff.change(GUILD, member(one), add(1_000), BY) for one in people for _ in range(4)]
    mixed = [one for pair in zip(changes[:10], flushes, strict=True) for one in pair]
    await asyncio.gather(*mixed, *changes[10:])
    assert await total(database) == dict.fromkeys(people, 4_070)
    assert await buckets_add_up(database)
    chain = Counter((user, after - before) for _kind, user, before, after, *_ in await written(database))
    assert chain == {(one, 1_000): 4 for one in people}


async def test_undoing_a_reset_keeps_what_was_earned_since(
    staff: XpStaffService, leveling: LevelingService, database: Database, follower: Follower
) -> None:
    await staff.change(GUILD, member(), put(level=20), BY)
    await staff.change(GUILD, member(), RESET, BY)
    await leveling.flush(Batch(1, (gain(xp=30),)))
    found = await staff.last(GUILD, ALICE)
    assert (found.change.kind, found.level_before) == (ChangeKind.RESET, 20)
    follower.heard.clear()
    done = await staff.undo(GUILD, found.change.id, BY)
    assert await total(database) == {ALICE: TABLE.total(20) + 30}
    assert (done.level_before, done.level_after) == (0, 20)
    assert follower.heard == [(GUILD, (LevelChange(ALICE, 30, TABLE.total(20) + 30, Cause.STAFF),))]
    assert await buckets_add_up(database)


async def test_a_change_is_taken_back_once_whoever_asks_at_the_same_time(
    staff: XpStaffService, database: Database
) -> None:
    first = (await staff.change(GUILD, member(), add(500), BY)).change.id
    answers = await asyncio.gather(*(staff.undo(GUILD, first, BY) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(one, AlreadyUndone) for one in answers) == 4
    assert await total(database) == {ALICE: 0}
    with pytest.raises(NoXpChange):
        await staff.last(GUILD, ALICE)


async def test_an_addition_of_which_half_was_removed_since_is_taken_back_down_to_nothing(
    staff: XpStaffService, database: Database
) -> None:
    first = (await staff.change(GUILD, member(), add(500), BY)).change.id
    await staff.change(GUILD, member(), remove(300), BY)
    await staff.undo(GUILD, first, BY)
    assert await total(database) == {ALICE: 0}


async def test_what_is_older_than_30_days_or_took_something_back_stays(
    staff: XpStaffService, clock: ManualClock
) -> None:
    old = (await staff.change(GUILD, member(), add(500), BY)).change.id
    clock.advance(days=30, seconds=1)
    with pytest.raises(NoXpChange):
        await staff.undo(GUILD, old, BY)
    with pytest.raises(NoXpChange):
        await staff.last(GUILD, ALICE)
    new = (await staff.change(GUILD, member(), add(5), BY)).change.id
    clock.advance(days=30, seconds=-1)
    undone = await staff.undo(GUILD, new, BY)
    with pytest.raises(NoXpChange):
        await staff.undo(GUILD, undone.change.id, BY)
    with pytest.raises(NoXpChange):
        await staff.undo(GUILD + 1, new, BY)


async def test_changes_are_kept_for_as_long_as_they_can_be_taken_back_and_forgotten_later(
    staff: XpStaffService, services: Services, clock: ManualClock, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xp_staff, "_PRUNED_AT_ONCE", 2)
    days = {"keep_uses_for": timedelta(days=30), "keep_incidents_for": timedelta(days=90)}
    retention = Retention(
        clock, services.command_logs, services.incidents, staff, **days, keep_xp_changes_for=timedelta(days=31)
    )
    for user_id in range(1, 6):
        await staff.change(GUILD, member(user_id), add(user_id), BY)
    clock.advance(days=29)
    young = (await staff.change(GUILD, member(), add(50), BY)).change.id
    clock.advance(days=1)
    assert await retention.prune() == 0
    old = await staff.last(GUILD, 2)
    assert (await staff.undo(GUILD, old.change.id, BY)).change.after == 0, "on its last day it can still be taken back"
    clock.advance(days=1, seconds=1)
    assert await retention.prune() == 5
    held = await total(database)
    with pytest.raises(NoXpChange):
        await staff.last(GUILD, 3)
    assert held == {ALICE: 50, 1: 1, 2: 0, 3: 3, 4: 4, 5: 5}, "what was changed stays changed"
    assert (await staff.undo(GUILD, young, BY)).change.after == 0
    assert await retention.prune() == 0


async def test_two_processes_that_forget_at_once_forget_each_change_once(
    staff: XpStaffService, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xp_staff, "_PRUNED_AT_ONCE", 3)
    for user_id in range(1, 21):
        await staff.change(GUILD, member(user_id), add(1), BY)
    clock.advance(days=1)
    assert sum(await asyncio.gather(*(staff.prune(clock.now()) for _ in range(4)))) == 20


async def test_part_of_a_batch_happens_once_and_is_taken_back_once(staff: XpStaffService, database: Database) -> None:
    await asyncio.gather(*(staff.change(GUILD, member(), add(40), BY, batch_id=5) for _ in range(3)))
    await staff.change(GUILD, member(BOB), add(40), BY, batch_id=5)
    assert await total(database) == {ALICE: 40, BOB: 40}
    found = await staff.of_batch(GUILD, 5, ALICE)
    assert found is not None
    await asyncio.gather(*(staff.undo(GUILD, found.id, BY, batch_id=6) for _ in range(3)))
    assert await total(database) == {ALICE: 0, BOB: 40}
    assert await count(database, Row) == 3
    assert await count(database, AuditLog) == 0, "the batch tells of itself"
