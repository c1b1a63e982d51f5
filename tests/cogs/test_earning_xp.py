"""Members write, and it earns or does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from bot.cogs.leveling import listening
from bot.db.models.core import ErrorLog
from bot.db.models.leveling import MemberLevel
from bot.domain.audit import AuditSource
from bot.domain.features import FeatureSettings
from bot.domain.gains import Reason
from bot.domain.general import GeneralSettings
from bot.domain.leveling import TargetKind
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.multipliers import Multiplier
from bot.errors import DatabaseAway
from bot.jobs.xp import FIRST_WAIT, TRIES, XpJob
from bot.sandbox import Actor
from bot.services.rewards import By
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, ROBOT, Stage

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    app = await stage.start()
    await app.services.guild_settings.change(GUILD, GeneralSettings(prefix="!"), base=0, by=ALICE)
    return stage


async def said(stage: Stage, who: Actor, *words: str) -> Sequence[Reason | None]:
    """What became of these messages, the first first."""
    assert stage.app is not None
    for one in words:
        await who.say(GENERAL, one)
    await stage.ask(stage.carol, "about")  # comes after, so the messages have been read
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "discord.py: on_message"))
    return [one.reason for one in reversed(stage.app.bot.xp.verdicts(GUILD, who.user_id))]


async def flush(stage: Stage) -> None:
    assert stage.app is not None
    for job in stage.app.periodic:
        if isinstance(job, XpJob):
            assert await job.flush()


async def xp(stage: Stage) -> dict[int, tuple[int, int]]:
    assert stage.app is not None
    async with stage.app.database.read() as session:
        rows = await session.execute(select(MemberLevel.user_id, MemberLevel.xp, MemberLevel.messages))
        return {row.user_id: (row.xp, row.messages) for row in rows}


async def test_a_message_earns_once_in_a_while_and_each_says_why_it_did_not(on_stage: Stage) -> None:
    found = await said(on_stage, on_stage.alice, "Good morning", "GOOD  morning", "How are you?", "!balance", "<@1> hi")
    assert found == [None, Reason.SAME_TEXT, Reason.COOLDOWN, Reason.COMMAND, Reason.COOLDOWN]
    await flush(on_stage)
    found_xp = await xp(on_stage)
    assert set(found_xp) == {ALICE}
    earned, messages = found_xp[ALICE]
    assert 15 <= earned <= 25
    assert messages == 3


async def test_nobody_earns_by_an_edit_and_no_bot_does(on_stage: Stage) -> None:
    message = await on_stage.alice.say(GENERAL, "Good morning")
    await on_stage.alice.edit(message, "Good evening everybody")
    await on_stage.sandbox.as_member(GUILD, ROBOT).say(GENERAL, "I am a robot")
    assert await said(on_stage, on_stage.alice) == [None]
    await flush(on_stage)
    assert {user_id: messages for user_id, (_, messages) in (await xp(on_stage)).items()} == {ALICE: 1}


async def test_what_comes_through_a_webhook_earns_nothing_even_in_a_members_name(on_stage: Stage) -> None:
    await said(on_stage, on_stage.alice, "Good morning")
    post = on_stage.sandbox.world.backend.create_message
    post(GENERAL, BOB, "As a webhook", webhook_id=77 << 22)
    assert await said(on_stage, on_stage.bob) == []
    post(GENERAL, BOB, "As themselves")
    assert await said(on_stage, on_stage.bob) == [None]


async def test_a_message_in_a_thread_counts_as_its_channel_and_category_say(on_stage: Stage) -> None:
    assert on_stage.app is not None
    world, multipliers = on_stage.sandbox.world, on_stage.app.services.multipliers
    thread = world.backend.create_thread(GENERAL, "side talk", BOB, type=11)
    by = By(ALICE, AuditSource.COMMAND)
    await multipliers.set(GUILD, Multiplier(TargetKind.CHANNEL, GENERAL, 0), by)
    await on_stage.bob.say(thread.id, "In a thread of a channel without XP")
    assert await said(on_stage, on_stage.bob) == [Reason.CHANNEL]
    await multipliers.set(GUILD, Multiplier(TargetKind.THREAD, thread.id, 2_000), by)
    await on_stage.bob.say(thread.id, "The thread has a factor of its own")
    assert await said(on_stage, on_stage.bob) == [Reason.CHANNEL, None]
    await flush(on_stage)
    assert 30 <= (await xp(on_stage))[BOB][0] <= 50


async def test_where_leveling_is_off_nothing_is_earned_and_switching_it_on_is_heard_of(on_stage: Stage) -> None:
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    await settings.change(GUILD, FeatureSettings.of({"economy"}), base=0, by=ALICE)
    assert await said(on_stage, on_stage.bob, "Is anybody here?") == []
    await settings.change(GUILD, FeatureSettings.of({"leveling"}), base=1, by=ALICE)
    assert await said(on_stage, on_stage.bob, "And now?") == [None]
    await settings.change(GUILD, LevelingSettings(without_channels=(GENERAL,)), base=0, by=ALICE)
    assert await said(on_stage, on_stage.bob, "And now again?") == [None, Reason.CHANNEL]


async def test_what_is_written_while_the_database_is_away_waits_in_bounds(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_stage.app is not None
    monkeypatch.setattr(listening, "MOST_HELD", 1, raising=False)

    async def away(_guild_id: int) -> None:
        raise DatabaseAway

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(on_stage.app.services.xp_rules, "load", away)
        assert await said(on_stage, on_stage.alice, "Good morning") == []
        assert await said(on_stage, on_stage.bob, "Good morning to you") == []
    await said(on_stage, on_stage.carol, "Here we are again")
    assert await said(on_stage, on_stage.alice) == [None]
    assert await said(on_stage, on_stage.bob) == []
    assert await said(on_stage, on_stage.bob, "And I am late") == [None]


async def test_a_stop_writes_what_was_said_last_and_a_restart_keeps_the_cooldown(on_stage: Stage) -> None:
    await said(on_stage, on_stage.alice, "Good morning")
    await on_stage.stop()
    await on_stage.start()
    before = await xp(on_stage)
    assert set(before) == {ALICE}
    assert await said(on_stage, on_stage.alice, "Here I am again") == [Reason.COOLDOWN]
    await flush(on_stage)
    assert (await xp(on_stage))[ALICE] == (before[ALICE][0], 2)


async def test_who_is_erased_comes_back_by_nothing_that_waited(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await said(on_stage, on_stage.alice, "Good morning")
    await said(on_stage, on_stage.bob, "Good morning")
    await on_stage.app.services.privacy.erase(ALICE, GUILD)
    await flush(on_stage)
    assert set(await xp(on_stage)) == {BOB}
    assert on_stage.app.bot.xp.verdicts(GUILD, ALICE) == ()
    assert CAROL not in await xp(on_stage)


# Taking back ------------------------------------------------------------------------------------------------


@pytest.fixture
async def taking_back(on_stage: Stage) -> Stage:
    """XP is taken back, every message earns, and Bob moderates."""
    assert on_stage.app is not None
    settings = LevelingSettings(take_back=True, cooldown=0, message_least=20, message_most=20)
    await on_stage.app.services.guild_settings.change(GUILD, settings, base=0, by=ALICE)
    world = on_stage.sandbox.world
    world.give_role(GUILD, BOB, world.add_role(GUILD, "mod", permissions=["manage_messages"]))
    cog: Any = on_stage.app.bot.get_cog("XpDeletionsCog")
    cog.deletions.settle = 0
    return on_stage


async def deleted(stage: Stage) -> None:
    """Wait until what was deleted was looked up."""
    await stage.ask(stage.carol, "about")
    await asyncio.gather(*(task for task in asyncio.all_tasks() if "message_delete" in task.get_name()))


async def test_what_a_moderator_deletes_earned_nothing_and_what_its_author_deletes_did(taking_back: Stage) -> None:
    first, second, third = [await taking_back.alice.say(GENERAL, one) for one in ("One", "Two", "Three")]
    await said(taking_back, taking_back.alice)
    await flush(taking_back)
    assert (await xp(taking_back))[ALICE][0] == 60
    await taking_back.bob.delete(first)
    await deleted(taking_back)
    assert (await xp(taking_back))[ALICE][0] == 40
    await taking_back.alice.delete(second)
    await deleted(taking_back)
    assert (await xp(taking_back))[ALICE][0] == 40
    await taking_back.bob.delete(third)  # the entry in the audit log is the one of before, and counts to two
    await deleted(taking_back)
    assert (await xp(taking_back))[ALICE][0] == 20


async def test_what_is_deleted_many_at_once_earned_nothing(taking_back: Stage) -> None:
    messages = [await taking_back.alice.say(GENERAL, one) for one in ("One", "Two", "Three")]
    await said(taking_back, taking_back.alice)
    await flush(taking_back)
    payload = {"ids": [str(one.id) for one in messages[:2]], "channel_id": str(GENERAL), "guild_id": str(GUILD)}
    await taking_back.sandbox.inject("MESSAGE_DELETE_BULK", json.dumps(payload), guild_id=GUILD)
    await deleted(taking_back)
    assert (await xp(taking_back))[ALICE][0] == 20


async def test_xp_that_a_fault_keeps_from_being_written_is_written_later_and_the_operator_knows(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_stage.app is not None
    services = on_stage.app.services

    async def faulty(*_args: Any, **_kwargs: Any) -> None:
        raise KeyError(f"the token is {on_stage.sandbox.token}")

    assert await said(on_stage, on_stage.alice, "Good morning") == [None]
    with monkeypatch.context() as patch:
        patch.setattr(services.leveling, "_changes", faulty)
        for _ in range(TRIES + 1):
            await flush(on_stage)
    assert await xp(on_stage) == {}
    async with on_stage.app.database.read() as session:
        (told,) = (await session.execute(select(ErrorLog))).all()
    assert (told.exception, told.guild_id, told.user_id, told.context) == ("KeyError", GUILD, None, {"job": "xp"})
    assert on_stage.sandbox.token not in told.stack + told.message
    await flush(on_stage)
    assert await xp(on_stage) == {}
    on_stage.clock.advance(seconds=FIRST_WAIT.total_seconds())
    await flush(on_stage)
    assert set(await xp(on_stage)) == {ALICE}
