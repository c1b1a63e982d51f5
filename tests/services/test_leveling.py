"""Gains written down: totals, periods and buckets, each batch once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.db.engine import Database
from bot.db.models.leveling import MemberLevel, XpBucket, XpFlush, XpMessage, XpPeriod, XpVoiceDay
from bot.db.repositories.leveling import ranks, totals
from bot.db.sessions import WriteSession
from bot.domain.leveling import MAX_XP, Batch, Cause, EarnedMessage, Gain, LevelChange, Span
from bot.domain.xp_buckets import bucket
from bot.ids import first_at
from bot.services import Services
from bot.services.leveling import LevelingService
from tests.support.clock import ManualClock

GUILD, OTHER = 4_001, 4_002
ALICE, BOB, CAROL = 71, 72, 73
DAY = date(2026, 3, 2)
"""A Monday."""
AT = datetime(2026, 3, 2, 12, 0, 0, 123_000, tzinfo=UTC)


def gain(user_id: int = ALICE, xp: int = 20, **more: Any) -> Gain:
    made = Gain(GUILD, user_id, xp, messages=1, voice_seconds=0, last_message_at=AT, channel_id=9, day=DAY)
    return made._replace(**more)


async def rows(database: Database, model: Any, *columns: Any) -> list[tuple[Any, ...]]:
    async with database.read() as session:
        key = list(model.__table__.primary_key.columns)
        return [tuple(row) for row in await session.execute(select(*columns).order_by(*key))]


async def total(database: Database) -> dict[int, tuple[int, int, int]]:
    own = MemberLevel
    found = await rows(database, own, own.user_id, own.xp, own.messages, own.voice_seconds)
    return {user_id: (xp, messages, seconds) for user_id, xp, messages, seconds in found}


async def buckets_add_up(database: Database) -> bool:
    kept = {(guild_id, number): count for guild_id, number, count in await rows(
        database, XpBucket, XpBucket.guild_id, XpBucket.bucket, XpBucket.members) if count}  # fmt: skip
    levels = await rows(database, MemberLevel, MemberLevel.guild_id, MemberLevel.xp)
    return kept == Counter((guild_id, bucket(xp)) for guild_id, xp in levels if xp)


class Follower:
    """Remembers what it was called with."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, tuple[LevelChange, ...]]] = []

    async def __call__(self, _session: WriteSession, guild_id: int, changes: Any, /) -> None:
        self.heard.append((guild_id, tuple(changes)))


@pytest.fixture
def follower() -> Follower:
    return Follower()


@pytest.fixture
def leveling(database: Database, clock: ManualClock, services: Services, follower: Follower) -> LevelingService:
    return LevelingService(database, clock, services.guild_settings, follower)


async def test_gains_are_added_to_the_total_and_to_the_day_week_and_month(
    leveling: LevelingService, database: Database
) -> None:
    await leveling.flush(Batch(1, (gain(), gain(BOB, 15, messages=2))))
    await leveling.flush(Batch(2, (gain(xp=22, voice_seconds=60, day=DAY + timedelta(days=1)),)))
    assert await total(database) == {ALICE: (42, 2, 60), BOB: (15, 2, 0)}
    found = await rows(database, XpPeriod, XpPeriod.span, XpPeriod.begins, XpPeriod.user_id, XpPeriod.xp)
    assert found == [
        (Span.DAY, DAY, ALICE, 20), (Span.DAY, DAY, BOB, 15), (Span.DAY, DAY + timedelta(days=1), ALICE, 22),
        (Span.MONTH, date(2026, 3, 1), ALICE, 42), (Span.MONTH, date(2026, 3, 1), BOB, 15),
        (Span.WEEK, DAY, ALICE, 42), (Span.WEEK, DAY, BOB, 15),
    ]  # fmt: skip
    assert await buckets_add_up(database)


async def test_a_batch_that_is_handed_in_again_changes_nothing(leveling: LevelingService, database: Database) -> None:
    batch = Batch(1, (gain(),))
    assert (await leveling.flush(batch)).written
    assert not (await leveling.flush(batch)).written
    assert await total(database) == {ALICE: (20, 1, 0)}


