"""What /ticket doctor finds in threads, and in the channels and categories that topics name."""

from __future__ import annotations

import pytest

from bot.domain.ticket_access import MOST_THREAD_STAFF
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Mode
from bot.sandbox import Actor
from tests.cogs.test_ticket_access import BOB, CAROL, DAN, ERIN, GUS, arrange
from tests.support.stage import ALICE, GENERAL, GUILD, Stage, words
from tests.support.ticket_stage import MINE, OWNERS, SENIOR, SUPPORT, choose, put_ticket, tick
from tests.support.tickets import add_topic


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    await arrange(stage)
    return stage


def owner(stage: Stage) -> Actor:
    return stage.sandbox.as_member(GUILD, ERIN)


async def doctor(stage: Stage) -> str:
    await stage.ask(stage.bob, "balance")  # so that the bot has heard what the gateway had to say
    return words(await stage.ask(owner(stage), "ticket doctor"))


async def test_the_doctor_looks_into_threads_and_puts_in_order_who_is_in_them(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    ticket = await put_ticket(on_stage, mode=Mode.THREAD)
    await tick(on_stage)
    thread_id = ticket.channel_id or 0
    thread = world.backend.get_channel(thread_id)
    assert set(thread.thread_members) == {ALICE, BOB, CAROL, world.bot_id}
    assert "The only open ticket is seen by the right people" in await doctor(on_stage)
    world.backend.add_thread_member(thread_id, GUS)
    assert f"💡 **#1** <#{thread_id}>: <@{GUS}> came in by hand. I leave that alone." in await doctor(on_stage)
    world.backend.add_thread_member(thread_id, DAN)
    world.take_role(GUILD, BOB, SUPPORT)
    await tick(on_stage)
    world.backend.add_thread_member(thread_id, BOB)
    world.backend.remove_thread_member(thread_id, CAROL)
    ill = await on_stage.ask(owner(on_stage), "ticket doctor")
    assert f"⚠️ **#1** <#{thread_id}> was changed by hand." in words(ill)
    await (await owner(on_stage).click(ill, "Put in order")).finished()
    await tick(on_stage)
    assert CAROL in thread.thread_members
    world.overwrite(GENERAL, ALICE, deny=["view_channel"])
    world.backend.remove_thread_member(thread_id, ALICE)
    said = await doctor(on_stage)
    assert f"❌ **#1** <#{thread_id}>: <@{ALICE}> can't be let in, for they can't see <#{GENERAL}>." in said
    assert "changed by hand" not in said


async def test_the_doctor_looks_at_what_topics_alone_name(on_stage: Stage) -> None:
    assert on_stage.app is not None
    world = on_stage.sandbox.world
    mine, gone = (world.add_channel(GUILD, name, kind="category") for name in ("Billing", "Gone"))
    log = world.add_channel(GUILD, "billing-log")
    config = TopicConfig(categories=(mine, gone), log_channel=log)
    await add_topic(on_stage.app.database, GUILD, config, label="Billing")
    world.overwrite(mine, world.bot_id, deny=["manage_channels"])
    world.overwrite(log, world.bot_id, deny=["embed_links"])
    world.remove_channel(gone)
    said = await doctor(on_stage)
    assert f"❌ **Billing**: I lack Manage Channels in <#{mine}>." in said
    assert f"❌ **Billing**: I lack Embed Links in <#{log}>." in said
    assert "❌ **Billing**: a channel or category of these tickets was deleted. Please choose another." in said
    assert "No ticket is open" not in said


async def test_the_doctor_says_who_sees_all_threads_and_who_of_a_large_support_sees_none(on_stage: Stage) -> None:
    assert on_stage.app is not None
    world = on_stage.sandbox.world
    world.set_bot_permissions(GUILD, MINE)
    await choose(on_stage, mode="thread", thread_channel=GENERAL)
    await add_topic(on_stage.app.database, GUILD)
    assert "No ticket is open." in await doctor(on_stage)
    for number in range(MOST_THREAD_STAFF):
        world.add_user(f"helper {number}", id=(6_000 + number) << 22)
        world.add_member(GUILD, (6_000 + number) << 22)
        world.give_role(GUILD, (6_000 + number) << 22, SUPPORT)
    said = await doctor(on_stage)
    assert f"⚠️ **Help**: {MOST_THREAD_STAFF + 2} people answer, and I put {MOST_THREAD_STAFF} of them" in said
    assert f"Give <@&{SUPPORT}> Manage Threads in <#{GENERAL}>" in said
    world.overwrite(GENERAL, SUPPORT, allow=["manage_threads"])
    assert "No ticket is open." in await doctor(on_stage)
    world.overwrite(GENERAL, SENIOR, allow=["manage_threads"])
    assert "No ticket is open." in await doctor(on_stage), "tickets are escalated to these"
    await choose(on_stage, escalation_roles=())
    said = await doctor(on_stage)
    assert f"💡 **Help**: <@&{SENIOR}> sees all threads in <#{GENERAL}>, by Manage Threads." in said
    assert str(OWNERS) not in said
