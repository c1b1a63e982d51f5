"""The gate of giveaways: whoever is told that they are in is in, however many press, and whatever fails beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text, update

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.giveaways import GiveawayRow
from bot.db.repositories.giveaways import entries, giveaways
from bot.domain.features import FeatureSettings
from bot.domain.giveaway_rules import AnyOf, Bonus, Bonuses, BonusKind, HasRole, NoneOf, Rules
from bot.domain.giveaways import Entry
from bot.errors import DatabaseAway, GiveawayOver
from bot.services import Services, giveaway_entering
from bot.services.giveaway_entering import Pressed
from tests.support.clock import ManualClock
from tests.support.giveaway_gate import GUILD, HOST, OTHER, ROLE, SECONDS, VIA, listed, person, running


@pytest.fixture
async def others(database_config: DatabaseConfig, clock: ManualClock) -> AsyncGenerator[Services]:
    """Another process on the same database."""
    opened = Database(database_config, clock, Random(2))
    yield make_services(
        opened, clock, Random(2), keep_guilds_for=timedelta(days=90), features=FeatureSettings.of({"all"})
    )
    await opened.close()


async def test_of_two_thousand_presses_at_once_none_is_lost(
    services: Services, database: Database, clock: ManualClock
) -> None:
    giveaway, rng, gate = await running(services), Random(7), services.giveaway_entering
    presses = [(user, rng.random() < 0.4) for user in [*range(1, 501)] * 4]  # of each: whether they leave
    rng.shuffle(presses)
    work = [
        (gate.leave if leaves else gate.enter)(GUILD, giveaway.number, person(user, clock)) for user, leaves in presses
    ]
    answers = await asyncio.gather(*work)
    inside: set[int] = set()
    for (user, leaves), answer in zip(presses, answers, strict=True):
        assert answer.entered is not leaves
        assert answer.is_new is (not leaves and user not in inside)
        (inside.discard if leaves else inside.add)(user)
    assert set(await listed(database, giveaway.number)) == inside
    assert answers[-1].pot.entrants == len(inside)


async def test_pressing_fifty_times_at_once_is_entering_once(
    services: Services, database: Database, clock: ManualClock
) -> None:
    giveaway = await running(services)
    work = [services.giveaway_entering.enter(GUILD, giveaway.number, person(1, clock)) for _press in range(50)]
    answers = await asyncio.gather(*work)
    assert [one.is_new for one in answers] == [True, *[False] * 49]
    assert {(one.entered, one.pot.entrants) for one in answers} == {(True, 1)}
    assert set(await listed(database, giveaway.number)) == {1}


@pytest.mark.parametrize(("milliseconds", "counts"), [(-1, True), (0, False), (1, False)])
async def test_only_entries_before_the_end_count(
    services: Services, database: Database, clock: ManualClock, milliseconds: int, counts: bool
) -> None:
    giveaway, gate = await running(services), services.giveaway_entering
    await gate.enter(GUILD, giveaway.number, person(1, clock))
    clock.advance(seconds=SECONDS + milliseconds / 1_000)
    work = [gate.enter(GUILD, giveaway.number, person(2, clock)), gate.leave(GUILD, giveaway.number, person(1, clock))]
    answers = await asyncio.gather(*work, return_exceptions=True)
    assert [isinstance(one, Pressed) for one in answers] == [counts, counts]
    assert [isinstance(one, GiveawayOver) for one in answers] == [not counts, not counts]
    assert set(await listed(database, giveaway.number)) == ({2} if counts else {1})


# Against the lock ---------------------------------------------------------------------------------------


async def test_nobody_slips_in_after_the_list_was_read(
    services: Services, others: Services, database: Database, clock: ManualClock
) -> None:
    giveaway = await running(services)

    async def end() -> set[int]:
        await others.giveaway_making.end(GUILD, giveaway.number, by=HOST, via=VIA)
        return set(await listed(database, giveaway.number))

    gate = services.giveaway_entering
    presses = [asyncio.create_task(gate.enter(GUILD, giveaway.number, person(one, clock))) for one in range(1, 601)]
    await presses[0]
    at_the_end, *answers = await asyncio.gather(end(), *presses, return_exceptions=True)
    told = {user for user, one in enumerate(answers, start=1) if isinstance(one, Pressed)}
    assert {type(one) for one in answers} <= {Pressed, GiveawayOver}
    assert told == at_the_end == set(await listed(database, giveaway.number))


@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_who_ends_waits_for_those_who_are_entering(
    services: Services, others: Services, database: Database, clock: ManualClock
) -> None:
    giveaway = await running(services)

    async def end() -> set[int]:
        await others.giveaway_making.end(GUILD, giveaway.number, by=HOST, via=VIA)
        return set(await listed(database, giveaway.number))

    async with database.write() as session:
        assert await giveaways.share(session, GUILD, giveaway.number) is not None
        ending = asyncio.create_task(end())
        await waits_for_a_lock(database, ending)
        entry = Entry(GUILD, giveaway.number, 1, 1, (), boosts=False, entered_at=clock.now())
        await entries.put(session, [entry])
    assert await ending == {1}


async def waits_for_a_lock(database: Database, task: asyncio.Task[Any]) -> None:
    """Until the database says that somebody waits, or the task did not have to."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(30):
        while not task.done():
            async with database.read() as session:
                if (await session.execute(waiting)).scalar_one():
                    return


