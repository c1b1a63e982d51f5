"""Dying at any point from the end of a giveaway to the last letter: one draw, one announcement, each prize once."""

from __future__ import annotations

import pytest

from bot.domain.giveaways import EventKind, Prize, Status, WinnerState
from bot.services.giveaway_file import LEASE
from tests.cogs.outbox_post import by_real_time, mortal
from tests.support.crash import CrashPoints, sweep
from tests.support.giveaway_stage import (
    PRIZE,
    begun,
    coins,
    drawn,
    enter,
    furnish,
    giveaway_of,
    history,
    letters,
    pass_time,
    services_of,
    tick,
    told,
)
from tests.support.stage import BOB, CAROL, GUILD, Stage

COINS = 50


@pytest.fixture
async def village(stage: Stage) -> Stage:
    furnish(stage)
    by_real_time(stage)
    return stage


async def until_dead(stage: Stage, points: CrashPoints, turns: int) -> None:
    """Go on until the process dies, or for some turns."""
    for _turn in range(turns):
        await mortal(tick(stage, 1))
        if points.died.is_set():
            return


async def come_back(stage: Stage, points: CrashPoints) -> None:
    """The process is gone, and another takes over once its leases are over."""
    points.armed = False
    await stage.die()
    stage.arrange = None
    pass_time(stage, LEASE.total_seconds() + 1)
    await stage.start()
    await tick(stage, 5)  # edits of a message that is older than an hour are ten seconds apart


async def test_coins_and_letters_come_once_wherever_it_dies(village: Stage) -> None:
    await dies_anywhere(village, Prize(coins=COINS), letter=True)


async def test_a_role_comes_once_wherever_it_dies(village: Stage) -> None:
    await dies_anywhere(village, Prize(PRIZE, 3_600), letter=False)


async def dies_anywhere(stage: Stage, given: Prize, *, letter: bool) -> None:
    runs = 0

    async def story(points: CrashPoints) -> None:
        nonlocal runs
        runs += 1
        prize = f"mug no. {runs:03}"
        stage.arrange = points.plant
        await stage.start()
        number = (await begun(stage, prize, winners=2, given=given, letter=letter)).number
        await tick(stage, 1)
        await enter(stage, number, BOB, CAROL)
        before = {one: await coins(stage, one) for one in (BOB, CAROL)}
        stage.clock.advance(seconds=3_600)
        await points.arm()
        await until_dead(stage, points, 3)
        await come_back(stage, points)
        await is_drawn_once(stage, number)
        announced = [one.content for one in told(stage) if prize in one.content]
        assert len(announced) == 1, announced
        for one in (BOB, CAROL):
            assert sum(1 for each in letters(stage, one) if prize in each.content) == int(letter)
            assert await coins(stage, one) == before[one] + given.coins
            grants = (await services_of(stage).role_grants.list_(GUILD, one)).grants
            roles = [grant.role_id for grant in grants if grant.source == f"giveaway:{number}"]
            assert roles == [one for one in (given.role_id,) if one is not None]
        await stage.stop()

    seen = await sweep(story)
    assert sum(1 for one in seen if one.startswith("after POST /channels/")) == (3 if letter else 1)


async def is_drawn_once(stage: Stage, number: int) -> None:
    giveaway = await giveaway_of(stage, number)
    assert (giveaway.status, giveaway.vacant) == (Status.ENDED, 0)
    kinds = await history(stage, number)
    assert [kinds.count(one) for one in (EventKind.ENDED, EventKind.DRAWN, EventKind.WON)] == [1, 1, 1]
    won = await drawn(stage, number)
    assert [one.state for one in won] == [WinnerState.CLAIMED] * 2
    assert sorted(one.user_id for one in won) == [BOB, CAROL]
    [board] = [one for one in told(stage) if one.embeds and one.embeds[0]["title"] == giveaway.prize]
    assert "**Winners:** <@" in board.embeds[0]["description"]
