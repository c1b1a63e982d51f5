"""The count on the message of a giveaway: soon after it changed, never too often, and right after a start."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import update

from bot.compose import make_services
from bot.db.engine import Database
from bot.db.models.giveaways import GiveawayRow
from bot.db.sessions import WriteSession
from bot.domain.features import FeatureSettings
from bot.domain.guilds import ShardRange
from bot.errors import DatabaseAway
from bot.services import Services, giveaway_counts
from tests.support.clock import ManualClock
from tests.support.giveaway_gate import GUILD, person, running

ALL = ShardRange(1, frozenset({0}))
_EPOCH_MS = 1_420_070_400_000


async def standing(services: Services, database: Database, clock: ManualClock, key: str = "i:1", **values: int) -> int:
    """A giveaway whose message stands in the channel since now; its number."""
    giveaway = await running(services, key, **values)
    message_id = ((int(clock.now().timestamp() * 1_000) - _EPOCH_MS) << 22) + giveaway.number

    async def unit(session: WriteSession) -> None:
        here = GiveawayRow.number == giveaway.number
        await session.execute(update(GiveawayRow).where(here).values(message_id=message_id))

    await database.transact(unit)
    return giveaway.number


async def enter(services: Services, clock: ManualClock, number: int, *people: int) -> None:
    for one in people:
        await services.giveaway_entering.enter(GUILD, number, person(one, clock))


async def shown(services: Services, number: int) -> int:
    return (await services.giveaway_making.find(GUILD, number)).shown


async def test_a_message_says_soon_how_many_are_in_and_not_with_each_press(
    services: Services, database: Database, clock: ManualClock
) -> None:
    number = await standing(services, database, clock)
    await enter(services, clock, number, 1, 2)
    assert await shown(services, number) == 0
    await services.giveaway_counts.show()
    assert await shown(services, number) == 2
    await enter(services, clock, number, 3)
    clock.advance(seconds=9.9)
    await services.giveaway_counts.show()
    assert await shown(services, number) == 2
    clock.advance(seconds=0.1)
    await services.giveaway_counts.show()
    assert await shown(services, number) == 3


async def test_a_message_older_than_an_hour_is_changed_less_often(
    services: Services, database: Database, clock: ManualClock
) -> None:
    number = await standing(services, database, clock, lasts=7_200)
    clock.advance(seconds=3_601)
    await enter(services, clock, number, 1)
    await services.giveaway_counts.show()
    await enter(services, clock, number, 2)
    clock.advance(seconds=59)
    await services.giveaway_counts.show()
    assert await shown(services, number) == 1
    clock.advance(seconds=1)
    await services.giveaway_counts.show()
    assert await shown(services, number) == 2


async def test_nothing_is_written_where_as_many_are_in_as_before(
    services: Services, database: Database, clock: ManualClock
) -> None:
    number = await standing(services, database, clock)
    await enter(services, clock, number, 1)
    await services.giveaway_entering.leave(GUILD, number, person(1, clock))
    await services.giveaway_counts.show()
    message_id = (await services.giveaway_making.find(GUILD, number)).message_id
    assert await services.outbox.find(GUILD, f"giveaway:{number}:edit:{message_id}") is None


@pytest.fixture
def after_a_start(database: Database, clock: ManualClock) -> Services:
    """Services that remember nothing."""
    features = FeatureSettings.of({"all"})
    return make_services(database, clock, Random(2), keep_guilds_for=timedelta(days=90), features=features)


async def test_after_a_start_the_messages_that_are_out_of_date_are_found(
    services: Services, after_a_start: Services, database: Database, clock: ManualClock
) -> None:
    behind, right = await standing(services, database, clock), await standing(services, database, clock, "i:2")
    await enter(services, clock, behind, 1, 2)
    await after_a_start.giveaway_counts.show()
    assert await shown(services, behind) == 0
    await after_a_start.giveaway_counts.learn(ALL)
    await after_a_start.giveaway_counts.show()
    assert (await shown(services, behind), await shown(services, right)) == (2, 0)


async def test_a_look_is_bounded_and_the_others_are_next(
    services: Services, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giveaway_counts, "AT_ONCE", 2)
    numbers = [await standing(services, database, clock, f"i:{one}") for one in range(3)]
    for number in numbers:
        await enter(services, clock, number, 1)
    await services.giveaway_counts.show()
    assert [await shown(services, one) for one in numbers] == [1, 1, 0]
    await enter(services, clock, numbers[0], 2)
    await services.giveaway_counts.show()
    assert [await shown(services, one) for one in numbers] == [1, 1, 1]


async def test_what_the_database_could_not_take_is_counted_the_next_time(
    services: Services, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await standing(services, database, clock)
    await enter(services, clock, number, 1)

    async def away(*_arguments: object, **_more: object) -> None:
        raise DatabaseAway

    with monkeypatch.context() as patch:
        patch.setattr(database, "transact", away)
        await services.giveaway_counts.show()
    await services.giveaway_counts.show()
    assert await shown(services, number) == 1
