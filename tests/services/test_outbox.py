"""The outbox: promised within a transaction, claimed by one, kept in order, never forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.outbox import OutboxMessage
from bot.domain.guilds import ShardRange
from bot.domain.outbox import (
    GIVE_UP_AFTER,
    Claimed,
    Delayed,
    Delivered,
    Destination,
    MessageState,
    Payload,
    Place,
    Refused,
    channel,
    user,
)
from bot.jobs import under_way
from bot.jobs.outbox import OutboxSource
from bot.jobs.ticker import Bell, Ticker
from bot.services import Services
from bot.services.outbox import FRESH_FOR, KEPT_FOR, LEASE
from tests.support.clock import ManualClock

ALL = ShardRange(1, frozenset({0}))
GUILD = 5 << 22
HERE, THERE = channel(11), channel(12)


def message_id(clock: ManualClock, number: int = 0, **ago: float) -> int:
    milliseconds = int((clock.now() - timedelta(**ago)).timestamp() * 1000) - 1_420_070_400_000
    return (milliseconds << 22) + number


async def promise(
    database: Database, services: Services, key: str, *, at: Destination = HERE, guild: int = GUILD, **more: Any
) -> bool:
    return await database.transact(
        lambda session: services.outbox.send(session, guild, at, Payload(key), key=key, **more)
    )


async def put(database: Database, services: Services, place: Place, text: str, key: str = "count") -> None:
    await database.transact(lambda session: services.outbox.edit(session, GUILD, place, Payload(text), key=key))


async def said(services: Services, *, limit: int = 50) -> list[str]:
    return [claimed.payload.content for claimed in await services.outbox.claim(ALL, limit)]


async def state(services: Services, key: str) -> MessageState:
    stored = await services.outbox.find(GUILD, key)
    assert stored is not None
    return stored.state


@pytest.fixture
async def other(
    services: Services, database_config: DatabaseConfig, clock: ManualClock
) -> AsyncGenerator[tuple[Database, Services]]:
    """A second process on the same database."""
    second = Database(database_config, clock, Random(2))
    yield second, make_services(second, clock, Random(3), keep_guilds_for=timedelta(days=1))
    await second.close()


async def test_a_message_is_promised_if_and_only_if_its_cause_is_committed(
    database: Database, services: Services
) -> None:
    woken: list[int] = []
    services.outbox.on_queued(lambda: woken.append(1))
    with pytest.raises(RuntimeError, match="undone"):
        async with database.write() as session:
            await services.outbox.send(session, GUILD, HERE, Payload("a"), key="a")
            raise RuntimeError("undone")
    assert woken == []
    assert await services.outbox.find(GUILD, "a") is None
    async with database.write() as session:
        await services.outbox.send(session, GUILD, HERE, Payload("a"), key="a")
        assert woken == [], "who looks before the commit finds nothing, and sleeps"
    assert woken == [1]
    assert await said(services) == ["a"]


async def test_the_same_key_is_the_same_message(database: Database, services: Services) -> None:
    assert await promise(database, services, "a")
    assert not await promise(database, services, "a", at=THERE)
    assert await promise(database, services, "a", guild=6 << 22), "another guild's key is another"
    assert sorted(await said(services)) == ["a", "a"]


async def test_only_the_oldest_of_a_channel_leaves_and_the_next_when_it_has_arrived(
    database: Database, services: Services, clock: ManualClock
) -> None:
    for key in ("1", "2", "3"):
        await promise(database, services, key)
    await promise(database, services, "elsewhere", at=THERE)
    await promise(database, services, "whisper", at=user(HERE.id))
    first, *rest = await services.outbox.claim(ALL, 50)
    assert [claimed.payload.content for claimed in (first, *rest)] == ["1", "elsewhere", "whisper"]
    assert await said(services) == []
    await services.outbox.settle(first, Delayed("busy", certain=True))
    assert await said(services) == [], "what has to wait holds up what came after it"
    assert await services.outbox.next_due(ALL) == clock.now() + timedelta(seconds=1)
    clock.advance(seconds=1)
    [first] = await services.outbox.claim(ALL, 50)
    await services.outbox.settle(first, Delivered(Place(HERE.id, 77)))
    assert await said(services) == ["2"]
    stored = await services.outbox.find(GUILD, "1")
    assert stored is not None
    assert (stored.state, stored.place, stored.attempts) == (MessageState.SENT, Place(HERE.id, 77), 2)


async def test_a_refused_message_keeps_the_reason_and_lets_the_next_one_go(
    database: Database, services: Services
) -> None:
    await promise(database, services, "1")
    await promise(database, services, "2")
    [first] = await services.outbox.claim(ALL, 50)
    await services.outbox.settle(first, Refused("403 (error 50001): Missing Access"))
    stored = await services.outbox.find(GUILD, "1")
    assert stored is not None
    assert stored.state is MessageState.FAILED
    assert stored.error == "403 (error 50001): Missing Access"
    assert await said(services) == ["2"]


async def test_a_refused_message_with_a_fallback_goes_there_under_another_nonce(
    database: Database, services: Services
) -> None:
    await promise(database, services, "a", at=user(8), fallback_id=THERE.id)
    [first] = await services.outbox.claim(ALL, 50)
    await services.outbox.settle(first, Refused("403 (error 50007): Cannot send messages to this user"))
    [second] = await services.outbox.claim(ALL, 50)
    assert second.destination == THERE
    assert (second.doubt_since, second.attempts) == (None, 1)
    assert second.nonce != first.nonce
    await services.outbox.settle(second, Refused("404 (error 10003): Unknown Channel"))
    assert await state(services, "a") is MessageState.FAILED


async def test_a_lapsed_lease_brings_a_message_back_in_doubt_and_who_lost_it_writes_nothing(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await promise(database, services, "a")
    began = clock.now()
    [slow] = await services.outbox.claim(ALL, 50)
    assert slow.doubt_since is None
    assert await services.outbox.next_due(ALL) == began + LEASE
    clock.advance(seconds=LEASE.total_seconds() - 1)
    assert await said(services) == []
    clock.advance(seconds=1)
    [again] = await services.outbox.claim(ALL, 50)
    assert again.doubt_since == began
    assert again.nonce == slow.nonce
    assert not await services.outbox.settle(slow, Refused("too late to say"))
    assert await services.outbox.settle(again, Delivered(Place(HERE.id, 77)))
    assert not await services.outbox.settle(again, Delivered(Place(HERE.id, 78)))
    stored = await services.outbox.find(GUILD, "a")
    assert stored is not None
    assert stored.place == Place(HERE.id, 77)


async def test_doubt_stays_from_the_first_try_that_may_have_arrived_and_certain_failures_add_none(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await promise(database, services, "a")
    doubts: list[bool] = []
    began = None
    for certain in (True, False, True, False):
        [claimed] = await services.outbox.claim(ALL, 50)
        doubts.append(claimed.doubt_since is not None)
        assert claimed.doubt_since == began
        if not certain and began is None:
            began = clock.now()
        await services.outbox.settle(claimed, Delayed("no", certain=certain))
        clock.advance(minutes=6)
    assert doubts == [False, False, True, True]


async def test_a_message_that_nobody_takes_for_a_day_is_given_up(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await promise(database, services, "a")
    tries = 0
    while claimed := await services.outbox.claim(ALL, 50):
        tries += 1
        await services.outbox.settle(claimed[0], Delayed("503", certain=False))
        clock.advance(minutes=5)
    assert GIVE_UP_AFTER / timedelta(minutes=5) == tries - 1
    stored = await services.outbox.find(GUILD, "a")
    assert stored is not None
    assert (stored.state, stored.error) == (MessageState.FAILED, "given up after many tries: 503")


async def test_discords_own_waiting_time_is_kept(database: Database, services: Services, clock: ManualClock) -> None:
    await promise(database, services, "a")
    [claimed] = await services.outbox.claim(ALL, 50)
    await services.outbox.settle(claimed, Delayed("429", certain=True, after=timedelta(seconds=90)))
    assert await services.outbox.next_due(ALL) == clock.now() + timedelta(seconds=90)


@pytest.mark.parametrize(("age", "seconds"), [(1, 2), (3_601, 10)])
async def test_of_many_edits_the_newest_wins_and_two_are_some_seconds_apart(
    database: Database, services: Services, clock: ManualClock, age: int, seconds: int
) -> None:
    place = Place(HERE.id, message_id(clock, seconds=age))
    await put(database, services, place, "1")
    await put(database, services, place, "2")
    [claimed] = await services.outbox.claim(ALL, 50)
    assert claimed.payload.content == "2"
    assert claimed.message_id == place.message_id
    await put(database, services, place, "3")
    assert await said(services) == [], "one at a time"
    await services.outbox.settle(claimed, Delivered(place))
    await put(database, services, place, "4")
    assert await services.outbox.next_due(ALL) == clock.now() + timedelta(seconds=seconds)
    clock.advance(seconds=seconds)
    [claimed] = await services.outbox.claim(ALL, 50)
    assert claimed.payload.content == "4"
    await services.outbox.settle(claimed, Delivered(place))
    assert await state(services, "count") is MessageState.SENT
    await put(database, services, place, "5")
    assert await said(services) == []
    clock.advance(seconds=seconds)
    assert await said(services) == ["5"]


async def test_an_edit_waits_for_no_message_and_a_key_is_one_message(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await promise(database, services, "a")
    place = Place(HERE.id, message_id(clock))
    await put(database, services, place, "edited")
    assert await said(services) == ["a", "edited"]
    with pytest.raises(ValueError, match="another message"):
        await put(database, services, Place(HERE.id, 1), "edited")


async def test_an_edit_that_was_refused_is_tried_again_when_there_is_something_new_to_show(
    database: Database, services: Services, clock: ManualClock
) -> None:
    place = Place(HERE.id, message_id(clock))
    await put(database, services, place, "1")
    [claimed] = await services.outbox.claim(ALL, 50)
    await services.outbox.settle(claimed, Refused("404 (error 10008): Unknown Message"))
    clock.advance(minutes=1)
    await put(database, services, place, "2")
    assert await said(services) == ["2"]


async def test_hundred_edits_at_once_from_two_processes_leave_one_row_and_one_newest(
    database: Database, services: Services, other: tuple[Database, Services], clock: ManualClock
) -> None:
    place = Place(HERE.id, message_id(clock))
    if database.is_sqlite:
        other = (database, services)  # one process alone may have an SQLite file
    both = ((database, services), other)
    await asyncio.gather(*(put(*both[number % 2], place, str(number)) for number in range(100)))
    async with database.read() as session:
        [row] = (await session.execute(select(OutboxMessage.version, OutboxMessage.payload))).all()
    assert row.version == 100
    assert await said(services) == [row.payload["content"]]


async def test_two_processes_share_what_is_due_keep_each_channels_order_and_take_nothing_twice(
    database: Database, services: Services, other: tuple[Database, Services]
) -> None:
    for number in range(60):
        await promise(database, services, f"{number:02}", at=channel(20 + number % 7))
    taken: list[Claimed] = []

    async def work(which: Services) -> None:
        idle = 0
        while idle < 20:
            batch = await which.outbox.claim(ALL, 3)
            taken.extend(batch)
            idle = 0 if batch else idle + 1
            for claimed in batch:
                await asyncio.sleep(0)
                await which.outbox.settle(claimed, Delivered(Place(claimed.destination.id, claimed.id)))

    await asyncio.gather(work(services), work(other[1]))
    assert sorted(claimed.payload.content for claimed in taken) == [f"{number:02}" for number in range(60)]
    for number in range(7):
        order = [claimed.payload.content for claimed in taken if claimed.destination.id == 20 + number]
        assert order == sorted(order)


async def test_each_process_sends_for_the_guilds_of_its_own_shards(
    database: Database, services: Services, clock: ManualClock
) -> None:
    for number in range(1, 7):
        await promise(database, services, str(number), guild=number << 22)
    even, odd = ShardRange(2, frozenset({0})), ShardRange(2, frozenset({1}))
    assert [claimed.guild_id >> 22 for claimed in await services.outbox.claim(even, 50)] == [2, 4, 6]
    assert await services.outbox.next_due(odd) == clock.now()
    assert [claimed.guild_id >> 22 for claimed in await services.outbox.claim(odd, 50)] == [1, 3, 5]


async def test_a_guild_with_hundreds_of_channels_leaves_room_for_the_others(
    database: Database, services: Services, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a loud guild has to say is as old as its first message, and longer than all places."""
    loud, quiet = GUILD, GUILD + (1 << 22)
    for number in range(60):
        await promise(database, services, f"loud {number}", at=channel(100 + number), guild=loud)
    clock.advance(seconds=1)
    await promise(database, services, "quiet", at=channel(999), guild=quiet)
    sending, may_end = list[Claimed](), asyncio.Event()

    async def deliver(claimed: Claimed) -> None:
        sending.append(claimed)
        await may_end.wait()
        await services.outbox.settle(claimed, Delivered(Place(claimed.destination.id, claimed.id)))

    bell = Bell()
    source = OutboxSource(services.outbox, deliver, lambda: ALL, bell.ring)
    ticker = Ticker(clock, [source], bell)
    monkeypatch.setattr(under_way, "PATIENCE", 0)
    for _ in range(3):
        await ticker.tick()
    assert Counter(one.guild_id for one in sending) == {loud: OutboxSource.share, quiet: 1}
    waits_until = await source.next_due()
    assert waits_until == clock.now() + LEASE, "whoever else has nothing, the loud one has its share"
    may_end.set()
    await source.finish()
    while await ticker.tick():
        await source.finish()
    assert len(sending) == 61