async def test_two_days_of_a_member_in_one_batch_are_one_total_and_two_days(
    leveling: LevelingService, database: Database
) -> None:
    later = AT + timedelta(days=1)
    await leveling.flush(Batch(1, (gain(day=DAY + timedelta(days=1), last_message_at=later), gain(xp=5))))
    assert await total(database) == {ALICE: (25, 2, 0)}
    assert await rows(database, MemberLevel, MemberLevel.last_message_at) == [(later,)]
    days = await rows(database, XpPeriod, XpPeriod.span, XpPeriod.xp)
    assert days == [(Span.DAY, 5), (Span.DAY, 20), (Span.MONTH, 25), (Span.WEEK, 25)]


async def test_the_last_message_is_the_latest_and_voice_alone_does_not_forget_it(
    leveling: LevelingService, database: Database
) -> None:
    await leveling.flush(Batch(1, (gain(BOB, last_message_at=None), gain(ALICE))))
    await leveling.flush(Batch(2, (gain(BOB), gain(ALICE, last_message_at=None))))
    await leveling.flush(Batch(3, (gain(BOB, last_message_at=AT - timedelta(hours=1)),)))
    assert await rows(database, MemberLevel, MemberLevel.last_message_at) == [(AT,), (AT,)]


async def test_nobody_comes_above_the_most(leveling: LevelingService, database: Database) -> None:
    await leveling.flush(Batch(1, (gain(xp=MAX_XP - 5),)))
    await leveling.flush(Batch(2, (gain(xp=20),)))
    assert (await total(database))[ALICE][0] == MAX_XP
    await leveling.flush(Batch(3, (gain(xp=20), gain(BOB))))
    assert (await total(database))[ALICE][0] == MAX_XP
    assert await buckets_add_up(database)


async def test_who_wrote_and_has_nothing_is_in_no_bucket_and_nobody_misses_them_there(
    leveling: LevelingService, database: Database
) -> None:
    await leveling.flush(Batch(1, (gain(xp=0), gain(BOB))))
    await database.transact(lambda session: totals.set_to(session, GUILD, {BOB: 0, CAROL: 30}))
    assert await database.query(lambda session: ranks.miscounted(session, GUILD, 10)) == []


async def test_those_whose_level_changed_are_told_in_the_same_transaction(
    leveling: LevelingService, follower: Follower
) -> None:
    await leveling.flush(Batch(1, (gain(BOB, 99), gain(ALICE, 100), gain(CAROL, 300)._replace(guild_id=OTHER))))
    await leveling.flush(Batch(2, (gain(BOB, 1, last_message_at=None, voice_seconds=60), gain(ALICE, 3))))
    assert follower.heard == [
        (GUILD, (LevelChange(ALICE, 0, 100, Cause.MESSAGES, 9),)),
        (OTHER, (LevelChange(CAROL, 0, 300, Cause.MESSAGES, 9),)),
        (GUILD, (LevelChange(BOB, 99, 100, Cause.VOICE, 9),)),
    ]


