"""What giveaways keep of people: who was drawn from, as long as it can be drawn again; of the seed no word before."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.db.base import Base
from bot.db.engine import Database
from bot.db.models.giveaways import GiveawayEntryRow, GiveawayEventRow, GiveawayRow, GiveawayWinnerRow
from bot.db.repositories.giveaways import erasing
from bot.domain.giveaway_rules import LONGEST_MEMORY
from bot.domain.giveaways import Status, Step
from bot.domain.privacy import Erasure
from bot.errors import GiveawayNotFound
from bot.features import invariants
from bot.services import Services, giveaway_retention
from bot.services.verify import VerifyService
from tests.support.clock import ManualClock
from tests.support.giveaway_course import GUILD, HOST, Course

ALICE, BOB, CAROL = 1_001, 1_002, 1_003
TABLES = (GiveawayRow, GiveawayEntryRow, GiveawayWinnerRow, GiveawayEventRow)


@pytest.fixture
def course(services: Services, clock: ManualClock) -> Course:
    return Course(services, clock)


async def entered(database: Database, user_id: int) -> list[int]:
    query = select(GiveawayEntryRow.number).where(GiveawayEntryRow.user_id == user_id)
    async with database.read() as session:
        return sorted((await session.execute(query)).scalars())


async def rows_of_all(database: Database) -> list[int]:
    async with database.read() as session:
        return [(await session.execute(select(func.count()).select_from(table))).scalar_one() for table in TABLES]


# Erasing --------------------------------------------------------------------------------------------------


async def test_who_is_erased_is_out_of_all_but_the_lists_that_were_drawn_from(
    course: Course, database: Database
) -> None:
    drawn = await course.over(ALICE, BOB)
    drawn_without = await course.begun()
    await course.enter(drawn_without.number, ALICE, BOB)
    await course.leave(drawn_without.number, ALICE)
    course.clock.advance(seconds=3_600)
    await course.go_on(drawn_without.number)
    being_drawn = await course.begun()
    await course.enter(being_drawn.number, ALICE, BOB)
    course.clock.advance(seconds=3_600)
    await course.go_on(being_drawn.number, until=Step.DRAW)
    ended = await course.begun()
    await course.enter(ended.number, ALICE, BOB)
    course.clock.advance(seconds=3_600)
    await course.go_on(ended.number, until=Step.WEIGH)
    running = await course.begun()
    await course.enter(running.number, ALICE, BOB)
    await course.services.privacy.erase(ALICE, GUILD)
    assert await entered(database, ALICE) == [drawn.number, being_drawn.number]
    assert await entered(database, BOB) == [one.number for one in (drawn, drawn_without, being_drawn, ended, running)]
    for one in (being_drawn, ended):
        await course.go_on(one.number)
    for one in (drawn, drawn_without, being_drawn, ended):
        assert (await course.services.giveaway_proofs.prove(GUILD, one.number)).misfits == ()


async def test_who_is_erased_is_told_what_is_kept_and_until_when(course: Course) -> None:
    await course.over(ALICE)
    await course.services.privacy.erase(ALICE, GUILD)
    left = {one.what: one for one in await course.services.privacy.overview(ALICE, GUILD)}
    assert set(left) == {"Giveaways that you entered", "Giveaways in which you were drawn"}
    assert all(one.erasure is Erasure.KEEP and "half a year" in one.why for one in left.values())


async def test_the_copy_tells_entries_and_wins(course: Course) -> None:
    ended = await course.over(ALICE)
    tables = (await course.services.privacy.copy(ALICE, GUILD)).tables
    [entry], [win] = tables["giveaway_entries.user_id"], tables["giveaway_winners.user_id"]
    assert (entry["number"], entry["weight"], win["number"], win["place"]) == (ended.number, 1, ended.number, 1)


async def test_a_list_is_fixed_without_whoever_is_erased_at_that_moment(course: Course) -> None:
    giveaway = await course.begun()
    await course.enter(giveaway.number, *range(ALICE, ALICE + 8))
    course.clock.advance(seconds=3_600)
    erased = (course.services.privacy.erase(one, GUILD) for one in range(ALICE, ALICE + 4))
    await asyncio.gather(course.go_on(giveaway.number), *erased)
    assert (await course.services.giveaway_proofs.prove(GUILD, giveaway.number)).misfits == ()


async def test_a_giveaway_outlives_the_erasing_of_its_host(course: Course, database: Database) -> None:
    giveaway = await course.begun(winners=1)
    await course.enter(giveaway.number, ALICE, BOB, CAROL)
    await course.services.privacy.erase(HOST, GUILD)
    payload = await course.services.giveaway_message.preview(
        await course.services.giveaway_making.find(GUILD, giveaway.number)
    )
    assert "**Host:** somebody who was erased" in str(payload.embed)
    course.clock.advance(seconds=3_600)
    ended = await course.go_on(giveaway.number)
    await course.reroll(giveaway.number, ended.places[0])
    assert (await course.services.giveaway_proofs.prove(GUILD, giveaway.number)).misfits == ()
    async with database.read() as session:
        for table in TABLES:
            for row in (await session.execute(select(table.__table__))).mappings():
                assert str(HOST) not in str({name: one for name, one in row.items() if name.endswith(("_id", "_by"))})


# The seed -------------------------------------------------------------------------------------------------


async def test_nobody_is_told_the_seed_before_the_draw(course: Course, database: Database) -> None:
    giveaway = await course.begun()
    await course.enter(giveaway.number, ALICE, BOB)
    services, seed = course.services, giveaway.seed
    for one in (HOST, ALICE):
        copy = await services.privacy.copy(one, GUILD)
        assert copy.tables
        assert seed not in str(copy)
    async with database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in (await session.execute(select(table))).mappings():
                others = {name: value for name, value in row.items() if (table.name, name) != ("giveaways", "seed")}
                assert seed not in str(others), table.name
    async with database.write() as session:  # so that there is something to be told of
        await session.execute(update(GiveawayRow).values(looked=7))
    found = await VerifyService(database, invariants()).guild(GUILD)
    assert any(one.feature == "giveaways" for one in found)
    assert seed not in str(found)
    assert seed not in repr(giveaway)
    about = await services.giveaway_knowing.about(GUILD, giveaway.number)
    assert seed not in repr(about)


# With time ------------------------------------------------------------------------------------------------


async def test_giveaways_are_forgotten_half_a_year_after_they_are_over(
    course: Course, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giveaway_retention, "AT_ONCE", 2)
    monkeypatch.setattr(giveaway_retention, "ENTRIES_AT_ONCE", 2)
    for _ in range(3):
        await course.over(ALICE, BOB, CAROL)
    retention = course.services.giveaway_retention
    course.clock.advance(days=LONGEST_MEMORY - 1)
    recent = await course.over(ALICE, BOB)
    assert await retention.prune() == 0
    course.clock.advance(days=1)
    assert await retention.prune() == 3
    assert await retention.prune() == 0
    assert (await rows_of_all(database))[:3] == [1, 2, 1]
    assert (await course.services.giveaway_proofs.prove(GUILD, recent.number)).misfits == ()
    assert not await VerifyService(database, {"giveaways": invariants()["giveaways"]}).guild(GUILD)
    course.clock.advance(days=LONGEST_MEMORY)
    assert await retention.prune() == 1
    assert await rows_of_all(database) == [0, 0, 0, 0]


async def test_what_dies_while_it_forgets_leaves_nothing_that_looks_like_a_wrong_draw(
    course: Course, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    giveaway = await course.over(ALICE, BOB, CAROL)
    course.clock.advance(days=LONGEST_MEMORY + 1)
    monkeypatch.setattr(giveaway_retention, "ENTRIES_AT_ONCE", 1)
    once = erasing.forget_entries
    calls = 0

    async def dies(*arguments: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("killed")
        return await once(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(erasing, "forget_entries", dies)
    with pytest.raises(RuntimeError, match="killed"):
        await course.services.giveaway_retention.prune()
    assert not await VerifyService(database, {"giveaways": invariants()["giveaways"]}).guild(GUILD)
    assert (await course.services.giveaway_making.find(GUILD, giveaway.number)).status is Status.CANCELLED
    assert await course.services.giveaway_retention.prune() == 1
    assert await rows_of_all(database) == [0, 0, 0, 0]


async def test_drafts_are_forgotten_after_a_week_and_what_runs_is_not(course: Course, database: Database) -> None:
    draft = await course.draft()
    running = await course.begun(ends_at=course.clock.now() + timedelta(days=20))
    course.clock.advance(days=6)
    assert await course.services.giveaway_retention.prune() == 0
    course.clock.advance(days=1)
    assert await course.services.giveaway_retention.prune() == 1
    with pytest.raises(GiveawayNotFound):
        await course.services.giveaway_making.find(GUILD, draft.number)
    assert (await rows_of_all(database))[0] == 1
    assert (await course.services.giveaway_making.find(GUILD, running.number)).status is Status.RUNNING
