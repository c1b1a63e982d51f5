"""Tickets whose opening was cut off: one true end state, nothing orphaned, nothing twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.actions.ticket_places import TicketPlaces
from bot.domain.general import GeneralSettings
from bot.domain.ticket_opening import marked
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Failure, Mode, Status
from bot.sandbox import Fault
from bot.sandbox.backend import Channel, channel_accessible
from bot.services.ticket_file import LEASE
from tests.cogs.ticket_stage import Counter
from tests.support.crash import AT_LENGTH_ON_POSTGRES, CrashPoints, sweep
from tests.support.stage import ALICE, CAROL, GENERAL, GUILD, Stage, words


@pytest.fixture
def counter(stage: Stage) -> Counter:
    return Counter(stage)


def rooms(stage: Stage) -> list[Channel]:
    """All channels and threads of tickets."""
    backend = stage.sandbox.world.backend
    guild = backend.get_guild(GUILD)
    there = [backend.channels[one] for one in (*guild.channel_ids, *guild.thread_ids)]
    return [one for one in there if marked(one.topic) is not None or str(one.name).startswith("ticket-")]


async def catch_up(stage: Stage) -> None:
    """Let the ticker of this process do what is owed, once the leases of the last one are over."""
    assert stage.app is not None
    stage.clock.advance(seconds=LEASE.total_seconds() + 1)
    for _turn in range(3):
        await stage.app.ticker.tick()
        under_way = [one for one in asyncio.all_tasks() if one.get_name().startswith(("tickets-", "outbox-"))]
        await asyncio.gather(*under_way)


async def test_an_opening_that_dies_anywhere_is_one_ticket_with_one_channel_or_none_at_all(
    stage: Stage, counter: Counter
) -> None:
    await dies_anywhere(stage, counter, Mode.CHANNEL)


@AT_LENGTH_ON_POSTGRES
async def test_so_it_is_with_threads(stage: Stage, counter: Counter) -> None:
    await dies_anywhere(stage, counter, Mode.THREAD)


async def dies_anywhere(stage: Stage, counter: Counter, mode: Mode) -> None:
    panel = await counter.set_up(mode=mode.value, thread_channel=GENERAL, cooldown=0)
    await stage.stop()

    async def story(points: CrashPoints) -> None:
        stage.arrange = points.plant
        await stage.start()
        await points.arm()
        pressed = await stage.alice.click(panel, "Help")
        await points.heard(pressed)
        points.armed = False
        await stage.die()
        stage.arrange = None
        await stage.start()
        await catch_up(stage)
        held = await counter.not_over()
        if not held:
            assert rooms(stage) == []
            await counter.press(panel)
            held = await counter.not_over()
        [ticket], [room] = held, rooms(stage)
        assert (ticket.status, ticket.channel_id, ticket.mode) == (Status.OPEN, room.id, mode)
        assert channel_accessible(stage.sandbox.world.backend, room.id, ALICE)
        assert not channel_accessible(stage.sandbox.world.backend, room.id, CAROL)
        assert "You have a ticket about that already" in words(await counter.press(panel))
        await counter.end(ticket.number)
        await stage.stop()

    await sweep(story)


async def cut_off(stage: Stage, panel: int) -> None:
    """Alice presses, and the process dies once Discord has the channel and before it says so."""
    lost = stage.sandbox.faults.add(Fault("POST", "/guilds/*/channels", when="after", delay=30.0))
    await stage.alice.click(panel, "Help")
    async with asyncio.timeout(5):
        while not lost.hits:
            await asyncio.sleep(0.005)
    await stage.die()
    stage.sandbox.faults.clear()


async def test_a_request_that_was_repeated_leaves_one_channel(stage: Stage, counter: Counter) -> None:
    panel = await counter.set_up()
    stage.sandbox.faults.server_error("/guilds/*/channels", method="POST", status=502, when="after")
    await counter.press(panel)
    ticket = await counter.ticket()
    await counter.settled(lambda: len(rooms(stage)) == 1)
    assert [one.id for one in rooms(stage)] == [ticket.channel_id]


async def test_a_second_channel_is_found_after_a_restart_and_a_copy_that_staff_makes_is_left_alone(
    stage: Stage, counter: Counter
) -> None:
    panel = await counter.set_up()
    await counter.press(panel)
    [room] = rooms(stage)
    world = stage.sandbox.world
    world.clock.advance(3_600)
    copy = world.backend.create_channel(GUILD, "copy", topic=room.topic, overwrites=list(room.overwrites))
    await stage.stop()
    with world.backend.next_id(room.id + 5):
        world.backend.create_channel(GUILD, "ticket-0001", topic=room.topic, overwrites=list(room.overwrites))
    await stage.start()
    await counter.settled(lambda: len(rooms(stage)) == 2)
    assert {one.id for one in rooms(stage)} == {room.id, copy.id}


async def test_a_member_who_left_meanwhile_has_no_ticket_and_no_channel_stays(stage: Stage, counter: Counter) -> None:
    panel = await counter.set_up()
    await cut_off(stage, panel)
    assert len(rooms(stage)) == 1
    await stage.alice.leave()
    await stage.start()
    await catch_up(stage)
    assert rooms(stage) == []
    assert (await counter.ticket()).failure is Failure.LEFT


async def test_what_nobody_waits_for_any_more_is_given_up_with_a_word(stage: Stage, counter: Counter) -> None:
    panel = await counter.set_up()
    lost = stage.sandbox.faults.add(Fault("POST", "/guilds/*/channels", delay=30.0))
    await stage.alice.click(panel, "Help")
    await counter.settled(lambda: lost.hits == 1)
    await stage.die()
    stage.sandbox.faults.clear()
    stage.clock.advance(minutes=16)
    await stage.start()
    await catch_up(stage)
    ticket = await counter.ticket()
    assert (ticket.status, ticket.failure) == (Status.FAILED, Failure.LATE)
    [letter] = stage.sandbox.view(ALICE).messages(stage.sandbox.world.dm_channel(ALICE))
    assert letter.content == "Your ticket could not be opened: it took too long."
    assert "Your ticket: <#" in words(await counter.press(panel))


@pytest.mark.parametrize("away", [False, True])
async def test_a_channel_that_turns_up_after_its_ticket_failed_is_deleted(
    stage: Stage, counter: Counter, away: bool
) -> None:
    panel = await counter.set_up(cooldown=0)
    stage.clock.set(stage.sandbox.clock.now())
    await counter.press(panel)
    [room] = rooms(stage)
    world = stage.sandbox.world
    made = {"topic": room.topic, "overwrites": list(room.overwrites)}
    await counter.fail(1)
    world.remove_channel(room.id)
    if away:
        await stage.stop()
    late = world.backend.create_channel(GUILD, "ticket-0001", **made)
    if away:
        await stage.start()
    await counter.settled(lambda: rooms(stage) == [])
    world.clock.advance(3_600)
    copy = world.backend.create_channel(GUILD, "ticket-0001", **made)
    await counter.seen(lambda guild: guild.get_channel(copy.id) is not None)
    await stage.stop()
    await stage.start()
    await counter.seen(lambda guild: guild.get_channel(copy.id) is not None)
    assert [one.id for one in rooms(stage)] == [copy.id] != [late.id]


async def test_a_channel_that_others_see_and_that_can_not_be_deleted_is_given_up_and_told_of(
    stage: Stage, counter: Counter
) -> None:
    panel = await counter.set_up()
    await counter.rule(GeneralSettings, alert_channel=GENERAL)
    world = stage.sandbox.world
    world.edit_role(GUILD, GUILD, permissions=["administrator"])
    await counter.seen(lambda guild: guild.default_role.permissions.administrator)
    stage.sandbox.faults.add(Fault("DELETE", "/channels/*", times=None, status=403, code=50013))
    assert "is being opened" in words(await counter.press(panel))
    for _turn in range(4):
        await catch_up(stage)
    ticket = await counter.ticket()
    assert (ticket.status, ticket.failure) == (Status.FAILED, Failure.EXPOSED)
    [room] = rooms(stage)
    alert = stage.sandbox.view(ALICE).messages(GENERAL)[-1]
    assert f"can't delete the channel that I made for it: <#{room.id}>" in words(alert)
    [letter] = stage.sandbox.view(ALICE).messages(world.dm_channel(ALICE))
    assert "something is wrong with this server's channels" in letter.content
    said = words(await stage.ask(stage.alice, "ticket doctor"))
    assert f"<#{room.id}> looks like a ticket, and is none" in said


async def test_a_discord_that_is_down_gets_the_ticket_later_and_the_member_is_told_so(
    stage: Stage, counter: Counter
) -> None:
    panel = await counter.set_up()
    down = stage.sandbox.faults.lose_request("/guilds/*/channels", method="POST", times=None)
    said = await counter.press(panel)
    assert words(said) == "Ticket #1 is being opened. You will be called in it in a moment."
    stage.sandbox.faults.remove(down)
    await catch_up(stage)
    assert (await counter.ticket()).status is Status.OPEN


async def test_a_thread_that_is_called_like_another_ticket_s_is_neither_taken_over_nor_deleted(
    stage: Stage, counter: Counter
) -> None:
    config = TopicConfig(open_at_once=2, cooldown=0)
    panel = await counter.set_up(config, mode="thread", thread_channel=GENERAL)
    await counter.press(panel)
    [first] = rooms(stage)
    stage.sandbox.world.backend.edit_channel(first.id, {"name": "ticket-0002"})
    lost = stage.sandbox.faults.add(Fault("POST", "/channels/*/threads", delay=30.0))
    await stage.alice.click(panel, "Help")
    await counter.settled(lambda: lost.hits == 1)
    await stage.die()
    stage.sandbox.faults.clear()
    await stage.start()
    await catch_up(stage)
    second = await counter.ticket(2)
    assert (second.status, second.channel_id != first.id) == (Status.OPEN, True)
    await stage.stop()
    await stage.start()
    await counter.seen(lambda guild: len(guild.threads) == 2)
    assert stage.app is not None
    await TicketPlaces(
        stage.app.bot, counter.services.ticket_opening, counter.services.ticket_closing.gone, stage.app.bot.shard_range
    ).look()
    assert {one.id for one in rooms(stage)} == {first.id, second.channel_id}


# Channels that are gone ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("away", [False, True])
async def test_a_channel_that_was_deleted_by_hand_ends_its_ticket_and_the_member_can_open_again(
    stage: Stage, counter: Counter, away: bool
) -> None:
    panel = await counter.set_up(cooldown=0)
    await counter.press(panel)
    [room] = rooms(stage)
    if away:
        await stage.stop()
    stage.sandbox.world.remove_channel(room.id)
    if away:
        await stage.start()
    await counter.until(lambda ticket: ticket.gone)
    await catch_up(stage)
    assert (await counter.ticket()).status in {Status.CLOSING, Status.CLOSED}


async def test_a_thread_that_is_archived_stays_a_ticket_and_one_that_was_deleted_does_not(
    stage: Stage, counter: Counter
) -> None:
    config = TopicConfig(open_at_once=2, cooldown=0)
    panel = await counter.set_up(config, mode="thread", thread_channel=GENERAL)
    await counter.press(panel)
    await counter.press(panel)
    first, second = rooms(stage)
    world = stage.sandbox.world
    world.backend.edit_channel(first.id, {}, thread_metadata={"archived": True})
    await stage.stop()
    world.remove_channel(second.id)
    before = len(stage.sandbox.requests)
    await stage.start()
    await counter.until(lambda ticket: ticket.gone, number=2)
    assert (await counter.ticket(1)).status is Status.OPEN
    asked = [one.path for one in list(stage.sandbox.requests)[before:] if one.path.startswith("/channels/")]
    assert [path for path in asked if path.endswith("/threads/archived/private")] != []
    assert f"/channels/{first.id}" not in asked
