"""Owners read in a channel of their choice what was done, and what they must mend."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.general import GeneralSettings
from bot.sandbox import SeenMessage
from bot.services.outbox import GATHERED_FOR
from tests.cogs.outbox_post import tick
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, words

OWNERS, LOG, ALERTS = ((4_000 << 22) + number for number in (1, 2, 3))


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Alice and Bob may manage the server, and both channels are chosen."""
    world = stage.sandbox.world
    world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild"])
    world.add_channel(GUILD, "log", id=LOG)
    world.add_channel(GUILD, "alerts", id=ALERTS)
    for user_id in (ALICE, BOB):
        world.give_role(GUILD, user_id, OWNERS)
    app = await stage.start()
    chosen = GeneralSettings(log_channel=LOG, alert_channel=ALERTS)
    await app.services.guild_settings.change(GUILD, chosen, base=0, by=ALICE)
    return stage


async def posted(stage: Stage, channel_id: int) -> list[SeenMessage]:
    """What stands in a channel once everything that is due has left."""
    for _ in range(3):
        stage.clock.advance(seconds=GATHERED_FOR.total_seconds())
        await tick(stage)
    with stage.sandbox.view(ALICE) as view:
        return view.messages(channel_id)


async def test_what_an_owner_sets_stands_in_the_log_and_calls_nobody(on_stage: Stage) -> None:
    panel = await on_stage.ask(on_stage.bob, "config", section="features")
    [menu] = [one["custom_id"] for one in panel.controls() if str(one.get("custom_id")).startswith("config:field")]
    panel = await (await on_stage.bob.select(panel, menu, ["economy"])).finished()
    await (await on_stage.bob.click(panel, "Switch off")).finished()
    [message] = await posted(on_stage, LOG)
    assert f"<@{BOB}> changed **Features**: **Economy** from on to off" in words(message)
    assert message.pings == ()


async def test_a_log_that_may_not_be_written_is_told_of_once_and_not_for_ever(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    world.overwrite(LOG, world.bot_id, deny=["send_messages"])
    await posted(on_stage, LOG)
    [alert] = await posted(on_stage, ALERTS)
    assert words(alert).startswith(f"⚠️ I may not write in <#{LOG}>")
    assert await posted(on_stage, LOG) == []


async def test_a_channel_that_was_chosen_and_is_deleted_is_told_of(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await posted(on_stage, LOG)  # so that nothing waits for it
    on_stage.sandbox.world.remove_channel(LOG)
    on_stage.sandbox.world.remove_channel(GENERAL)  # nobody chose it
    async with asyncio.timeout(5):
        while not (found := await posted(on_stage, ALERTS)):
            await asyncio.sleep(0.01)
    assert "`#log` was deleted. It was chosen as **General** · **Log channel**." in words(found[0])
