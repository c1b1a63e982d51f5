"""Tickets whose opening was cut off: one true end state, nothing orphaned, nothing twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.ticket_opening import marked
from bot.domain.tickets import Mode, Status
from bot.sandbox.backend import Channel, channel_accessible
from bot.services.ticket_file import LEASE
from tests.cogs.ticket_stage import Counter
from tests.support.crash import CrashPoints, sweep
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


@pytest.mark.parametrize("mode", [Mode.CHANNEL, Mode.THREAD])
async def test_an_opening_that_dies_anywhere_is_one_ticket_with_one_channel_or_none_at_all(
    stage: Stage, counter: Counter, mode: Mode
) -> None:
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
