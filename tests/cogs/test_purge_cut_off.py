"""A purge that ends before its time: what was deleted is kept, and what became of it is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.actions.purge import Purge, Purger
from bot.domain.general import GeneralSettings
from bot.sandbox.faults import Fault
from tests.cogs.purge_stage import (
    LOG,
    VOICE,
    arrange,
    audited,
    begin_long,
    begun,
    bulks,
    choose_log,
    copy,
    furnished,
    lines,
    log,
    look,
    purge,
    stage_flow,
    there,
    until_said,
    write,
)
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, GENERAL, GUILD, Stage, words


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    return await furnished(stage)


@pytest.mark.parametrize("general", [LOG, VOICE])
async def test_a_purge_that_was_cut_off_is_told_once_in_each_log(on_stage: Stage, general: int) -> None:
    assert on_stage.app is not None
    on_stage.sandbox.faults.add(Fault(path="*/bulk-delete", delay=1.0, drop=True, times=None))
    await on_stage.app.services.guild_settings.change(GUILD, GeneralSettings(log_channel=general), base=0, by=None)
    write(on_stage, 3)
    await on_stage.alice.slash(GENERAL, "purge", count=3)
    async with asyncio.timeout(10):
        while not bulks(on_stage):
            await asyncio.sleep(0.01)
    await on_stage.die()
    await on_stage.start()
    await look(on_stage)
    for channel in {LOG, general}:
        assert len(lines(on_stage, "cut off by a restart", channel)) == 1


async def test_a_crash_in_the_middle_leaves_the_copy_and_is_told_and_asking_again_does_the_rest(
    on_stage: Stage,
) -> None:
    on_stage.sandbox.faults.add(Fault(path="*/bulk-delete", times=1))  # the first is done as ever
    on_stage.sandbox.faults.add(Fault(path="*/bulk-delete", delay=1.0, drop=True, times=None))
    _question, exchange = await begin_long(on_stage)
    answer = await exchange.finished()
    await begun(on_stage)
    await on_stage.die()
    on_stage.sandbox.faults.clear()
    [message] = log(on_stage)
    assert "I am deleting 300 messages." in words(message)
    assert "hello 0" in copy(on_stage, message)
    await on_stage.start()
    pressed = await (await on_stage.alice.click(answer, "Stop")).finished()
    assert "Nothing is being deleted here any more" in words(pressed)
    stage_flow(on_stage).live.interval = 0.01
    assert len(there(on_stage)) == 200
    for _ in range(2):
        await look(on_stage)
    [line] = lines(on_stage, "cut off by a restart")
    assert f"<@{ALICE}>" in line
    assert f"<#{GENERAL}> deleted, 300 at most" in line
    question = await purge(on_stage, count=300)
    again = await (await on_stage.alice.click(question, "Delete")).finished()
    await until_said(on_stage, again, "✅ Deleted 200 messages.")
    assert there(on_stage) == set()
    second, first = await audited(on_stage)
    assert (first.record.after or {}).get("cut_off") is True
    assert "unfinished" not in (first.record.after or {})
    assert (second.record.after or {})["deleted"] == 200


async def test_the_audit_log_knows_of_every_message_that_is_gone_wherever_the_process_dies(stage: Stage) -> None:
    arrange(stage)

    async def story(points: CrashPoints) -> None:
        stage.arrange = points.plant
        await stage.start()
        await choose_log(stage, LOG)
        known = {entry.id for entry in await audited(stage)}
        text = f"said at {stage.clock.now():%H:%M:%S}"
        written = set(write(stage, 3, text=text))
        await points.arm()
        await points.heard(await stage.alice.slash(GENERAL, "purge", count=3))
        points.armed = False
        await stage.die()
        stage.arrange = None
        await stage.start()
        said = len(lines(stage, "cut off by a restart"))
        await look(stage)
        new = [entry for entry in await audited(stage) if entry.id not in known]
        gone = written - there(stage)
        assert len(new) <= 1
        if gone:
            [entry] = new
            assert entry.record.after is not None
            assert entry.record.after["found"] == 3
            assert entry.record.after.get("deleted") == 3 or entry.record.after["cut_off"] is True
            assert any(text in copy(stage, one) for one in log(stage)), "gone, and nobody has a copy"
        assert not any("unfinished" in (one.record.after or {}) for one in new)
        cut = sum((one.record.after or {}).get("cut_off", False) for one in new)
        assert len(lines(stage, "cut off by a restart")) == said + cut
        if not points.died.is_set():
            assert not cut
        for one in there(stage):
            stage.sandbox.world.backend.messages[GENERAL].pop(one)
        await stage.stop()

    seen = await sweep(story)
    assert any("bulk-delete" in one for one in seen)


async def test_what_is_under_way_at_this_moment_is_not_told_as_cut_off(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, keep = asyncio.Event(), Purger._keep

    async def when_told(self: Purger, purge: Purge) -> Any:
        await go_on.wait()
        return await keep(self, purge)

    monkeypatch.setattr(Purger, "_keep", when_told)
    write(on_stage, 3)
    exchange = await on_stage.alice.slash(GENERAL, "purge", count=3)
    async with asyncio.timeout(10):
        while not (found := await audited(on_stage)):
            await asyncio.sleep(0.01)
    await look(on_stage)
    assert await audited(on_stage) == found
    assert found[0].record.after == {"channel": str(GENERAL), "found": 3, "unfinished": True, "count": 3}
    go_on.set()
    assert "✅ Deleted 3 messages." in words(await exchange.finished())
    await look(on_stage)
    assert not lines(on_stage, "cut off by a restart")


async def test_a_stop_in_order_says_and_writes_down_how_far_it_came(on_stage: Stage) -> None:
    on_stage.sandbox.faults.add(Fault(path="*/bulk-delete", delay=0.3, times=None))
    _question, exchange = await begin_long(on_stage, 1_000)
    await exchange.finished()
    await begun(on_stage)
    await on_stage.stop()
    left = len(there(on_stage))
    assert 0 < left <= 900
    assert "since it was stopped" in words(log(on_stage)[0])
    await on_stage.start()
    [entry] = await audited(on_stage)
    assert entry.record.after is not None
    assert entry.record.after["deleted"] == 1_000 - left
