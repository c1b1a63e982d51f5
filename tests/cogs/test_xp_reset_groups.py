"""/xp reset where more have XP than a batch has targets: in groups, gone on with after any death, and undone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.actions import batch_groups, xp_batches
from bot.db.models.leveling import MemberLevel, XpBucket
from bot.domain.audit import AuditSource
from bot.domain.batches import BatchState
from bot.domain.economy import Party
from bot.domain.leveling import ChangeKind, Reward, Stacking
from bot.domain.xp_buckets import bucket
from bot.domain.xp_changes import XpOrder
from bot.sandbox import SeenMessage
from bot.services.rewards import By
from tests.cogs.outbox_post import by_real_time, mortal
from tests.cogs.test_treasury import BOSS, CLUB, over
from tests.cogs.test_xp_staff import REGULAR, XpDesk, roles
from tests.support.crash import CrashPoints
from tests.support.stage import ALICE, BOB, CAROL, GUILD, Stage, words

PEOPLE = [(50_000 + number) << 22 for number in range(60)]
BY = By(ALICE, AuditSource.COMMAND)


@pytest.fixture
async def desk(stage: Stage) -> XpDesk:
    by_real_time(stage)
    made = XpDesk(stage)
    made.world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages", "embed_links"])
    made.world.add_role(GUILD, "Regular", id=REGULAR)
    await stage.start()
    return made


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups begin with three members, and have ten."""
    monkeypatch.setattr(xp_batches, "GROUPED_FROM", 3)
    monkeypatch.setattr(batch_groups, "GROUP", 10)


async def fill(desk: XpDesk, people: list[int], xp: int = 700) -> None:
    async with desk.app.database.write() as session:
        rows = [{"guild_id": GUILD, "user_id": one, "xp": xp, "messages": 1, "voice_seconds": 0} for one in people]
        await session.execute(insert(MemberLevel), rows)
        await session.execute(insert(XpBucket), [{"guild_id": GUILD, "bucket": bucket(xp), "members": len(people)}])


async def everybody(desk: XpDesk) -> Counter[int]:
    async with desk.app.database.read() as session:
        return Counter((await session.execute(select(MemberLevel.xp))).scalars())


async def buckets(desk: XpDesk) -> dict[int, int]:
    async with desk.app.database.read() as session:
        query = select(XpBucket.bucket, XpBucket.members).where(XpBucket.members != 0)
        return {row.bucket: row.members for row in await session.execute(query)}


async def draft(desk: XpDesk, word: str = "village", **who: int) -> SeenMessage:
    return await desk.reset(word, **who)


async def test_thousands_are_reset_in_slices_with_progress_and_all_of_it_is_undone(
    desk: XpDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_groups, "GROUP", 400)
    people = [(90_000 + number) << 22 for number in range(2_000)]
    await fill(desk, people)
    question = await draft(desk)
    assert "2,000 members would begin again at no XP, in 5 groups. It can be undone for 30 days." in words(question)
    exchange = await desk.start(question)
    await desk.tick()
    assert (await everybody(desk))[0] > 0, "it is under way"
    batch = await desk.until_over()
    assert (batch.state, batch.counts.done, batch.counts.total) == (BatchState.DONE, 5, 5)
    assert await everybody(desk) == {0: 2_000}
    assert await buckets(desk) == {}
    assert exchange.message is not None
    rows = await desk.download(await desk.stage.alice.click(exchange.message, "Get the result"))
    assert Counter(row["detail"] for row in rows) == {"400 done, 0 left out": 5}
    desk.stage.clock.advance(days=29)
    question = await desk.ask("undo")
    assert "What was done in 5 groups would be undone; what was earned since stays." in words(question)
    await desk.start(question)
    assert (await desk.until_over()).counts.done == 5
    assert await everybody(desk) == {700: 2_000}
    assert await buckets(desk) == {bucket(700): 2_000}
    assert "no change of XP" in words(await desk.ask("undo")), "what is undone is not offered again"


