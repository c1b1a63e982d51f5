"""/purge as moderators see it: what is said is what was really deleted, and what should stay stays."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from bot.actions import patterns
from bot.domain.general import GeneralSettings
from bot.domain.purge import MOST_OLD
from bot.errors import DatabaseAway, PatternNotUnderstood, PatternTooSlow
from bot.sandbox import SeenMessage
from bot.sandbox.faults import Fault
from tests.cogs.purge_stage import (
    LOG,
    STAFF,
    VOICE,
    audited,
    begin_long,
    begun,
    bulks,
    choose_log,
    copy,
    furnished,
    log,
    purge,
    singles,
    stage_flow,
    there,
    until_said,
    write,
    write_old,
)
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, ROBOT, Stage, is_private, words


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    return await furnished(stage)


# What is deleted, and what is said --------------------------------------------------------------------------


async def test_the_newest_go_a_copy_stays_and_the_audit_log_knows(on_stage: Stage) -> None:
    first, *rest = write(on_stage, 6)
    answer = await purge(on_stage, count=5, reason="Raid")
    assert "✅ Deleted 5 messages." in words(answer)
    assert "A copy is in the log channel." in words(answer)
    assert there(on_stage) == {first}
    [bulk] = bulks(on_stage)
    assert {int(one) for one in bulk.json["messages"]} == set(rest)
    assert bulk.reason == "alice: Raid"
    [message] = log(on_stage)
    assert f"<@{ALICE}> has me delete messages in <#{GENERAL}>." in words(message)
    assert "✅ Deleted 5 messages." in words(message)
    assert "Raid" in words(message)
    text = copy(on_stage, message)
    assert text.index("hello 1") < text.index("hello 5")
    assert f"bob ({BOB})" in text
    assert "hello 0" not in text
    [entry] = await audited(on_stage)
    assert (entry.record.actor_id, entry.record.target_id, entry.record.description) == (ALICE, str(GENERAL), "Raid")
    assert entry.record.after is not None
    assert (entry.record.after["deleted"], entry.record.after["found"]) == (5, 5)


async def test_a_long_reason_in_any_script_is_cut_to_what_discord_takes(on_stage: Stage) -> None:
    """Discord counts it as it is sent, URL-encoded, and would delete nothing for a longer one."""
    write(on_stage, 3)
    await purge(on_stage, count=3, reason="Реклама и спам " * 20)
    [bulk] = bulks(on_stage)
    assert bulk.reason.startswith("alice: Реклама и спам")
    assert 480 < len(quote(bulk.reason)) <= 512


async def test_nothing_found_is_never_called_a_success(on_stage: Stage) -> None:
    write(on_stage, 3)
    said = words(await purge(on_stage, count=10, user=f"<@{ROBOT}>"))
    assert said.startswith("Nothing was deleted: I found no message that fits. I looked at 3 messages.")
    assert "✅" not in said
    assert len(there(on_stage)) == 3
    assert not log(on_stage)
    assert await audited(on_stage) == ()


async def test_pinned_messages_stay_unless_they_are_asked_for(on_stage: Stage) -> None:
    pinned, *_others = write(on_stage, 4)
    on_stage.sandbox.world.backend.set_pinned(GENERAL, pinned, True)  # noqa: FBT003 — simcord's signature
    system = there(on_stage) - {pinned, *_others}  # the note that something was pinned
    said = words(await purge(on_stage, count=10, user=f"<@{BOB}>"))
    assert "✅ Deleted 3 messages." in said
    assert "• 1 pinned message was kept" in said
    assert pinned in there(on_stage)
    assert "✅ Deleted 1 message." in words(await purge(on_stage, count=10, user=f"<@{BOB}>", pinned=True))
    assert there(on_stage) <= system


async def test_filters_narrow_it_down_together(on_stage: Stage) -> None:
    write(on_stage, 2, by=ROBOT, text="https://a.example spam")
    keep = write(on_stage, 2, text="https://a.example fine") + write(on_stage, 2, by=ROBOT, text="spam")
    said = words(await purge(on_stage, count=50, bots=True, links=True, contains="SPAM"))
    assert "✅ Deleted 2 messages." in said
    assert there(on_stage) == set(keep)


async def test_a_pattern_finds_what_it_matches(on_stage: Stage) -> None:
    keep = write(on_stage, 3, text="buying nothing")
    write(on_stage, 4, text="BUY cheap now")
    assert "✅ Deleted 4 messages." in words(await purge(on_stage, count=50, regex=r"\bbuy\b.*now"))
    assert there(on_stage) == set(keep)


async def test_a_pattern_that_is_none_or_never_ends_deletes_nothing(on_stage: Stage) -> None:
    ids = write(on_stage, 1, text="a" * 60)
    assert "I can't read this regular expression, from its character 1 on." in words(
        await purge(on_stage, count=9, regex="(buy")
    )
    exchange = await on_stage.alice.slash(GENERAL, "purge", count=9, regex="^(a+)+$")
    assert "This regular expression takes too long" in words(await exchange.finished(timeout=30))
    assert there(on_stage) == set(ids)


async def test_a_pattern_is_ended_by_time_and_the_loop_goes_on() -> None:
    began, beats = time.monotonic(), 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    heart = asyncio.create_task(beat())
    try:
        with pytest.raises(PatternTooSlow):
            async with patterns.matching("^(a+)+$", patience=1.0) as pattern:
                await pattern.matches(["a" * 60 + "!"])
    finally:
        heart.cancel()
    assert time.monotonic() - began < 10
    assert beats > 10


async def test_a_pattern_that_asks_for_too_much_is_refused() -> None:
    with pytest.raises((PatternNotUnderstood, PatternTooSlow)):
        async with patterns.matching("(" * 5_000):
            pass


async def test_between_two_messages_and_around_one(on_stage: Stage) -> None:
    ids = write(on_stage, 9)
    link = f"https://discord.com/channels/{GUILD}/{GENERAL}/{ids[5]}"
    assert "✅ Deleted 3 messages." in words(await purge(on_stage, count=100, after=str(ids[1]), before=link))
    assert there(on_stage) == {*ids[:2], *ids[5:]}
    assert "✅ Deleted 3 messages." in words(await purge(on_stage, count=3, around=str(ids[7])))
    assert there(on_stage) == {*ids[:2], ids[5]}
    elsewhere = f"https://discord.com/channels/{GUILD}/{LOG}/{ids[5]}"
    assert "in another channel" in words(await purge(on_stage, count=3, after=elsewhere))


async def test_across_the_line_of_14_days_old_ones_go_one_by_one(on_stage: Stage) -> None:
    days = timedelta(days=14)
    old = write_old(on_stage, 3, days + timedelta(days=30)) + write_old(on_stage, 2, days - timedelta(minutes=30))
    new = write_old(on_stage, 2, days - timedelta(hours=3)) + write(on_stage, 2)
    assert "✅ Deleted 9 messages." in words(await purge(on_stage, count=50))
    assert there(on_stage) == set()
    assert [{int(one) for one in bulk.json["messages"]} for bulk in bulks(on_stage)] == [set(new)]
    assert {int(one.path.rsplit("/", 1)[1]) for one in singles(on_stage)} == set(old)


async def test_too_many_old_ones_are_told_of_and_stay(on_stage: Stage) -> None:
    old = write_old(on_stage, MOST_OLD + 4, timedelta(days=60))
    answer = await purge(on_stage, count=100)
    said = await until_said(on_stage, answer, "Deleted ")
    assert f"⚠️ Deleted {MOST_OLD} of {MOST_OLD + 4} messages." in said
    assert "4 stay: of messages older than 14 days I delete 50 at once." in said
    assert there(on_stage) == set(old[:4])


async def test_a_thousand_are_asked_about_first_and_then_all_go(on_stage: Stage) -> None:
    first, *_rest = write(on_stage, 1_001)
    question = await purge(on_stage, count=1_000)
    assert "**Delete 1,000 messages?**" in words(question)
    assert "Nothing has been deleted yet." in words(question)
    assert len(there(on_stage)) == 1_001
    late = write(on_stage, 1, text="after the question")
    answer = await (await on_stage.alice.click(question, "Delete")).finished()
    said = await until_said(on_stage, answer, "✅")
    assert "✅ Deleted 1,000 messages." in said
    assert there(on_stage) == {first, *late}
    assert [len(bulk.json["messages"]) for bulk in bulks(on_stage)] == [100] * 10
    [entry] = await audited(on_stage)
    assert entry.record.after is not None
    assert entry.record.after["deleted"] == 1_000


async def test_never_mind_deletes_nothing_and_neither_does_a_second_yes(on_stage: Stage) -> None:
    write(on_stage, 101)
    question = await purge(on_stage, count=101)
    answer = await (await on_stage.alice.click(question, "Never mind")).finished()
    assert "Nothing was changed." in words(answer)
    assert len(there(on_stage)) == 101


async def test_after_a_restart_the_question_says_that_it_is_forgotten(on_stage: Stage) -> None:
    write(on_stage, 101)
    question = await purge(on_stage, count=101)
    await on_stage.stop()
    await on_stage.start()
    answer = await (await on_stage.alice.click(question, "Delete")).finished()
    assert "Please use `/purge` again" in words(answer)
    assert len(there(on_stage)) == 101


# What goes wrong ------------------------------------------------------------------------------------------


async def test_it_can_be_stopped_and_says_how_far_it_came(on_stage: Stage) -> None:
    on_stage.sandbox.faults.add(Fault(path="*/bulk-delete", delay=0.3, times=None))
    _question, exchange = await begin_long(on_stage, 1_000)
    answer = await exchange.finished()
    await begun(on_stage)
    await on_stage.alice.click(answer, "Stop")
    said = await until_said(on_stage, answer, "Deleted ")
    left = len(there(on_stage))
    assert 0 < left < 1_000
    assert f"⚠️ Deleted {1_000 - left} of 1,000 messages." in said
    assert f"• {left} stay, since it was stopped." in said


async def test_who_may_not_delete_any_more_by_the_time_they_say_yes_deletes_nothing(on_stage: Stage) -> None:
    ids = set(write(on_stage, 150))
    question = await purge(on_stage, count=150)
    on_stage.sandbox.world.take_role(GUILD, ALICE, STAFF)
    refused = await on_stage.alice.click(question, "Delete")
    assert "Manage Messages" in words(await refused.finished())
    assert there(on_stage) == ids


async def test_who_may_not_delete_any_more_stops_nothing(on_stage: Stage) -> None:
    on_stage.sandbox.faults.add(Fault(path="*/bulk-delete", delay=0.3, times=None))
    _question, exchange = await begin_long(on_stage)
    answer = await exchange.finished()
    await begun(on_stage)
    on_stage.sandbox.world.take_role(GUILD, ALICE, STAFF)
    refused = await on_stage.alice.click(answer, "Stop")
    assert "Manage Messages" in words(await refused.finished())
    assert "✅ Deleted 300 messages." in await until_said(on_stage, answer, "Deleted ")


async def test_a_rate_limit_and_a_fault_in_the_middle_are_waited_for(on_stage: Stage) -> None:
    stage_flow(on_stage).purger._pause = 0.01
    on_stage.sandbox.faults.rate_limit("*/bulk-delete", retry_after=0.05)
    on_stage.sandbox.faults.server_error("*/bulk-delete", status=503, times=2)
    _question, exchange = await begin_long(on_stage)
    said = await until_said(on_stage, await exchange.finished(), "✅")
    assert "✅ Deleted 300 messages." in said
    assert there(on_stage) == set()


async def test_a_lost_answer_is_asked_for_again_and_nothing_counts_twice(on_stage: Stage) -> None:
    stage_flow(on_stage).purger._pause = 0.01
    write(on_stage, 5)
    on_stage.sandbox.faults.lose_answer("*/bulk-delete")
    assert "✅ Deleted 5 messages." in words(await purge(on_stage, count=5))


async def test_discord_away_ends_it_with_the_reason(on_stage: Stage) -> None:
    stage_flow(on_stage).purger._pause = 0.01
    write(on_stage, 5)
    on_stage.sandbox.faults.server_error("*/bulk-delete", status=503, times=None)
    said = words(await purge(on_stage, count=5))
    assert "❌ Deleted none of 5 messages." in said
    assert "• 5 failed: Discord did not answer." in said
    [entry] = await audited(on_stage)
    assert entry.record.after is not None
    assert entry.record.after["deleted"] == 0


async def test_a_permission_taken_in_the_middle_is_said(on_stage: Stage) -> None:
    write(on_stage, 5)
    on_stage.sandbox.faults.add(Fault(path="*/bulk-delete", status=403, code=50013))
    said = words(await purge(on_stage, count=5))
    assert "• 5 failed: Discord says that I may not, in this channel." in said


async def test_one_that_somebody_deleted_meanwhile_is_no_success_of_mine(on_stage: Stage) -> None:
    write(on_stage, 1)
    on_stage.sandbox.faults.add(Fault(method="DELETE", path="*/messages/*", status=404, code=10008))
    said = words(await purge(on_stage, count=1))
    assert "❌ Deleted none of 1 message." in said
    assert "• 1 was gone already." in said


@pytest.mark.parametrize(
    ("missing", "name"), [("manage_messages", "Manage Messages"), ("read_message_history", "Read Message History")]
)
async def test_what_i_lack_in_this_channel_is_named(on_stage: Stage, missing: str, name: str) -> None:
    ids = write(on_stage, 2)
    on_stage.sandbox.world.overwrite(GENERAL, on_stage.sandbox.world.bot_id, deny=[missing])
    assert f"I need the permission **{name}** in this channel" in words(await purge(on_stage, count=2))
    assert there(on_stage) == set(ids)


async def test_who_may_is_the_permission_or_a_role_of_moderators(on_stage: Stage) -> None:
    assert on_stage.app is not None
    world, settings = on_stage.sandbox.world, on_stage.app.services.guild_settings
    write(on_stage, 2)
    world.show_command(GUILD, "purge", BOB, allowed=True)  # shown is not allowed
    said = words(await on_stage.ask(on_stage.bob, "purge", count=2))
    assert "For this you need the permission **Manage Messages**" in said
    assert len(there(on_stage)) == 2
    helper = world.add_role(GUILD, "Helper")
    world.give_role(GUILD, BOB, helper)
    await settings.change(GUILD, GeneralSettings(moderator_roles=(helper,)), base=0, by=None)
    assert "✅ Deleted 2 messages." in words(await on_stage.ask(on_stage.bob, "purge", count=2))


async def test_voice_channels_have_messages_too(on_stage: Stage) -> None:
    write(on_stage, 3, channel=VOICE)
    assert "✅ Deleted 3 messages." in words(await purge(on_stage, VOICE, count=10))
    assert there(on_stage, VOICE) == set()


async def test_threads_have_messages_too(on_stage: Stage) -> None:
    thread = on_stage.sandbox.world.backend.create_thread(GENERAL, "aside", owner_id=BOB).id
    ids = write(on_stage, 3, channel=thread)
    assert "✅ Deleted 3 messages." in words(await purge(on_stage, thread, count=3))
    assert not there(on_stage, thread).intersection(ids)


@pytest.mark.parametrize("channel", [None, 999 << 22])
async def test_without_a_log_channel_the_copy_goes_to_whoever_asked(on_stage: Stage, channel: int | None) -> None:
    await choose_log(on_stage, channel)
    write(on_stage, 2)
    exchange = await on_stage.alice.slash(GENERAL, "purge", count=2)
    assert "✅ Deleted 2 messages." in words(await exchange.finished())
    [more] = await exchange.followed_up()
    assert is_private(more)
    assert "hello 1" in copy(on_stage, more)


async def test_what_cannot_be_written_down_is_not_deleted(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_stage.app is not None

    async def away(*_: Any, **__: Any) -> int:
        raise DatabaseAway

    monkeypatch.setattr(on_stage.app.services.purges, "begin", away)
    written = set(write(on_stage, 3))
    assert "changed nothing" in words(await purge(on_stage, count=3))
    assert written <= there(on_stage)
    assert not log(on_stage)


async def test_after_the_answer_can_no_longer_be_changed_it_is_told_in_private(on_stage: Stage) -> None:
    gone = Fault(method="PATCH", path="/webhooks/*", status=401, code=50027, times=None)
    on_stage.sandbox.faults.add(Fault(path="*/bulk-delete", delay=0.1, times=None))
    _question, exchange = await begin_long(on_stage)
    await exchange.finished()
    on_stage.sandbox.faults.add(gone)
    letters = on_stage.sandbox.world.dm_channel(ALICE)
    async with asyncio.timeout(15):
        while not any("✅ Deleted 300 messages." in words(one) for one in _seen(on_stage, letters)):
            await asyncio.sleep(0.02)


def _seen(stage: Stage, channel: int) -> list[SeenMessage]:
    return stage.sandbox.view(ALICE).messages(channel)


async def test_two_at_once_in_one_channel_are_one(on_stage: Stage) -> None:
    on_stage.sandbox.faults.add(Fault(path="*/bulk-delete", delay=0.5, times=1))
    _question, exchange = await begin_long(on_stage)
    await exchange.finished()
    assert "I am deleting messages in this channel at this moment" in words(await purge(on_stage, count=1))
    await until_said(on_stage, await exchange.finished(), "✅")


async def test_typed_it_leaves_the_question_and_answers_in_words(on_stage: Stage) -> None:
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    await settings.change(GUILD, GeneralSettings(prefix="!"), base=0, by=None)
    ids = write(on_stage, 3)
    asked = await on_stage.alice.say(GENERAL, "!purge 2")
    async with asyncio.timeout(5):
        while not any("✅ Deleted 2 messages." in words(one) for one in _seen(on_stage, GENERAL)):
            await asyncio.sleep(0.01)
    assert {ids[0], asked.id} <= there(on_stage)
    assert not {ids[1], ids[2]} & there(on_stage)
