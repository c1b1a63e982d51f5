"""The first words of the bot in a server: to whoever added it, once, and nowhere else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from discord import AppCommandType
from sqlalchemy import select

from bot.cogs.guilds import _guild_seen
from bot.db.models.core import Guild, Member, User
from bot.domain.features import Feature
from bot.domain.outbox import MessageState
from bot.settings import Settings
from tests.cogs.outbox_post import by_real_time, die_and_return, found, letters, mortal, pass_time, shown, tick, until
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, ELSEWHERE, GUILD, OTHER_GUILD, OUTSIDER, Stage


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    by_real_time(stage)
    await stage.start()
    return stage


def a_new_guild(stage: Stage, *, staff_room: bool = True) -> tuple[int, int | None]:
    """Alice's server, which the bot is not in yet, with a hidden room for Bob; and its staff's room."""
    world = stage.sandbox.world
    with world.without_bot():
        guild = world.add_guild("New_comers", owner=ALICE)
        world.add_member(guild, BOB)
        world.add_member(guild, CAROL)
        world.add_channel(guild, "general")
        guests = world.add_channel(guild, "guests-of-honour", hidden_from_everyone=True)
        world.overwrite(guests, world.add_role(guild, "guest"), allow=["view_channel"])
        with_bob = world.add_channel(guild, "with-bob", hidden_from_everyone=True)
        world.overwrite(with_bob, BOB, allow=["view_channel"])
        if not staff_room:
            return guild, None
        room = world.add_channel(guild, "staff", hidden_from_everyone=True)
        keepers = world.add_role(guild, "keepers", permissions=["kick_members"])
        world.overwrite(room, keepers, allow=["view_channel"])
        world.give_role(guild, CAROL, keepers)
    return guild, room


async def joined(stage: Stage, guild: int) -> None:
    """Wait until the bot has written that it is there."""
    async with asyncio.timeout(10):
        while await _joined_at(stage, guild) is None:
            await asyncio.sleep(0.01)


async def _joined_at(stage: Stage, guild: int) -> Any:
    assert stage.app is not None
    async with stage.app.database.read() as session:
        query = select(Guild.joined_at).where(Guild.id == guild, Guild.left_at.is_(None))
        return (await session.execute(query)).scalar_one_or_none()


def all_said(stage: Stage, guild: int) -> list[str]:
    """Everything in the channels of a guild."""
    backend = stage.sandbox.world.backend
    rooms = backend.guilds[guild].channel_ids
    return [message.content for room in rooms for message in backend.messages.get(room, {}).values()]


async def test_whoever_added_the_bot_is_told_once_what_it_does(on_stage: Stage) -> None:
    guild, _ = a_new_guild(on_stage)
    on_stage.sandbox.world.invite_bot(guild, by=BOB)
    await until(on_stage, lambda: bool(letters(on_stage, BOB)))
    pass_time(on_stage, 600)
    await tick(on_stage)
    [letter] = letters(on_stage, BOB)
    assert letter.content.startswith("Hello! I am **Folkmoot**, and I was just added to **New\\_comers**.")
    assert on_stage.app is not None
    slash = AppCommandType.chat_input
    commands = {f"/{command.name}" for command in on_stage.app.bot.tree.get_commands(type=slash)}
    assert commands >= {word.strip("`,") for word in letter.content.split() if word.startswith("`/")}
    told = {chapter.title: chapter.summary for chapter in on_stage.app.bot.chapters if chapter.feature is not None}
    assert len(told) == len(Feature)
    assert all(f"**{title}**: {summary}" in letter.content for title, summary in told.items())
    assert letters(on_stage, ALICE) == []
    assert all_said(on_stage, guild) == []


async def test_without_the_audit_log_the_owner_is_told(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    guild, _ = a_new_guild(on_stage)
    with world.without_bot():
        world.set_bot_permissions(guild, ["view_channel", "send_messages"])
    world.invite_bot(guild, by=BOB)
    await until(on_stage, lambda: bool(letters(on_stage, ALICE)))
    assert letters(on_stage, BOB) == []
    assert not [seen for seen in on_stage.sandbox.requests if "audit-logs" in seen.path], "not asked for what is closed"


@pytest.mark.parametrize("status", [500, 503])
async def test_an_audit_log_that_does_not_answer_keeps_nobody_from_being_told(on_stage: Stage, status: int) -> None:
    on_stage.sandbox.faults.server_error("/guilds/*/audit-logs", status=status, times=None)
    guild, _ = a_new_guild(on_stage)
    on_stage.sandbox.world.invite_bot(guild, by=BOB)
    await until(on_stage, lambda: bool(letters(on_stage, ALICE)))


async def test_if_they_take_no_messages_the_staffs_room_is_told_and_no_other(on_stage: Stage) -> None:
    guild, staff = a_new_guild(on_stage)
    assert staff is not None
    on_stage.sandbox.world.close_dms(BOB)
    on_stage.sandbox.world.invite_bot(guild, by=BOB)
    await until(on_stage, lambda: bool(all_said(on_stage, guild)))
    pass_time(on_stage, 600)
    await tick(on_stage)
    assert len(all_said(on_stage, guild)) == 1
    assert shown(on_stage, staff, CAROL)[0].startswith("Hello! I am **Folkmoot**")


async def test_without_a_room_for_staff_nothing_is_said_and_the_reason_is_kept(on_stage: Stage) -> None:
    guild, _ = a_new_guild(on_stage, staff_room=False)
    on_stage.sandbox.world.close_dms(BOB)
    on_stage.sandbox.world.invite_bot(guild, by=BOB)
    await joined(on_stage, guild)
    await tick(on_stage)
    stored = await found(on_stage, f"first-contact:{(await _joined_at(on_stage, guild)).isoformat()}", guild)
    assert stored is not None
    assert stored.state is MessageState.FAILED
    assert stored.error is not None
    assert "they take no direct messages" in stored.error
    assert all_said(on_stage, guild) == []


async def test_servers_that_the_bot_knows_hear_nothing_at_a_start(on_stage: Stage) -> None:
    await tick(on_stage)
    await on_stage.stop()
    await on_stage.start()
    assert await tick(on_stage) == 0
    assert not [seen for seen in on_stage.sandbox.requests if seen.path == "/users/@me/channels"]


async def test_news_that_come_twice_are_told_once_and_a_return_is_news_again(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    guild, _ = a_new_guild(on_stage)
    world.invite_bot(guild, by=BOB)
    await until(on_stage, lambda: len(letters(on_stage, BOB)) == 1)
    world.backend.emit("GUILD_CREATE", {"id": str(guild)})
    await asyncio.sleep(0.2)
    assert await tick(on_stage) == 0
    world.expel_bot(guild)
    async with asyncio.timeout(10):
        while await _joined_at(on_stage, guild) is not None:
            await asyncio.sleep(0.01)
    world.invite_bot(guild, by=CAROL)
    await until(on_stage, lambda: len(letters(on_stage, CAROL)) == 1)
    assert len(letters(on_stage, BOB)) == 1


async def test_first_words_that_die_anywhere_are_said_once_if_the_joining_was_written(stage: Stage) -> None:
    by_real_time(stage)
    said_before = 0
    runs = 0

    async def story(points: CrashPoints) -> None:
        nonlocal said_before, runs
        runs += 1
        stage.arrange = points.plant
        app = await stage.start()
        guild, _ = a_new_guild(stage)
        await points.arm()
        stage.sandbox.world.invite_bot(guild, by=BOB)
        await _welcomed_or_dead(stage, points, guild)
        await mortal(tick(stage))
        assert app.bot.get_guild(guild) is not None
        seen = list(points.seen)
        await die_and_return(stage, points, after=61 if runs % 2 else 600)
        new = len(letters(stage, BOB)) - said_before
        written = "after commit" in seen
        assert new == int(written), "once if it was written, and never if it was not"
        said_before += new
        await stage.stop()

    points = await sweep(story)
    assert points[0] == "before GET /guilds/…/…", "the audit log"
    assert any("POST /users/@me/channels" in point for point in points)


async def test_a_sighting_that_waits_when_the_bot_is_removed_does_not_bring_the_guild_back(on_stage: Stage) -> None:
    app = on_stage.app
    assert app is not None
    here = app.bot.get_guild(OTHER_GUILD)
    assert here is not None
    app.recorder.guild(_guild_seen(here))
    on_stage.sandbox.world.expel_bot(OTHER_GUILD)
    async with asyncio.timeout(10):
        while await _joined_at(on_stage, OTHER_GUILD) is not None:
            await asyncio.sleep(0.01)
    await app.recorder.flush()
    assert await left(on_stage) == [OTHER_GUILD]


async def test_a_guild_that_is_back_when_the_bot_starts_is_no_longer_to_be_erased(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await on_stage.app.services.guilds.leave(OTHER_GUILD)
    assert await left(on_stage) == [OTHER_GUILD]
    await on_stage.stop()
    await on_stage.start()
    assert await left(on_stage) == [], "written before the bot says that it is settled, for then the ticker erases"


async def left(stage: Stage) -> list[int]:
    """The guilds that wait to be erased."""
    assert stage.app is not None
    async with stage.app.database.read() as session:
        return list((await session.execute(select(Guild.id).where(Guild.erase_at.is_not(None)))).scalars())


async def test_nobody_is_recorded_in_a_guild_that_is_not_on_the_list(stage: Stage) -> None:
    stage.sandbox.faults.server_error(f"/users/@me/guilds/{OTHER_GUILD}", method="DELETE", times=None)
    stage.settings = Settings(allowed_guild_ids=frozenset({GUILD}), default_features=frozenset({"all"}))
    app = await stage.start()
    outsider = stage.sandbox.as_member(OTHER_GUILD, OUTSIDER)
    await (await outsider.slash(ELSEWHERE, "balance")).finished()
    await outsider.say(ELSEWHERE, "Hello?")
    stage.sandbox.world.add_member(OTHER_GUILD, "newcomer")
    stage.sandbox.world.remove_member(OTHER_GUILD, stage.sandbox.world.add_member(OTHER_GUILD, "passing by"))
    stage.sandbox.world.backend.emit("GUILD_UPDATE", {"id": str(OTHER_GUILD), "name": "Elsewhere, renamed"})
    await stage.ask(stage.alice, "balance")  # what came before it has been seen by now
    await app.recorder.flush()
    async with app.database.read() as session:
        assert list((await session.execute(select(User.id))).scalars()) == [ALICE]
        assert list((await session.execute(select(Member.guild_id))).scalars()) == [GUILD]
        assert list((await session.execute(select(Guild.id))).scalars()) == [GUILD]
    stage.sandbox.faults.clear()


async def _welcomed_or_dead(stage: Stage, points: CrashPoints, guild: int) -> None:
    async with asyncio.timeout(10):
        while not points.died.is_set() and await _joined_at(stage, guild) is None:
            await asyncio.sleep(0.01)
