"""Messages of the outbox as a channel shows them: each of them once, in order, whatever goes wrong."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bot.domain.outbox import MessageState, Payload, Place, channel, user
from bot.sandbox import Sandbox
from tests.cogs.outbox_post import (
    LATE,
    by_real_time,
    die_and_return,
    found,
    letters,
    mortal,
    pass_time,
    promise,
    put,
    shown,
    state,
    tick,
    until,
)
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, ROBOT, Stage

POSTS = "/channels/*/messages"
EMBED = {"title": "A winner", "description": "It is **Bob**.", "color": 5, "fields": [{"name": "a", "value": "b"}]}


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    by_real_time(stage)
    await stage.start()
    return stage


def posts(sandbox: Sandbox, method: str = "POST") -> list[Any]:
    return [seen for seen in sandbox.requests if seen.method == method and "/messages" in seen.path]


async def test_a_message_arrives_with_its_embed_pings_nobody_and_its_place_is_known(on_stage: Stage) -> None:
    await promise(on_stage, f"<@{BOB}> @everyone", embed=EMBED)
    await tick(on_stage)
    stored = await found(on_stage, f"<@{BOB}> @everyone")
    assert stored is not None
    assert stored.place is not None
    with on_stage.sandbox.view(BOB) as view:
        [message] = view.messages(GENERAL)
    assert (message.channel_id, message.id) == (stored.place.channel_id, stored.place.message_id)
    assert message.embeds[0]["title"] == "A winner"
    assert message.pings == ()


async def test_a_message_leaves_within_a_second_of_its_commit(on_stage: Stage) -> None:
    assert on_stage.app is not None
    on_stage.app.ticker.start()
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await promise(on_stage, "now")
    async with asyncio.timeout(5):
        while not shown(on_stage):
            await asyncio.sleep(0.01)
    assert time.monotonic() - began < 1


async def test_a_channel_shows_its_messages_in_order_also_when_the_first_has_to_wait(on_stage: Stage) -> None:
    on_stage.sandbox.faults.server_error(POSTS, method="POST", status=503)
    for number in range(5):
        await promise(on_stage, str(number))
    await until(on_stage, lambda: bool(posts(on_stage.sandbox)))
    assert shown(on_stage) == []
    pass_time(on_stage, 1)
    await until(on_stage, lambda: len(shown(on_stage)) == 5)
    assert shown(on_stage) == ["0", "1", "2", "3", "4"]


async def test_a_slow_channel_holds_up_no_other(on_stage: Stage) -> None:
    assert on_stage.app is not None
    second = on_stage.sandbox.world.add_channel(GUILD, "second")
    on_stage.sandbox.faults.delay(f"/channels/{GENERAL}/messages", seconds=1.2)
    await promise(on_stage, "slow")
    await promise(on_stage, "behind it")
    await on_stage.app.ticker.tick()
    await promise(on_stage, "quick", at=channel(second))
    await on_stage.app.ticker.tick()
    assert shown(on_stage, second) == ["quick"]
    assert shown(on_stage) == []
    await until(on_stage, lambda: len(shown(on_stage)) == 2)
    assert shown(on_stage) == ["slow", "behind it"]


@pytest.mark.parametrize("how", ["429", "503", "503 after", "lost answer", "lost request"])
async def test_a_try_that_failed_is_repeated_and_the_channel_shows_one_message(on_stage: Stage, how: str) -> None:
    faults = on_stage.sandbox.faults
    match how:
        case "429":
            faults.rate_limit(POSTS, method="POST")
        case "503":
            faults.server_error(POSTS, method="POST", status=503)
        case "503 after":
            faults.server_error(POSTS, method="POST", status=503, when="after")
        case "lost answer":
            faults.lose_answer(POSTS, method="POST")
        case _:
            faults.lose_request(POSTS, method="POST")
    await promise(on_stage, "once")
    await tick(on_stage)
    pass_time(on_stage, 1)
    await tick(on_stage)
    assert await state(on_stage, "once") is MessageState.SENT
    assert shown(on_stage) == ["once"]
    assert len(posts(on_stage.sandbox)) == 2


@pytest.mark.parametrize("how", ["arrived", "did not arrive"])
async def test_after_the_nonces_time_the_history_tells_whether_a_message_arrived(on_stage: Stage, how: str) -> None:
    if how == "arrived":
        on_stage.sandbox.faults.lose_answer(POSTS, method="POST")
    else:
        on_stage.sandbox.faults.lose_request(POSTS, method="POST")
    await promise(on_stage, "the winner is Bob", embed=EMBED)
    await tick(on_stage)
    for number in range(20):
        await on_stage.alice.say(GENERAL, f"chatter {number}")
    await on_stage.bob.say(GENERAL, "the winner is Bob")  # others may say the same
    pass_time(on_stage, LATE)
    await tick(on_stage)
    assert len(posts(on_stage.sandbox, "GET")) == 1
    with on_stage.sandbox.view(ALICE) as view:
        ours = [message for message in view.messages(GENERAL) if message.author_name == "Folkmoot"]
    assert [message.content for message in ours] == ["the winner is Bob"]
    stored = await found(on_stage, "the winner is Bob")
    assert stored is not None
    assert stored.place == Place(GENERAL, ours[0].id)


async def test_an_equal_message_from_before_is_not_taken_for_one_that_did_not_arrive(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await promise(on_stage, "a bell")
    await tick(on_stage)
    on_stage.sandbox.faults.lose_request(POSTS, method="POST")
    outbox, database = on_stage.app.services.outbox, on_stage.app.database
    await database.transact(
        lambda session: outbox.send(session, GUILD, channel(GENERAL), Payload("a bell"), key="a bell, again")
    )
    await tick(on_stage)
    pass_time(on_stage, LATE)
    await tick(on_stage)
    assert shown(on_stage) == ["a bell", "a bell"]


async def test_a_long_rate_limit_is_waited_for_and_not_asked_again_before(on_stage: Stage) -> None:
    on_stage.sandbox.faults.rate_limit(POSTS, method="POST", retry_after=300)
    await promise(on_stage, "patient")
    await tick(on_stage)
    pass_time(on_stage, 299)
    await tick(on_stage)
    assert len(posts(on_stage.sandbox)) == 1
    pass_time(on_stage, 1)
    await tick(on_stage)
    assert shown(on_stage) == ["patient"]
    assert not posts(on_stage.sandbox, "GET"), "a rate limit leaves no doubt to look for"


async def test_a_channel_that_is_gone_or_closed_is_given_up_with_the_reason(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    gone, closed = world.add_channel(GUILD, "gone"), world.add_channel(GUILD, "closed")
    world.remove_channel(gone)
    world.overwrite(closed, GUILD, deny=["send_messages"])
    world.overwrite(closed, world.bot_role(GUILD), deny=["send_messages"])
    await promise(on_stage, "to nowhere", at=channel(gone))
    await promise(on_stage, "to a wall", at=channel(closed))
    await promise(on_stage, "to all")
    await tick(on_stage)
    for key, reason in (("to nowhere", "404 (error 10003)"), ("to a wall", "403 (error 50013)")):
        stored = await found(on_stage, key)
        assert stored is not None
        assert stored.state is MessageState.FAILED
        assert stored.error is not None
        assert stored.error.startswith(reason)
    assert shown(on_stage) == ["to all"]
    pass_time(on_stage, LATE)
    assert await tick(on_stage) == 0


async def test_a_closed_door_leads_to_the_fallback_and_a_robot_has_none(on_stage: Stage) -> None:
    on_stage.sandbox.world.close_dms(BOB)
    await promise(on_stage, "for Alice", at=user(ALICE), fallback_id=GENERAL)
    await promise(on_stage, "for Bob", at=user(BOB), fallback_id=GENERAL)
    await promise(on_stage, "for a robot", at=user(ROBOT))
    await until(on_stage, lambda: shown(on_stage) == ["for Bob"])
    assert [message.content for message in letters(on_stage, ALICE)] == ["for Alice"]
    assert letters(on_stage, BOB) == []
    assert await state(on_stage, "for a robot") is MessageState.FAILED


async def test_a_counter_that_changes_all_the_time_is_edited_now_and_then_and_ends_with_the_newest(
    on_stage: Stage,
) -> None:
    await promise(on_stage, "0 entries")
    await tick(on_stage)
    stored = await found(on_stage, "0 entries")
    assert stored is not None
    assert stored.place is not None
    for number in range(1, 41):
        await put(on_stage, stored.place, f"{number} entries")
        await tick(on_stage)
        pass_time(on_stage, 0.25)
    pass_time(on_stage, 2)
    await tick(on_stage)
    assert shown(on_stage) == ["40 entries"]
    assert len(posts(on_stage.sandbox, "PATCH")) <= 6, "ten seconds, one edit in two"


async def test_an_orderly_stop_does_not_wait_for_ever_and_the_next_process_sends_what_was_cut_off(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.process._STEP", 0.2)
    assert on_stage.app is not None
    on_stage.sandbox.faults.delay(POSTS, method="POST", seconds=30)
    await promise(on_stage, "cut off")
    await on_stage.app.ticker.tick()
    began = time.monotonic()
    await on_stage.stop()
    assert time.monotonic() - began < 5
    on_stage.sandbox.faults.clear()
    pass_time(on_stage, 61)
    await on_stage.start()
    await tick(on_stage)
    assert shown(on_stage) == ["cut off"]


async def test_a_message_that_dies_anywhere_is_there_once_if_it_was_promised(stage: Stage) -> None:
    by_real_time(stage)
    runs = 0

    async def story(points: CrashPoints) -> None:
        nonlocal runs
        runs += 1
        text = f"message {runs}"
        stage.arrange = points.plant
        await stage.start()
        await points.arm()
        await mortal(promise(stage, text))
        await mortal(tick(stage))
        # Every other process comes back too late for the nonce.
        await die_and_return(stage, points, after=61 if runs % 2 else LATE)
        promised = await found(stage, text) is not None
        assert promised or points.seen == ["before commit"], "committed, and forgotten"
        assert shown(stage).count(text) == int(promised)
        assert not promised or await state(stage, text) is MessageState.SENT
        await stage.stop()

    points = await sweep(story)
    assert points[:4] == ["before commit", "after commit"] * 2
    assert f"after POST /channels/{GENERAL}/messages" in points
    # The same points again with the two ways of coming back exchanged.
    runs += len(points) % 2
    await sweep(story)


async def test_fifty_messages_survive_a_process_that_dies_every_few_steps(stage: Stage) -> None:
    by_real_time(stage)
    rooms = [GENERAL, *(stage.sandbox.world.add_channel(GUILD, name) for name in ("second", "third"))]
    await stage.start()
    for number in range(50):
        await promise(stage, f"{number:02}", at=channel(rooms[number % 3]))
    await stage.stop()
    deaths: list[str] = []
    while len([text for room in rooms for text in shown(stage, room)]) < 50 or await _owed(stage):
        points = CrashPoints(at=3 + 7 * len(deaths) % 23)
        stage.arrange = points.plant
        await stage.start()
        await points.arm()
        while not points.died.is_set() and await _live(stage):
            pass
        deaths += points.seen[-1:] if points.died.is_set() else []
        points.armed = False
        await stage.die()
        stage.arrange = None
        pass_time(stage, LATE if len(deaths) % 3 == 0 else 61)
        assert len(deaths) < 100
    for index, room in enumerate(rooms):
        assert shown(stage, room) == [f"{number:02}" for number in range(50) if number % 3 == index]
    assert len(deaths) >= 10
    assert len(set(deaths)) >= 4, "it died in different places"


async def _live(stage: Stage) -> bool:
    """One round of the ticker; False when there is nothing left to do."""
    claimed: list[int] = []

    async def work() -> None:
        claimed.append(await tick(stage))

    await mortal(work())
    return bool(claimed and claimed[0])


async def _owed(stage: Stage) -> bool:
    if stage.app is None:
        await stage.start()
    states = [await state(stage, f"{number:02}") for number in range(50)]
    await stage.stop()
    return any(one is not MessageState.SENT for one in states)