async def test_what_fails_to_follow_takes_the_gains_with_it(
    database: Database, clock: ManualClock, services: Services
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("planted")

    with pytest.raises(RuntimeError, match="planted"):
        await LevelingService(database, clock, services.guild_settings, fails).flush(Batch(1, (gain(xp=200),)))
    assert await total(database) == {}
    assert await rows(database, XpFlush, XpFlush.id) == []


async def test_two_flushers_of_one_guild_lose_nothing_and_do_not_wait_in_a_circle(
    leveling: LevelingService, database: Database
) -> None:
    rng, expected = Random(7), Counter[int]()
    batches: list[Batch] = []
    for number in range(40):
        gains = [gain(user_id, rng.randint(1, 60)) for user_id in rng.sample(range(1, 60), 30)]
        for one in gains:
            expected[one.user_id] += one.xp
        batches.append(Batch(number + 1, tuple(gains)))

    async def flusher(own: list[Batch]) -> None:
        for batch in own:
            await leveling.flush(batch)

    await asyncio.gather(flusher(batches[::2]), flusher(batches[1::2]))
    assert {user_id: xp for user_id, (xp, _, _) in (await total(database)).items()} == expected
    async with database.read() as session:
        of_weeks = select(XpPeriod.user_id, func.sum(XpPeriod.xp)).where(XpPeriod.span == Span.WEEK)
        found = await session.execute(of_weeks.group_by(XpPeriod.user_id))
        assert {user_id: int(xp) for user_id, xp in found} == expected
    assert await buckets_add_up(database)


async def test_totals_are_set_and_the_buckets_go_along(leveling: LevelingService, database: Database) -> None:
    await leveling.flush(Batch(1, (gain(ALICE, 50), gain(BOB, 5_000))))
    moved = await database.transact(lambda session: totals.set_to(session, GUILD, {BOB: 0, ALICE: 7_000, CAROL: 3}))
    assert moved == {ALICE: totals.Moved(50, 7_000), BOB: totals.Moved(5_000, 0), CAROL: totals.Moved(0, 3)}
    assert {user_id: xp for user_id, (xp, _, _) in (await total(database)).items()} == {ALICE: 7_000, BOB: 0, CAROL: 3}
    assert await buckets_add_up(database)


async def test_what_messages_earned_is_taken_back_once(
    leveling: LevelingService, database: Database, follower: Follower
) -> None:
    first, second, unknown = first_at(AT), first_at(AT) + 1, first_at(AT) + 2
    messages = (EarnedMessage(GUILD, first, ALICE, 90), EarnedMessage(GUILD, second, ALICE, 30))
    await leveling.flush(Batch(1, (gain(xp=120),), messages))
    taken = await leveling.take_back(GUILD, [second, unknown])
    assert taken == [EarnedMessage(GUILD, second, ALICE, 30)]
    assert await leveling.take_back(GUILD, [second]) == []
    assert await leveling.take_back(OTHER, [first]) == []
    assert (await total(database))[ALICE] == (90, 1, 0)
    assert {xp for (xp,) in await rows(database, XpPeriod, XpPeriod.xp)} == {90}
    assert follower.heard[-1] == (GUILD, (LevelChange(ALICE, 120, 90, Cause.TAKEN_BACK),))
    assert await buckets_add_up(database)


async def test_what_is_old_is_forgotten(leveling: LevelingService, database: Database, clock: ManualClock) -> None:
    await leveling.flush(Batch(1, (gain(),), (EarnedMessage(GUILD, first_at(AT), ALICE, 20),)))
    clock.advance(days=8)
    await leveling.flush(Batch(2, (gain(BOB, day=DAY + timedelta(days=8)),)))
    assert await leveling.prune() == 2
    assert await rows(database, XpFlush, XpFlush.id) == [(2,)]
    assert await rows(database, XpMessage, XpMessage.message_id) == []
    clock.advance(days=401)
    await leveling.prune()
    assert {span for (span,) in await rows(database, XpPeriod, XpPeriod.span)} == {Span.WEEK, Span.MONTH}
    clock.advance(days=800)
    await leveling.prune()
    assert await rows(database, XpPeriod, XpPeriod.span) == []
    assert len(await total(database)) == 2


async def test_what_voice_earned_on_a_day_is_kept_until_every_zone_has_another(
    leveling: LevelingService, database: Database, clock: ManualClock
) -> None:
    await leveling.flush(Batch(1, (gain(xp=30, voice_xp=10), gain(BOB, 20), gain(CAROL, 7, voice_xp=7))))
    batch = Batch(2, (gain(xp=5, voice_xp=5), gain(xp=9, voice_xp=9, day=DAY + timedelta(days=1))))
    await leveling.flush(batch)
    await leveling.flush(batch)
    assert await leveling.voice_earned(GUILD, DAY) == {ALICE: 15, CAROL: 7}
    assert await leveling.voice_earned(GUILD, DAY + timedelta(days=1)) == {ALICE: 9}
    assert await leveling.voice_earned(OTHER, DAY) == {}
    clock.set(datetime(2026, 3, 4, 23, 59, tzinfo=UTC))
    await leveling.prune()
    assert await leveling.voice_earned(GUILD, DAY) == {ALICE: 15, CAROL: 7}
    clock.set(datetime(2026, 3, 5, 0, 1, tzinfo=UTC))
    await leveling.prune()
    assert await rows(database, XpVoiceDay, XpVoiceDay.begins, XpVoiceDay.xp) == [(DAY + timedelta(days=1), 9)]
