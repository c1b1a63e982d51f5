"""What members see when they press Enter: whether they are in, their chance, and what they have of what is needed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.db.repositories.giveaways import entries
from bot.domain.giveaway_rules import AtLevel, Bonus, Bonuses, BonusKind, Boosting, HasRole, Rules
from bot.domain.giveaways import Entry
from bot.sandbox import SeenMessage
from tests.support.giveaway_stage import begun, enter, furnish, services_of, tick, told
from tests.support.stage import BOB, GUILD, Stage, words

VIP = (4_000 << 22) + 11
BY_ROLE = Bonuses(of=(Bonus(kind=BonusKind.ROLE, target=VIP, weight=4),))


@pytest.fixture
async def village(stage: Stage) -> Stage:
    furnish(stage)
    stage.sandbox.world.add_role(GUILD, "VIP", id=VIP)
    stage.clock.set(stage.sandbox.clock.now())
    await stage.start()
    return stage


async def press(stage: Stage, board: SeenMessage) -> str:
    return words(await (await stage.bob.click(board, "Enter")).finished())


async def published(stage: Stage, **values: Any) -> SeenMessage:
    await begun(stage, "A mug", **values)
    await tick(stage, 1)
    [board] = told(stage)
    return board


async def test_the_message_counts_entrants_soon_after_they_press(village: Stage) -> None:
    board = await published(village)
    await press(village, board)
    assert "**Entrants:** 0" in words(told(village)[0])
    await services_of(village).giveaway_counts.show()
    await tick(village, 1)
    assert "**Entrants:** 1" in words(told(village)[0])


async def test_a_chance_is_said_in_whole_numbers_and_as_what_it_is_now(village: Stage) -> None:
    board = await published(village)
    assert "Nobody else is in so far." in await press(village, board)
    await asyncio.gather(*(enter(village, 1, one) for one in range(1, 250)))
    assert "Your chance at present: 1 in 250 (0.4%)." in await press(village, board)


async def test_who_has_a_role_that_counts_more_is_told_of_how_many(village: Stage) -> None:
    village.sandbox.world.give_role(GUILD, BOB, VIP)
    board = await published(village, bonuses=BY_ROLE, winners=3)
    await enter(village, 1, 1, 2)
    answer = await press(village, board)
    assert "Your entry counts 5 times; all entries together count 7 times." in answer
    assert "Your chance at present of the first of 3 places: 5 in 7 (71.4%)." in answer


async def test_chances_follow_a_role_that_is_given_and_one_that_is_taken(village: Stage) -> None:
    board, world = await published(village, bonuses=BY_ROLE), village.sandbox.world
    await press(village, board)
    world.give_role(GUILD, BOB, VIP)
    await weighs(village, 5)
    world.take_role(GUILD, BOB, VIP)
    await weighs(village, 1)


async def test_what_was_missed_while_nobody_listened_is_found_by_looking_again(village: Stage) -> None:
    board = await published(village, bonuses=BY_ROLE)
    await press(village, board)
    await village.stop()
    village.sandbox.world.give_role(GUILD, BOB, VIP)
    app = await village.start()
    [walk] = [one for one in app.periodic if type(one).__name__ == "GiveawayRolesJob"]
    async with asyncio.timeout(20):
        while (await entry(village)).weight == 1:
            await walk.round()
            await asyncio.sleep(0.01)
    assert (await entry(village)).role_ids == (VIP,)


async def entry(stage: Stage) -> Entry:
    """Bob's."""
    assert stage.app is not None
    return (await stage.app.database.query(lambda session: entries.of(session, GUILD, 1, [BOB])))[BOB]


async def weighs(stage: Stage, weight: int) -> None:
    async with asyncio.timeout(20):
        while (await entry(stage)).weight != weight:
            await asyncio.sleep(0.01)


async def test_what_is_needed_stands_there_with_what_one_has(village: Stage) -> None:
    rules = Rules(all_of=(AtLevel(level=3),), any_of=(HasRole(role_id=VIP), Boosting()))
    board = await published(village, rules=rules)
    answer = await (await village.bob.click(board, "Enter")).finished()
    assert words(answer).startswith("You can't enter yet: see below what is needed.")
    [field] = answer.embeds[0]["fields"]
    assert field["value"].splitlines() == [
        "❌ level 3 — you are at level 0",
        "❌ One of these:",
        f"\u2003❌ the role <@&{VIP}>",
        "\u2003❌ boosting the server",
    ]
    assert not [one for one in answer.components if "Leave" in str(one)]
