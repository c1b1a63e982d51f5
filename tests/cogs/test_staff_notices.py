"""Owners read in a channel of their choice what was done, and what they must mend."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import pytest

from bot.domain.audit import AuditSource
from bot.domain.coin_range import CoinRange
from bot.domain.economy_settings import EconomySettings
from bot.domain.general import GeneralSettings
from bot.sandbox import SeenMessage
from bot.services.outbox import GATHERED_FOR, LEASE
from tests.cogs.outbox_post import LATE, by_real_time, die_and_return, mortal, pass_time, shown, tick
from tests.support.crash import CrashPoints, sweep
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


async def amount(stage: Stage) -> int:
    assert stage.app is not None
    return (await stage.app.services.guild_settings.read(GUILD, EconomySettings)).value.daily_amount.low


async def set_amount(stage: Stage, wanted: int) -> None:
    assert stage.app is not None
    settings = stage.app.services.guild_settings
    base = (await settings.read(GUILD, EconomySettings)).version
    change = EconomySettings(daily_amount=CoinRange.fixed(wanted))
    await settings.change(GUILD, change, base=base, by=BOB, source=AuditSource.DASHBOARD)


def lines(stage: Stage) -> Counter[int]:
    """How often the log says of each amount that it was set."""
    said = "\n".join(shown(stage, LOG))
    return Counter(int(one) for one in re.findall(r"\*\*Daily amount\*\* from \d+ to (\d+)", said))


async def test_each_change_that_was_acknowledged_has_one_line_in_the_log_wherever_the_process_dies(
    on_stage: Stage,
) -> None:
    await posted(on_stage, LOG)
    by_real_time(on_stage)
    await on_stage.stop()
    runs = 0

    async def story(points: CrashPoints) -> None:
        """One change on the panel and one elsewhere, which would be told in one message."""
        nonlocal runs
        runs += 1
        on_stage.arrange = points.plant
        await on_stage.start()
        before, told = await amount(on_stage), lines(on_stage)
        panel = await on_stage.ask(on_stage.alice, "config", section="economy")
        [menu] = [one["custom_id"] for one in panel.controls() if str(one.get("custom_id")).startswith("config:field")]
        panel = await (await on_stage.alice.select(panel, menu, ["daily_amount"])).finished()
        form = await (await on_stage.alice.click(panel, "Change…")).answered()
        await points.arm()
        exchange = await on_stage.alice.submit(form, {"value": str(before + 1)})
        await exchange.answered(2.0 if points.at is None else 0.3)
        acknowledged = {before + 1} if exchange.kind == "update" else set[int]()

        async def elsewhere() -> None:
            await set_amount(on_stage, before + 2)
            acknowledged.add(before + 2)

        await mortal(elsewhere())
        pass_time(on_stage, GATHERED_FOR.total_seconds())
        await mortal(tick(on_stage))
        # Every other process comes back too late for the nonce.
        await die_and_return(on_stage, points, after=LEASE.total_seconds() + 1 if runs % 2 else LATE)
        made = await amount(on_stage)
        assert made >= max(acknowledged, default=before)
        assert lines(on_stage) - told == Counter(range(before + 1, made + 1)), "each once, and nothing that was not"
        await on_stage.stop()

    points = await sweep(story)
    assert points.count("before commit") >= 4, "two changes, a claim and its outcome"
    assert f"after POST /channels/{LOG}/messages" in points
    # The same points again with the two ways of coming back exchanged.
    runs += len(points) % 2
    await sweep(story)