@pytest.mark.usefixtures("small")
async def test_roles_go_with_a_reset_in_groups_and_come_back_with_its_undo(desk: XpDesk) -> None:
    await fill(desk, PEOPLE)
    await desk.app.services.rewards.set(GUILD, Reward(5, REGULAR, Stacking.STACK), BY)
    await desk.has(BOB, 5_000)
    await desk.tick()
    assert roles(desk, BOB) == {REGULAR}
    await desk.start(await draft(desk))
    await desk.until_over()
    await desk.tick()
    assert roles(desk, BOB) == set()
    await desk.has(BOB, 100)  # and goes on
    await desk.start(await desk.ask("undo"))
    await desk.until_over()
    await desk.tick()
    assert await desk.xp(BOB) == [5_100]
    assert roles(desk, BOB) == {REGULAR}


@pytest.mark.usefixtures("small")
async def test_of_a_role_only_those_who_have_it_are_reset(desk: XpDesk) -> None:
    await fill(desk, PEOPLE)
    for user in (BOB, CAROL):
        await desk.has(user, 900)
    desk.world.give_role(GUILD, BOB, CLUB)
    question = await draft(desk, "Club", who=CLUB)
    assert "Of 62 members with XP those with the role would begin again at no XP, in 7 groups." in words(question)
    await desk.start(question)
    assert (await desk.until_over()).counts.done == 7
    assert await desk.xp(BOB, CAROL) == [0, 900]
    assert await everybody(desk) == {700: 60, 900: 1, 0: 1}


async def test_of_a_role_that_more_have_than_have_xp_only_the_latter_are_targets(desk: XpDesk) -> None:
    for user in (ALICE, BOB, CAROL):
        desk.world.give_role(GUILD, user, CLUB)
    await desk.has(BOB, 900)
    await fill(desk, PEOPLE[:1])
    await desk.start(await draft(desk, "Club", who=CLUB))
    batch = await desk.until_over()
    assert (batch.counts.total, batch.counts.done) == (1, 1)
    assert await desk.xp(BOB, PEOPLE[0]) == [0, 700]


@pytest.mark.usefixtures("small")
async def test_a_reset_that_dies_every_few_steps_resets_everybody_once(desk: XpDesk) -> None:
    await fill(desk, PEOPLE)
    await desk.start(await draft(desk))
    deaths, given = 0, set[int]()
    while not await over(desk):
        desk.points = points = CrashPoints(at=25 + 13 * deaths % 31)
        await desk.restart()
        held = dict(zip(PEOPLE, await desk.xp(*PEOPLE), strict=True))
        for user in [user for user, xp in held.items() if xp == 0 and user not in given]:
            await add(desk, user, 1)  # who was reset goes on living
            given.add(user)
        await points.arm()
        while not points.died.is_set() and not await over(desk):
            await mortal(desk.tick())
        deaths += points.died.is_set()
        points.armed = False
        desk.points = None
        if points.died.is_set():
            await desk.restart()
        assert deaths < 60
    assert deaths > 2
    assert given
    assert dict(zip(PEOPLE, await desk.xp(*PEOPLE), strict=True)) == {user: int(user in given) for user in PEOPLE}
    await desk.start(await desk.ask("undo"))
    await desk.until_over()
    expected = {user: 700 + int(user in given) for user in PEOPLE}
    assert dict(zip(PEOPLE, await desk.xp(*PEOPLE), strict=True)) == expected


async def add(desk: XpDesk, user: int, xp: int) -> Any:
    return await desk.app.services.xp_staff.change(
        GUILD, Party(user, is_bot=False, is_member=True), XpOrder(ChangeKind.ADD, xp), BY
    )


@pytest.mark.usefixtures("small")
async def test_who_may_not_any_more_stops_it(desk: XpDesk) -> None:
    await fill(desk, PEOPLE)
    await desk.start(await draft(desk))
    desk.world.take_role(GUILD, ALICE, BOSS)
    ended = await desk.until_over()
    assert ended.counts.failed == 6
    assert await everybody(desk) == {700: 60}