# What fails ---------------------------------------------------------------------------------------------


async def test_who_goes_away_while_they_wait_takes_nobody_along(
    services: Services, database: Database, clock: ManualClock
) -> None:
    giveaway, gate = await running(services), services.giveaway_entering
    first, second, third = [
        asyncio.create_task(gate.enter(GUILD, giveaway.number, person(one, clock))) for one in (1, 2, 3)
    ]
    await asyncio.sleep(0)  # all three wait, and nobody was seen to yet
    first.cancel()
    assert [one.entered for one in await asyncio.gather(second, third)] == [True, True]
    with pytest.raises(asyncio.CancelledError):
        await first
    assert set(await listed(database, giveaway.number)) == {2, 3}


async def test_a_transaction_that_fails_is_told_to_all_who_waited_and_to_nobody_after_them(
    services: Services, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    giveaway, gate = await running(services), services.giveaway_entering

    async def away(*_arguments: object, **_more: object) -> None:
        raise DatabaseAway

    with monkeypatch.context() as patch:
        patch.setattr(database, "transact", away)
        work = [gate.enter(GUILD, giveaway.number, person(one, clock)) for one in (1, 2, 3)]
        answers = await asyncio.gather(*work, return_exceptions=True)
    assert [type(one) for one in answers] == [DatabaseAway] * 3
    assert (await gate.enter(GUILD, giveaway.number, person(4, clock))).pot.entrants == 1


async def test_a_giveaway_that_is_broken_keeps_nobody_out_of_another(
    services: Services, database: Database, clock: ManualClock
) -> None:
    broken, sound = await running(services), await running(services, "i:2")

    async def spoil(session: Any) -> None:
        here = GiveawayRow.number == broken.number
        await session.execute(update(GiveawayRow).where(here).values(rules={"all_of": "nonsense"}))

    await database.transact(spoil)
    numbers = [broken.number, sound.number, broken.number, sound.number]
    work = [services.giveaway_entering.enter(GUILD, one, person(at, clock)) for at, one in enumerate(numbers, start=1)]
    answers = await asyncio.gather(*work, return_exceptions=True)
    assert [isinstance(one, Pressed) for one in answers] == [False, True, False, True]


async def test_a_crowd_at_one_giveaway_holds_nobody_up_at_another(
    services: Services, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giveaway_entering, "AT_ONCE", 10)
    crowded, quiet = await running(services), await running(services, "i:2")
    order: list[int] = []

    async def press(number: int, user: int) -> None:
        await services.giveaway_entering.enter(GUILD, number, person(user, clock))
        order.append(number)

    async with asyncio.TaskGroup() as group:
        for user in range(1, 101):
            group.create_task(press(crowded.number, user))
        group.create_task(press(quiet.number, 1))
    assert order.index(quiet.number) < 10


async def test_at_the_end_all_who_wait_are_seen_to(services: Services, database: Database, clock: ManualClock) -> None:
    giveaway, gate = await running(services), services.giveaway_entering
    tasks = [asyncio.create_task(gate.enter(GUILD, giveaway.number, person(one, clock))) for one in range(1, 601)]
    await asyncio.sleep(0)
    await gate.finish()
    assert len(await listed(database, giveaway.number)) == 600
    await asyncio.gather(*tasks)


# What is told -------------------------------------------------------------------------------------------


async def test_who_is_in_and_is_excluded_by_now_is_told_and_weighs_nothing(
    services: Services, database: Database, clock: ManualClock
) -> None:
    bonuses = Bonuses(of=(Bonus(kind=BonusKind.ROLE, target=ROLE, weight=0),))
    giveaway, gate = await running(services, bonuses=bonuses), services.giveaway_entering
    await gate.enter(GUILD, giveaway.number, person(1, clock))
    await gate.enter(GUILD, giveaway.number, person(2, clock))
    pressed = await gate.enter(GUILD, giveaway.number, person(1, clock, ROLE))
    assert (pressed.entered, pressed.is_new, pressed.fits, pressed.weight, pressed.pot.weight) == (
        True, False, False, 0, 1,
    )  # fmt: skip
    assert (await listed(database, giveaway.number))[1].role_ids == (ROLE,)


async def test_groups_of_rules_say_what_is_wanted_of_each(services: Services, clock: ManualClock) -> None:
    mine, theirs = HasRole(role_id=ROLE), HasRole(role_id=OTHER)
    giveaway = await running(services, rules=Rules(any_of=(mine, theirs), none_of=(mine, theirs)))
    pressed = await services.giveaway_entering.enter(GUILD, giveaway.number, person(1, clock, ROLE))
    assert [(type(one.rule), one.met, one.depth) for one in pressed.checks] == [
        (AnyOf, True, 0), (HasRole, True, 1), (HasRole, False, 1),
        (NoneOf, False, 0), (HasRole, False, 1), (HasRole, True, 1),
    ]  # fmt: skip
    assert not pressed.fits
