"""Guilds and people, gathered and written in batches."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import event, select

from bot.db.engine import Database
from bot.db.models.core import Guild, Member, User
from bot.domain.guilds import GuildSeen, MemberSeen, ShardRange, UserSeen
from bot.errors import DatabaseAway
from bot.services import Services
from bot.services.guilds import LEASE, Sightings
from bot.services.recorder import ACTIVITY_INTERVAL, BATCH, MOST_ACTIVE, Recorder
from tests.support.clock import ManualClock

ALL = ShardRange(1, frozenset({0}))


def guild(number: int, clock: ManualClock, name: str = "g") -> GuildSeen:
    return GuildSeen(number << 22, name, None, 1, 5, None, clock.now())


def user(number: int, name: str = "u") -> UserSeen:
    return UserSeen(number, name, None, None, is_bot=False)


def member(user_id: int, clock: ManualClock, *, active: bool = False) -> MemberSeen:
    return MemberSeen(1 << 22, user_id, None, (8, 9), False, None, clock.now() if active else None)  # noqa: FBT003


async def rows(database: Database, model: Any) -> list[Any]:
    async with database.read() as session:
        return list((await session.execute(select(model.__table__))).all())


async def test_a_thousand_guilds_at_start_are_written_in_a_few_statements(
    database: Database, services: Services, clock: ManualClock
) -> None:
    recorder = Recorder(services.guilds)
    commits: list[int] = []
    event.listen(database.writer.sync_engine, "commit", lambda _connection: commits.append(1))
    for number in range(1, 1_001):
        recorder.guild(guild(number, clock))
    assert await recorder.flush()
    assert len(await rows(database, Guild)) == 1_000
    assert len(commits) == 1


async def test_the_latest_of_many_sightings_is_the_one_that_stays(
    database: Database, services: Services, clock: ManualClock
) -> None:
    recorder = Recorder(services.guilds)
    for name in ("first", "second", "third"):
        recorder.user(user(1, name))
    assert recorder.waiting == 1
    await recorder.flush()
    recorder.user(user(1, "fourth"))
    await recorder.flush()
    assert [row.username for row in await rows(database, User)] == ["fourth"]


async def test_activity_is_kept_when_a_later_sighting_says_nothing_of_it(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await services.guilds.record(Sightings(members=[member(1, clock, active=True)]))
    was = clock.now()
    clock.advance(hours=1)
    await services.guilds.record(Sightings(members=[member(1, clock)]))
    [row] = await rows(database, Member)
    assert row.last_active_at == was
    assert row.role_ids == [8, 9]


async def test_a_member_who_left_keeps_their_row_and_one_who_is_back_has_not_left(
    database: Database, services: Services, clock: ManualClock
) -> None:
    recorder = Recorder(services.guilds)
    recorder.member(member(1, clock))
    recorder.member_left(1 << 22, 1, clock.now())
    await recorder.flush()
    assert [row.left_at for row in await rows(database, Member)] == [clock.now()]
    recorder.member_left(1 << 22, 1, clock.now())
    recorder.member(member(1, clock))
    await recorder.flush()
    assert [row.left_at for row in await rows(database, Member)] == [None]


async def test_more_than_a_batch_is_written_in_order(
    database: Database, services: Services, clock: ManualClock
) -> None:
    recorder = Recorder(services.guilds)
    for user_id in range(1, BATCH + 11):
        recorder.member(member(user_id, clock))
    recorder.member_left(1 << 22, BATCH + 5, clock.now())
    await recorder.flush()
    gone = [row.user_id for row in await rows(database, Member) if row.left_at is not None]
    assert gone == [BATCH + 5]


async def test_what_the_database_could_not_take_waits_and_newer_sightings_win(clock: ManualClock) -> None:
    class Away:
        written: Sightings | None = None
        away = True

        async def record(self, seen: Sightings) -> None:
            if self.away:
                recorder.user(user(1, "newer"))
                raise DatabaseAway
            self.written = seen

    service: Any = Away()
    recorder = Recorder(service)
    recorder.user(user(1, "older"))
    recorder.guild(guild(1, clock))
    assert not await recorder.flush()
    assert recorder.waiting == 2
    service.away = False
    assert await recorder.flush()
    assert [seen.username for seen in service.written.users] == ["newer"]


async def test_a_member_who_writes_all_the_time_is_news_once_in_a_while(clock: ManualClock) -> None:
    service: Any = None
    recorder = Recorder(service)
    assert recorder.is_news(1, 1, clock.now())
    assert not recorder.is_news(1, 1, clock.now() + ACTIVITY_INTERVAL - timedelta(seconds=1))
    assert recorder.is_news(1, 1, clock.now() + ACTIVITY_INTERVAL)
    for user_id in range(2, MOST_ACTIVE + 2):
        recorder.is_news(1, user_id, clock.now())
    assert recorder.is_news(1, 1, clock.now() + ACTIVITY_INTERVAL)


async def test_no_more_guilds_than_asked_for_are_claimed_and_each_by_one(
    services: Services, database: Database, clock: ManualClock
) -> None:
    await services.guilds.record(Sightings(guilds=[guild(number, clock) for number in range(1, 61)]))
    await services.guilds.reconcile(list, ALL)
    clock.advance(days=90)
    claims = await asyncio.gather(*(services.guilds.claim_erasures(ALL, 7) for _ in range(6)))
    assert [len(claimed) for claimed in claims if len(claimed) > 7] == []
    first = [erasure.guild_id for claimed in claims for erasure in claimed]
    assert len(first) == len(set(first)) > 0
    rest = [erasure.guild_id for erasure in await services.guilds.claim_erasures(ALL, 100)]
    assert sorted(first + rest) == [number << 22 for number in range(1, 61)]
    assert await services.guilds.claim_erasures(ALL, 100) == []
    assert await services.guilds.next_erasure(ALL) == clock.now() + LEASE


async def test_a_guild_that_was_left_while_away_is_noticed_by_the_process_of_its_shard(
    services: Services, database: Database, clock: ManualClock
) -> None:
    await services.guilds.record(Sightings(guilds=[guild(number, clock) for number in (1, 2, 3, 4)]))
    gone = await services.guilds.reconcile(lambda: [2 << 22], ShardRange(2, frozenset({0})))
    assert gone == [4 << 22]
    left = {row.id: row.erase_at for row in await rows(database, Guild) if row.left_at is not None}
    assert left == {4 << 22: clock.now() + timedelta(days=90)}
    clock.advance(days=1)
    assert await services.guilds.reconcile(lambda: [2 << 22], ShardRange(2, frozenset({0}))) == []
