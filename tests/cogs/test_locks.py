"""Channels locked and opened again, as moderators and members see them: what was there before is there after."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from simcord.backend.models import Channel, Overwrite, ThreadMetadata
from simcord.enums import OverwriteType

from bot.domain.audit import AuditFilter, AuditSource
from bot.domain.locks import ChannelLock, LockKind, LockSettings, LockState, Obstacle
from bot.domain.overwrites import Bit
from bot.sandbox import CannotDo, World
from bot.services.locks import LEASE
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, is_private, words

STAFF, MEMBER, HELPER = ((4_000 + number) << 22 for number in range(3))
CATEGORY, NEWS, VOICE, FORUM, SECRET = ((2_100 + number) << 22 for number in range(5))
HOUR = 3_600
MINE = [
    "manage_roles", "manage_channels", "manage_threads", "view_channel", "send_messages", "send_messages_in_threads",
    "create_public_threads", "create_private_threads", "add_reactions", "connect", "speak", "stream", "embed_links",
    "request_to_speak",
]  # fmt: skip
TEXT = int(
    Bit.SEND_MESSAGES | Bit.SEND_MESSAGES_IN_THREADS | Bit.CREATE_PUBLIC_THREADS | Bit.CREATE_PRIVATE_THREADS
    | Bit.ADD_REACTIONS
)  # fmt: skip
PERMISSIONS = "/channels/*/permissions/*"

Rules = dict[int, tuple[int, int]]


def furnish(world: World) -> None:
    """Alice may manage channels, and there is one of each kind."""
    world.set_bot_permissions(GUILD, MINE)
    world.add_role(GUILD, "Staff", id=STAFF, permissions=["manage_channels"])
    world.add_role(GUILD, "Member", id=MEMBER)
    world.add_role(GUILD, "Helper", id=HELPER)
    world.give_role(GUILD, ALICE, STAFF)
    world.add_channel(GUILD, "Talk", id=CATEGORY, kind="category")
    world.add_channel(GUILD, "news", id=NEWS, kind="news", parent=CATEGORY)
    world.add_channel(GUILD, "voice", id=VOICE, kind="voice")
    world.add_channel(GUILD, "forum", id=FORUM, kind="forum")
    world.add_channel(GUILD, "secret", id=SECRET, hidden_from_everyone=True)


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish(stage.sandbox.world)
    await stage.start()
    await heard(stage)
    return stage


def channel(stage: Stage, channel_id: int = GENERAL) -> Channel:
    return stage.sandbox.world.backend.get_channel(channel_id)


def rules(stage: Stage, channel_id: int = GENERAL) -> Rules:
    return {one.target_id: (one.allow, one.deny) for one in channel(stage, channel_id).overwrites}


def changes(stage: Stage) -> list[Any]:
    """What was asked of Discord about channels."""
    wanted = {"PUT", "DELETE", "PATCH"}
    asked = stage.sandbox.requests
    return [one for one in asked if one.method in wanted and "/channels/" in one.path and "/messages" not in one.path]


async def heard(stage: Stage) -> None:
    """The bot has heard all that the gateway had to say: it answers what was asked after it."""
    await stage.ask(stage.bob, "balance")


async def tick(stage: Stage) -> int:
    assert stage.app is not None
    claimed = 0
    for _ in range(3):
        claimed += await stage.app.ticker.tick()
        await stage.app.ticker.finish()
    return claimed


async def row(stage: Stage, channel_id: int = GENERAL, kind: LockKind = LockKind.LOCK) -> ChannelLock:
    assert stage.app is not None
    found = await stage.app.services.locks.find(GUILD, channel_id, kind)
    assert found is not None
    return found


async def lock(stage: Stage, **options: Any) -> str:
    return words(await stage.ask(stage.alice, "lock", **options))


async def unlock(stage: Stage, **options: Any) -> str:
    return words(await stage.ask(stage.alice, "unlock", **options))


async def audited(stage: Stage) -> list[tuple[str, int | None, str | None]]:
    assert stage.app is not None
    page = await stage.app.services.audit.search(GUILD, AuditFilter(), count=50)
    return [(one.record.action, one.record.actor_id, one.record.target_id) for one in reversed(page.entries)]


def read_in(stage: Stage, channel_id: int = GENERAL) -> list[str]:
    return [one.content for one in stage.sandbox.world.backend.messages.get(channel_id, {}).values() if one.content]


# Locking and unlocking ----------------------------------------------------------------------------------


async def test_a_channel_is_locked_for_a_while_and_opens_by_itself_also_over_a_restart(on_stage: Stage) -> None:
    answer = await on_stage.ask(on_stage.alice, "lock", duration="2h", reason="a raid")
    ends = int(on_stage.clock.now().timestamp()) + 2 * HOUR
    assert is_private(answer)
    assert f"Locked <#{GENERAL}> until <t:{ends}:f> (<t:{ends}:R>)." in words(answer)
    me = on_stage.sandbox.world.bot_id
    assert rules(on_stage) == {GUILD: (0, TEXT), me: (TEXT, 0)}
    assert {one.reason for one in changes(on_stage)} == {f"lock by member {ALICE}: a raid"}
    with pytest.raises(CannotDo):
        await on_stage.bob.say(GENERAL, "hello?")
    await tick(on_stage)
    assert read_in(on_stage) == [f"🔒 This channel is locked. It opens again <t:{ends}:R>.\nReason: a raid"]
    await on_stage.stop()
    on_stage.clock.advance(seconds=2 * HOUR + 1)
    await on_stage.start()
    await tick(on_stage)
    assert rules(on_stage) == {}
    assert read_in(on_stage)[1:] == ["🔓 This channel is open again."]
    await on_stage.bob.say(GENERAL, "at last")
    assert await audited(on_stage) == [("lock.set", ALICE, str(GENERAL)), ("lock.end", None, str(GENERAL))]


async def test_unlocking_puts_back_just_what_the_lock_changed_and_keeps_what_others_did(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    world.overwrite(GENERAL, GUILD, allow=["send_messages"], deny=["attach_files"])
    world.overwrite(GENERAL, MEMBER, allow=["send_messages", "embed_links"])
    await heard(on_stage)
    before = rules(on_stage)
    assert f"still lets <@&{MEMBER}> write" in await lock(on_stage)
    assert rules(on_stage)[MEMBER] == before[MEMBER]
    await unlock(on_stage)
    assert rules(on_stage) == before
    assert "still lets" not in await lock(on_stage, role=MEMBER)
    assert rules(on_stage)[MEMBER] == (before[MEMBER][0] & ~TEXT, TEXT)
    # Meanwhile, in Discord's own window:
    world.overwrite(GENERAL, GUILD, allow=["add_reactions"], deny=["send_messages", "embed_links"])
    world.overwrite(GENERAL, BOB, allow=["send_messages"])
    said = await unlock(on_stage)
    assert "What somebody else changed there meanwhile stays as they left it." in said
    after = rules(on_stage)
    assert after[GUILD] == (int(Bit.ADD_REACTIONS | Bit.SEND_MESSAGES), 1 << 14)
    assert after[MEMBER] == before[MEMBER]
    assert after[BOB] == (int(Bit.SEND_MESSAGES), 0)
    assert world.bot_id not in after


async def test_a_synced_channel_is_synced_again_also_with_what_its_category_became(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    for place in (CATEGORY, NEWS):
        world.overwrite(place, MEMBER, allow=["send_messages"])
    await heard(on_stage)
    await lock(on_stage, channel=NEWS)
    assert (await row(on_stage, NEWS)).record is not None
    await unlock(on_stage, channel=NEWS)
    assert rules(on_stage, NEWS) == rules(on_stage, CATEGORY)
    await lock(on_stage, channel=NEWS)
    world.overwrite(CATEGORY, HELPER, allow=["send_messages"])
    await heard(on_stage)
    await unlock(on_stage, channel=NEWS)
    assert rules(on_stage, NEWS) == rules(on_stage, CATEGORY)
    assert HELPER in rules(on_stage, NEWS)
    await lock(on_stage, channel=NEWS)
    world.overwrite(CATEGORY, HELPER, deny=["send_messages"])
    world.overwrite(NEWS, BOB, allow=["send_messages"])  # from here on the channel has rules of its own
    await heard(on_stage)
    await unlock(on_stage, channel=NEWS)
    assert rules(on_stage, NEWS)[HELPER] == (int(Bit.SEND_MESSAGES), 0)
    assert rules(on_stage, NEWS)[BOB] == (int(Bit.SEND_MESSAGES), 0)


async def test_what_a_category_became_and_i_may_not_grant_stops_no_unlocking(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await lock(on_stage, channel=NEWS)
    world.overwrite(CATEGORY, HELPER, allow=["send_messages"])
    await heard(on_stage)
    fault = on_stage.sandbox.faults.server_error(f"/channels/*/permissions/{HELPER}", method="PUT", status=403)
    fault.code = 50013
    assert "is open again" in await unlock(on_stage, channel=NEWS)
    assert rules(on_stage, NEWS) == {}


async def test_voice_forums_and_threads_are_locked_each_in_their_way(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    thread = world.backend.create_thread(GENERAL, "side talk", BOB, type=11)
    await heard(on_stage)
    for place in (VOICE, FORUM, thread.id):
        assert f"Locked <#{place}>" in await lock(on_stage, channel=place)
    assert rules(on_stage, VOICE)[GUILD][1] & int(Bit.CONNECT | Bit.SPEAK | Bit.SEND_MESSAGES)
    assert rules(on_stage, FORUM)[GUILD] == (0, TEXT)
    assert isinstance(thread.thread_metadata, ThreadMetadata)
    assert thread.thread_metadata.locked
    for place in (VOICE, FORUM, thread.id):
        assert f"<#{place}> is open again." in await unlock(on_stage, channel=place)
    assert (rules(on_stage, VOICE), rules(on_stage, FORUM)) == ({}, {})
    assert not thread.thread_metadata.locked
    assert read_in(on_stage, FORUM) == []


async def test_a_lock_that_stands_is_told_with_its_end_and_can_be_given_another(on_stage: Stage) -> None:
    await lock(on_stage, duration="1h")
    asked = await on_stage.ask(on_stage.alice, "lock", duration="3h")
    assert f"<#{GENERAL}> is locked already. <@{ALICE}> did that <t:" in words(asked)
    assert "; it opens again <t:" in words(asked)
    assert "Shall it end 3 hours from now instead?" in words(asked)
    exchange = await on_stage.alice.click(asked, "Change it")
    ends = int(on_stage.clock.now().timestamp()) + 3 * HOUR
    assert f"is locked until <t:{ends}:f>" in words(await exchange.finished())
    on_stage.clock.advance(seconds=2 * HOUR)
    await tick(on_stage)
    assert (await row(on_stage)).state is LockState.STANDING
    on_stage.clock.advance(seconds=HOUR)
    await tick(on_stage)
    assert rules(on_stage) == {}
    assert [one[0] for one in await audited(on_stage)] == ["lock.set", "lock.change", "lock.end"]


async def test_a_question_about_a_lock_that_somebody_ended_changes_nothing(on_stage: Stage) -> None:
    await lock(on_stage)
    asked = await on_stage.ask(on_stage.alice, "lock", duration="3h")
    await unlock(on_stage)
    exchange = await on_stage.alice.click(asked, "Change it")
    assert "Somebody changed that" in words(await exchange.finished())
    assert rules(on_stage) == {}


async def test_who_may_not_lock_any_more_changes_no_end(on_stage: Stage) -> None:
    await lock(on_stage, duration="1h")
    ends = (await row(on_stage)).expires_at
    asked = await on_stage.ask(on_stage.alice, "lock", duration="3h")
    on_stage.sandbox.world.take_role(GUILD, ALICE, STAFF)
    exchange = await on_stage.alice.click(asked, "Change it")
    assert "Manage Channels" in words(await exchange.finished())
    assert (await row(on_stage)).expires_at == ends


async def test_a_lock_that_somebody_undid_by_hand_is_no_lock_any_more(on_stage: Stage) -> None:
    await lock(on_stage)
    on_stage.sandbox.world.overwrite(GENERAL, GUILD)
    await heard(on_stage)
    assert f"Locked <#{GENERAL}>" in await lock(on_stage)
    assert rules(on_stage)[GUILD] == (0, TEXT)
    await unlock(on_stage)


async def test_what_i_did_not_lock_i_do_not_open(on_stage: Stage) -> None:
    on_stage.sandbox.world.overwrite(GENERAL, GUILD, deny=["send_messages", "add_reactions"])
    await heard(on_stage)
    before = rules(on_stage)
    assert "I did not lock" in await unlock(on_stage)
    assert rules(on_stage) == before


# Who may, and what goes wrong ---------------------------------------------------------------------------


async def test_members_are_refused_and_staff_only_where_they_may_look(on_stage: Stage) -> None:
    with pytest.raises(CannotDo):
        await on_stage.bob.slash(GENERAL, "lock")
    on_stage.sandbox.world.backend.commands[None]["lock", 1]["default_member_permissions"] = None
    assert "**Manage Channels**" in words(await on_stage.ask(on_stage.bob, "lock"))
    on_stage.sandbox.world.overwrite(NEWS, STAFF, deny=["manage_channels"])
    await heard(on_stage)
    assert "**Manage Channels**" in await lock(on_stage, channel=NEWS)
    assert changes(on_stage) == []


async def test_a_permission_that_i_lack_is_named_before_anything_is_done(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    world.set_bot_permissions(GUILD, [one for one in MINE if one != "manage_roles"])
    await heard(on_stage)
    assert "**Manage Roles**" in await lock(on_stage)
    world.set_bot_permissions(GUILD, [one for one in MINE if one != "manage_channels"])
    await heard(on_stage)
    assert "**Manage Channels**" in words(await on_stage.ask(on_stage.alice, "slowmode", length="10s"))
    assert changes(on_stage) == []


async def test_a_lock_that_discord_refuses_half_way_leaves_nothing(on_stage: Stage) -> None:
    fault = on_stage.sandbox.faults.server_error(f"/channels/*/permissions/{GUILD}", method="PUT", status=403)
    fault.code = 50013
    assert "I could not lock" in await lock(on_stage)
    await tick(on_stage)
    assert rules(on_stage) == {}
    failed = await row(on_stage)
    assert (failed.state, failed.obstacle) == (LockState.FAILED, Obstacle.REFUSED)
    assert await audited(on_stage) == []


async def test_an_unlocking_without_permission_is_told_once_and_done_when_it_is_back(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await lock(on_stage, duration="1h")
    world = on_stage.sandbox.world
    world.set_bot_permissions(GUILD, ["view_channel", "send_messages"])
    await heard(on_stage)
    for _ in range(5):
        on_stage.clock.advance(seconds=HOUR)
        await tick(on_stage)
    stuck = await row(on_stage)
    assert (stuck.state, stuck.obstacle) == (LockState.LIFTING, Obstacle.MANAGE_ROLES)
    world.set_bot_permissions(GUILD, MINE)
    await heard(on_stage)
    on_stage.clock.advance(seconds=7 * HOUR)
    await tick(on_stage)
    assert rules(on_stage) == {}
    assert (await row(on_stage)).state is LockState.ENDED


async def test_a_channel_that_is_deleted_ends_its_lock(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await lock(on_stage, channel=NEWS, duration="1h")
    world.remove_channel(NEWS)
    await heard(on_stage)
    async with asyncio.timeout(5):
        while (await row(on_stage, NEWS)).state is not LockState.ENDED:
            await asyncio.sleep(0.01)
    await lock(on_stage, channel=VOICE, duration="1h")
    await on_stage.stop()
    world.remove_channel(VOICE)
    on_stage.clock.advance(seconds=HOUR)
    await on_stage.start()
    await tick(on_stage)
    gone = await row(on_stage, VOICE)
    assert (gone.state, gone.obstacle) == (LockState.ENDED, Obstacle.GONE)


async def test_an_answer_that_was_lost_is_no_second_lock_and_loses_nothing(on_stage: Stage) -> None:
    on_stage.sandbox.faults.lose_answer(PERMISSIONS, method="PUT")
    await lock(on_stage)
    on_stage.clock.advance(seconds=10)
    await tick(on_stage)
    assert rules(on_stage)[GUILD] == (0, TEXT)
    assert (await row(on_stage)).state is LockState.STANDING
    await unlock(on_stage)
    assert rules(on_stage) == {}


async def test_a_server_that_wants_no_notice_has_none(on_stage: Stage) -> None:
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    quiet = LockSettings(lock_notice=False, lock_roles=(MEMBER,))
    await settings.change(GUILD, quiet, base=0, by=ALICE, source=AuditSource.BUTTON)
    await lock(on_stage)
    await tick(on_stage)
    assert MEMBER in rules(on_stage)
    assert read_in(on_stage) == []


# Slowmode -----------------------------------------------------------------------------------------------


async def slow(stage: Stage, **options: Any) -> str:
    return words(await stage.ask(stage.alice, "slowmode", **options))


async def test_a_slowmode_for_a_while_ends_in_what_was_before(on_stage: Stage) -> None:
    channel(on_stage).rate_limit_per_user = 5
    said = await slow(on_stage, length="1m", duration="1h", reason="a rush")
    assert "waits 1 minute until the next message" in said
    assert "then it is 5 seconds again" in said
    assert channel(on_stage).rate_limit_per_user == 60
    await slow(on_stage, length="2m", duration="2h")
    on_stage.clock.advance(seconds=HOUR)
    await tick(on_stage)
    assert channel(on_stage).rate_limit_per_user == 120, "the first one's end is not the second one's"
    on_stage.clock.advance(seconds=HOUR)
    await tick(on_stage)
    assert channel(on_stage).rate_limit_per_user == 5
    assert [one[:2] for one in await audited(on_stage)] == [
        ("slowmode.set", ALICE), ("slowmode.set", ALICE), ("slowmode.end", None),
    ]  # fmt: skip


async def test_a_slowmode_before_which_there_was_none_is_not_said_to_end_in_nothing_of_seconds(on_stage: Stage) -> None:
    said = await slow(on_stage, length="1m", duration="1h")
    assert "; then there is none." in said


async def test_a_slowmode_that_somebody_changed_meanwhile_stays_theirs(on_stage: Stage) -> None:
    await slow(on_stage, length="1m", duration="1h")
    channel(on_stage).rate_limit_per_user = 10
    on_stage.clock.advance(seconds=HOUR)
    await tick(on_stage)
    assert channel(on_stage).rate_limit_per_user == 10


async def test_a_slowmode_for_good_is_set_and_taken_off_and_that_is_all(on_stage: Stage) -> None:
    await slow(on_stage, length="30s")
    assert (await row(on_stage, kind=LockKind.SLOWMODE)).state is LockState.ENDED
    assert "has no slowmode now" in await slow(on_stage, length="0s")
    assert channel(on_stage).rate_limit_per_user == 0
    assert await tick(on_stage) == 0


# When the process dies ----------------------------------------------------------------------------------


async def _return(stage: Stage, points: CrashPoints) -> None:
    points.armed = False
    await stage.die()
    stage.arrange = None
    stage.clock.advance(seconds=LEASE.total_seconds() + 1)
    await stage.start()
    await tick(stage)


def base(stage: Stage) -> None:
    """A synced channel with a rule that the lock has to change."""
    for place in (CATEGORY, NEWS):
        channel(stage, place).overwrites = [
            Overwrite(MEMBER, OverwriteType.ROLE, allow=TEXT),
            Overwrite(GUILD, OverwriteType.ROLE, allow=1 << 11),
        ]


async def test_a_channel_is_locked_whole_or_not_at_all_wherever_the_process_dies(stage: Stage) -> None:
    furnish(stage.sandbox.world)

    async def story(points: CrashPoints) -> None:
        base(stage)
        before = rules(stage, NEWS)
        stage.arrange = points.plant
        await stage.start()
        await points.arm()
        await points.heard(await stage.alice.slash(GENERAL, "lock", channel=NEWS, role=MEMBER))
        await _return(stage, points)
        assert stage.app is not None
        found = await stage.app.services.locks.live(GUILD)
        if not found:
            assert points.seen == ["before commit"], "committed, and forgotten"
            assert rules(stage, NEWS) == before
        else:
            assert found[0].state is LockState.STANDING
            assert rules(stage, NEWS)[GUILD] == (0, TEXT)
            assert rules(stage, NEWS)[MEMBER] == (0, TEXT)
            await unlock(stage, channel=NEWS)
        assert rules(stage, NEWS) == before
        await stage.stop()

    await sweep(story)


@pytest.mark.parametrize("moved", [False, True])
async def test_a_channel_is_opened_whole_wherever_the_process_dies(stage: Stage, *, moved: bool) -> None:
    """With a category that stayed as it was, and with one that somebody changed meanwhile."""
    furnish(stage.sandbox.world)

    async def story(points: CrashPoints) -> None:
        base(stage)
        stage.arrange = points.plant
        await stage.start()
        await lock(stage, channel=NEWS, role=MEMBER)
        if moved:
            stage.sandbox.world.overwrite(CATEGORY, HELPER, allow=["send_messages"])
        await points.arm()
        await points.heard(await stage.alice.slash(GENERAL, "unlock", channel=NEWS))
        await _return(stage, points)
        assert stage.app is not None
        if await stage.app.services.locks.live(GUILD):
            assert points.seen == ["before commit"], "committed, and forgotten"
            await unlock(stage, channel=NEWS)
        assert rules(stage, NEWS) == rules(stage, CATEGORY)
        await stage.stop()

    await sweep(story)


# The whole server ---------------------------------------------------------------------------------------


async def over(stage: Stage) -> None:
    assert stage.app is not None
    for _ in range(300):
        await tick(stage)
        if await stage.app.services.batches.next_due(stage.app.bot.shard_range()) is None:
            return
        stage.clock.advance(seconds=1)
        stage.sandbox.clock.advance(1)
    raise AssertionError("it did not end")


async def test_a_whole_server_is_locked_and_just_that_is_opened_again(on_stage: Stage) -> None:
    await lock(on_stage, channel=VOICE)
    asked = await on_stage.ask(on_stage.alice, "lock", everywhere=True, duration="5h", reason="a raid")
    assert "3 channels would be locked." in words(asked)
    assert "is locked already: 1" in words(asked)
    assert "is not for those whom a lock silences: 1" in words(asked)
    await (await on_stage.alice.click(asked, "Start")).finished()
    await over(on_stage)
    assert all(rules(on_stage, place)[GUILD] == (0, TEXT) for place in (GENERAL, NEWS, FORUM))
    assert GUILD in rules(on_stage, SECRET)
    assert read_in(on_stage, NEWS) == []
    await on_stage.stop()
    await on_stage.start()
    back = await on_stage.ask(on_stage.alice, "unlock", everywhere=True)
    assert "3 channels would be opened." in words(back)
    await (await on_stage.alice.click(back, "Start")).finished()
    await over(on_stage)
    assert all(rules(on_stage, place) == {} for place in (GENERAL, NEWS, FORUM))
    assert rules(on_stage, VOICE), "what was locked alone stays locked"
    assert "I did not lock this whole server" in await unlock(on_stage, everywhere=True)


async def test_a_reason_for_unlocking_is_said_in_the_channel_and_both_audit_logs(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await lock(on_stage, reason="a raid")
    await unlock(on_stage, reason="it is over")
    assert changes(on_stage)[-1].reason == f"lock ended by member {ALICE}: it is over"
    page = await on_stage.app.services.audit.search(GUILD, AuditFilter(), count=1)
    assert (page.entries[0].record.action, page.entries[0].record.description) == ("lock.end", "it is over")
    await tick(on_stage)
    assert read_in(on_stage)[-1] == "🔓 This channel is open again.\nReason: it is over"
    await lock(on_stage)
    await unlock(on_stage)
    assert changes(on_stage)[-1].reason == f"lock ended by member {ALICE}", "the old reason is not said again"


async def test_a_locked_server_is_opened_by_undo_which_says_what_changed_since(on_stage: Stage) -> None:
    assert on_stage.app is not None
    asked = await on_stage.ask(on_stage.alice, "lock", everywhere=True)
    await (await on_stage.alice.click(asked, "Start")).finished()
    await over(on_stage)
    await unlock(on_stage, channel=NEWS)
    [batch] = await on_stage.app.services.batches.newest(GUILD, count=1)
    on_stage.sandbox.world.backend.commands[None]["undo", 1]["default_member_permissions"] = None
    back = await on_stage.ask(on_stage.alice, "undo", batch=str(batch.id), reason="it is over")
    assert "is not locked by it any more: 1" in words(back)
    await (await on_stage.alice.click(back, "Start")).finished()
    await over(on_stage)
    assert rules(on_stage, GENERAL) == {}
    assert changes(on_stage)[-1].reason == f"lock ended by member {ALICE}: it is over"
