"""/economy reset-all where more have an account than a batch has targets: in groups, gone on with after any death."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.actions import batch_groups, coin_batches
from bot.domain.audit import AuditSource
from bot.domain.batches import BatchState
from bot.domain.economy import Party, Pocket
from bot.domain.economy_settings import EconomySettings
from bot.domain.treasury import By, Change
from bot.sandbox import SeenMessage
from bot.services.treasury import ChangeOrder
from tests.cogs.outbox_post import by_real_time, mortal
from tests.cogs.test_treasury import Desk, over
from tests.support.crash import CrashPoints
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, words

PEOPLE = [(50_000 + number) << 22 for number in range(60)]


@pytest.fixture
async def desk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(coin_batches, "GROUPED_FROM", 3)
    monkeypatch.setattr(batch_groups, "GROUP", 10)
    by_real_time(stage)
    made = Desk(stage)
    await stage.start()
    return made


async def fill(desk: Desk) -> None:
    for user in PEOPLE:
        order = ChangeOrder(Change.ADD, Party(user, is_bot=False, is_member=True), Pocket.BANK, "7")
        await desk.app.services.treasury.change(GUILD, order, By(ALICE, AuditSource.COMMAND, f"b{user}"), logged=False)


async def draft(desk: Desk) -> SeenMessage:
    form = await (await desk.stage.alice.slash(GENERAL, "economy reset-all")).answered()
    return await (await desk.stage.alice.submit(form, {"word": "village"})).finished()


async def test_everybody_is_reset_in_groups_and_all_of_it_is_undone(desk: Desk) -> None:
    await fill(desk)
    shown = words(await draft(desk))
    assert "60 members would begin anew, in 6 groups. It can be undone for 30 days." in shown
    assert Counter(await desk.held(*PEOPLE)) == {7: 60}
    exchange = await desk.start(await draft(desk))
    batch = await desk.until_over()
    assert (batch.state, batch.counts.done, batch.counts.total) == (BatchState.DONE, 6, 6)
    assert Counter(await desk.held(*PEOPLE)) == {0: 60}
    assert exchange.message is not None
    rows = await desk.download(await desk.stage.alice.click(exchange.message, "Get the result"))
    done = sum(int(row["detail"].split(" ")[0]) for row in rows)
    assert (done, {row["detail"].split(", ")[1] for row in rows}) == (60, {"0 left out"})
    await desk.give(PEOPLE[0], 5, "since")
    desk.stage.clock.advance(days=29)
    shown = words(question := await desk.ask("undo-reset"))
    assert "What was done to 60 members, in 6 groups, would be undone" in shown
    await desk.start(question)
    assert (await desk.until_over()).counts.done == 6
    assert Counter(await desk.held(*PEOPLE)) == {7: 59, 12: 1}
    assert await desk.sound()


async def test_what_somebody_gets_after_their_reset_stays_and_who_came_meanwhile_is_reset_too(desk: Desk) -> None:
    await fill(desk)
    question = await draft(desk)
    await desk.give(CAROL, 50, "late")
    await desk.start(question)
    await desk.until_over()
    assert await desk.held(CAROL) == [0]
    await desk.give(BOB, 3, "after")
    assert await desk.held(BOB) == [3]


async def test_a_reset_that_dies_every_few_steps_resets_everybody_once(desk: Desk) -> None:
    await fill(desk)
    await desk.start(await draft(desk))
    deaths = 0
    given: set[int] = set()
    while not await over(desk):
        desk.points = points = CrashPoints(at=25 + 13 * deaths % 31)
        await desk.restart()
        held = dict(zip(PEOPLE, await desk.held(*PEOPLE), strict=True))
        for user in [user for user, coins in held.items() if coins == 0 and user not in given]:
            await desk.give(user, 1, f"new{user}")  # who was reset goes on living
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
    expected = {user: int(user in given) for user in PEOPLE}
    assert dict(zip(PEOPLE, await desk.held(*PEOPLE), strict=True)) == expected
    assert given
    assert await desk.sound()


async def test_whose_coins_are_spent_fails_their_group_and_nobody_else(desk: Desk) -> None:
    settings = EconomySettings(starting_balance=20)
    await fill(desk)
    for user in PEOPLE[:2]:
        await desk.give(user, 1, f"w{user}")
    await desk.app.services.guild_settings.change(GUILD, settings, base=0, by=None)
    await desk.start(await draft(desk))
    await desk.until_over()
    poor = PEOPLE[0]
    assert await desk.held(poor) == [20]
    await desk.app.services.economy.pay(GUILD, poor, Party(CAROL, is_bot=False, is_member=True), 20, key="p")
    batch, last = await desk.done("undo-reset")
    assert (batch.counts.done, batch.counts.failed) == (5, 1)
    assert f"1 of them could not: <@{poor}> has only 0 of the 19 that I would take back." in words(last)
    assert await desk.held(*PEOPLE[:3]) == [0, 8, 7]
    assert await desk.sound()