async def test_what_is_long_settled_is_forgotten_and_what_is_owed_never(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await promise(database, services, "sent")
    await promise(database, services, "owed", at=THERE)
    for claimed in await services.outbox.claim(ALL, 50):
        if claimed.payload.content == "sent":
            await services.outbox.settle(claimed, Delivered(Place(HERE.id, 77)))
    clock.advance(seconds=KEPT_FOR.total_seconds())
    assert await services.outbox.prune() == 0
    clock.advance(seconds=1)
    assert await services.outbox.prune() == 1
    assert await services.outbox.find(GUILD, "sent") is None
    assert await state(services, "owed") is MessageState.SENDING


async def kept(database: Database) -> list[str]:
    """What the table holds of what messages say."""
    async with database.read() as session:
        found = (await session.execute(select(OutboxMessage.payload).order_by(OutboxMessage.id))).scalars()
        return [payload.get("content", "") for payload in found]


async def test_what_a_message_says_is_forgotten_once_it_is_sent_and_newer_words_of_an_edit_are_not(
    database: Database, services: Services, clock: ManualClock
) -> None:
    place = Place(THERE.id, message_id(clock))
    await promise(database, services, "they left (reason)")
    await put(database, services, place, "one")
    sent, edit = await services.outbox.claim(ALL, 50)
    await put(database, services, place, "two")
    await services.outbox.settle(sent, Delivered(Place(HERE.id, 77)))
    await services.outbox.settle(edit, Delivered(place))
    assert await kept(database) == ["", "two"]
    clock.advance(seconds=2)
    [edit] = await services.outbox.claim(ALL, 50)
    await services.outbox.settle(edit, Delivered(place))
    assert await kept(database) == ["", ""]
    await put(database, services, place, "three")
    assert await kept(database) == ["", "three"]


async def test_what_a_message_says_that_was_given_up_is_forgotten_when_it_is_too_old_to_be_sent(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await promise(database, services, "refused")
    await promise(database, services, "owed", at=THERE)
    for claimed in await services.outbox.claim(ALL, 50):
        if claimed.payload.content == "refused":
            await services.outbox.settle(claimed, Refused("403"))
    clock.advance(seconds=FRESH_FOR.total_seconds())
    await services.outbox.prune()
    assert await kept(database) == ["refused", "owed"]
    clock.advance(seconds=1)
    await services.outbox.prune()
    assert await kept(database) == ["", "owed"]
    assert await state(services, "refused") is MessageState.FAILED
    assert await services.outbox.send_again(GUILD, HERE) == 0


async def test_messages_that_are_other_promises_are_told_apart_in_private_those_of_any_guild(
    database: Database, services: Services
) -> None:
    await promise(database, services, "a")
    [first] = await services.outbox.claim(ALL, 50)
    await services.outbox.settle(first, Delivered(Place(HERE.id, 77)))
    await promise(database, services, "b", guild=6 << 22)
    await promise(database, services, "c", guild=6 << 22, at=user(8))
    public, private = await services.outbox.claim(ALL, 50)
    assert await services.outbox.of_others(first, [76, 77, 78]) == {77}
    assert await services.outbox.of_others(public, [76, 77, 78]) == frozenset()
    assert await services.outbox.of_others(private, [76, 77, 78]) == {77}
    assert await services.outbox.of_others(private, []) == frozenset()


async def test_an_outcome_may_be_waited_for_only_within_a_transaction(database: Database) -> None:
    with pytest.raises(RuntimeError, match="no commit"):
        database.after_commit(lambda: None)
