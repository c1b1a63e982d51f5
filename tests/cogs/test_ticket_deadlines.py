"""What is due of a ticket happens when it is due, whatever else of it has to wait, and whichever process is there."""

from __future__ import annotations

import pytest

from bot.domain.tickets import Because, Status
from bot.services.ticket_work import Asked
from tests.cogs.outbox_post import by_real_time, pass_time
from tests.support.stage import ALICE, BOB, GUILD, Stage, words
from tests.support.ticket_stage import choose, furnish, put_ticket, tick, ticket_of

HOUR = 3_600
BY_BOB = Asked(GUILD, 1, BOB)


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """A ticket that everybody sees who should; one that waits for its member for two days is closed."""
    furnish(stage)
    await stage.start()
    by_real_time(stage)
    await choose(stage, auto_close=48 * HOUR, warn_before=12 * HOUR, delete_after=24 * HOUR)
    await put_ticket(stage)
    await tick(stage)
    return stage


def warnings(stage: Stage, channel_id: int | None) -> int:
    with stage.sandbox.view(ALICE) as view:
        return len([one for one in view.messages(channel_id or 0) if "waiting for your answer" in words(one)])


async def test_a_ticket_is_warned_of_and_closed_for_silence_by_the_processes_that_come_after(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await on_stage.app.services.ticket_work.set_status(BY_BOB, Status.WAITING)
    await on_stage.die()
    pass_time(on_stage, 37 * HOUR)
    await on_stage.start()
    await tick(on_stage)
    assert warnings(on_stage, (await ticket_of(on_stage)).channel_id) == 1
    await on_stage.die()
    pass_time(on_stage, 12 * HOUR)
    await on_stage.start()
    await tick(on_stage)
    ended = await ticket_of(on_stage)
    assert (ended.status, ended.closed_because) == (Status.CLOSED, Because.SILENCE)
    assert warnings(on_stage, ended.channel_id) == 1


async def test_a_ticket_on_hold_is_neither_warned_of_nor_closed_until_it_waits_for_its_member_again(
    on_stage: Stage,
) -> None:
    assert on_stage.app is not None
    work = on_stage.app.services.ticket_work
    await work.set_status(BY_BOB, Status.WAITING)
    await work.set_status(BY_BOB, Status.ON_HOLD)
    pass_time(on_stage, 1_000 * HOUR)
    await tick(on_stage)
    held = await ticket_of(on_stage)
    assert (held.status, warnings(on_stage, held.channel_id)) == (Status.ON_HOLD, 0)
    await work.set_status(BY_BOB, Status.WAITING)
    pass_time(on_stage, 37 * HOUR)
    await tick(on_stage)
    pass_time(on_stage, 12 * HOUR)
    await tick(on_stage)
    assert (await ticket_of(on_stage)).closed_because is Because.SILENCE


async def test_a_name_that_has_to_wait_for_ten_minutes_holds_up_nothing_else(on_stage: Stage) -> None:
    assert on_stage.app is not None
    work, channel_id = on_stage.app.services.ticket_work, (await ticket_of(on_stage)).channel_id or 0
    names = on_stage.sandbox.faults.rate_limit(f"/channels/{channel_id}", method="PATCH", retry_after=600, times=None)
    await work.set_status(BY_BOB, Status.WAITING)
    pass_time(on_stage, 36 * HOUR)
    await tick(on_stage)
    pass_time(on_stage, 12 * HOUR - 300)
    await tick(on_stage)
    await work.rename(BY_BOB, "lost-sheep")
    await tick(on_stage)
    assert names.hits == 1
    await work.lock(BY_BOB, locked=True)
    await tick(on_stage)
    locked = await ticket_of(on_stage)
    assert (locked.applied, locked.name_owed) == (locked.access, "lost-sheep")
    pass_time(on_stage, 301)
    await tick(on_stage)
    ended = await ticket_of(on_stage)
    assert (ended.status, ended.closed_because) == (Status.CLOSED, Because.SILENCE)


async def test_what_is_due_at_last_is_done_although_i_may_not_say_who_sees_the_ticket(on_stage: Stage) -> None:
    assert on_stage.app is not None
    work = on_stage.app.services.ticket_work
    on_stage.sandbox.world.set_bot_permissions(GUILD, ["view_channel", "send_messages"])
    await work.lock(BY_BOB, locked=True)
    await tick(on_stage)
    await work.set_status(BY_BOB, Status.WAITING)
    pass_time(on_stage, 37 * HOUR)
    await tick(on_stage)
    pass_time(on_stage, 12 * HOUR)
    await tick(on_stage)
    assert (await ticket_of(on_stage)).closed_because is Because.SILENCE


async def test_a_name_comes_when_discord_lets_it(on_stage: Stage) -> None:
    assert on_stage.app is not None
    channel_id = (await ticket_of(on_stage)).channel_id or 0
    names = on_stage.sandbox.faults.rate_limit(f"/channels/{channel_id}", method="PATCH", retry_after=600)
    await on_stage.app.services.ticket_work.rename(BY_BOB, "lost-sheep")
    await tick(on_stage)
    assert (names.hits, (await ticket_of(on_stage)).name_owed) == (1, "lost-sheep")
    await on_stage.stop()  # which remembers for how long Discord said no
    pass_time(on_stage, 601)
    await on_stage.start()
    await tick(on_stage)
    assert on_stage.sandbox.world.backend.get_channel(channel_id).name == "lost-sheep"
    assert (await ticket_of(on_stage)).name == "lost-sheep"
