"""Levels as members and staff see them: roles, announcements, what they bring, and everybody brought in line."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert

from bot.cogs.leveling.groups import together
from bot.db.models.leveling import MemberLevel
from bot.domain.curves import Curve
from bot.domain.features import FeatureSettings
from bot.domain.leveling import Cause, LevelChange
from bot.domain.leveling_settings import LevelSettings
from bot.domain.outbox import Target
from bot.domain.settings import Section
from bot.sandbox import World
from bot.services.role_grants import LEASE
from tests.cogs.outbox_post import mortal
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, is_private, words

STAFF, HELPER, REGULAR, ELDER, SAGE, BOSS, MOD = ((4_000 + number) << 22 for number in range(7))
HALL = (2_000 << 22) + 7
TABLE = Curve().table()


def furnish(world: World) -> None:
    """Alice may manage the server and its roles; of the other roles one stands above the bot's, one has power."""
    world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages", "embed_links"])
    world.add_role(GUILD, "Boss", id=BOSS, position=50)
    world.add_role(GUILD, "Staff", id=STAFF, permissions=["manage_roles", "manage_guild"], position=60)
    world.add_role(GUILD, "Moderator", id=MOD, permissions=["kick_members"])
    for name, role in (("Helper", HELPER), ("Regular", REGULAR), ("Elder", ELDER), ("Sage", SAGE)):
        world.add_role(GUILD, name, id=role)
    world.add_channel(GUILD, "hall", id=HALL)
    world.give_role(GUILD, ALICE, STAFF)


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish(stage.sandbox.world)
    await stage.start()
    return stage


def roles(stage: Stage, user: int = BOB) -> set[int]:
    return set(stage.sandbox.world.backend.get_member(GUILD, user).role_ids)


def said_in(stage: Stage, channel: int = GENERAL) -> list[str]:
    """What the bot said in a channel of its own accord."""
    path = f"/channels/{channel}/messages"
    return [one.json["content"] for one in stage.sandbox.requests if one.method == "POST" and one.path.endswith(path)]


async def rule(stage: Stage, model: type[Section] = LevelSettings, **chosen: object) -> None:
    assert stage.app is not None
    settings = stage.app.services.guild_settings
    before = await settings.read(GUILD, model)
    await settings.change(GUILD, before.value.model_copy(update=chosen), base=before.version, by=None)


async def rise(stage: Stage, before: int, after: int, *, user: int = BOB, cause: Cause = Cause.MESSAGES) -> None:
    """Somebody's level changes, as a flush of messages in #general would change it."""
    assert stage.app is not None
    level_ups = stage.app.services.level_ups
    change = LevelChange(user, TABLE.total(before), TABLE.total(after), cause, GENERAL)
    await stage.app.database.transact(lambda session: level_ups.apply(session, GUILD, [change]))


async def has(stage: Stage, user: int, level: int) -> None:
    assert stage.app is not None
    row = {"guild_id": GUILD, "user_id": user, "xp": TABLE.total(level), "messages": 1, "voice_seconds": 0}
    async with stage.app.database.write() as session:
        await session.execute(insert(MemberLevel), row)


async def tick(stage: Stage) -> None:
    assert stage.app is not None
    for _ in range(2):
        await stage.app.ticker.tick()
        await stage.app.ticker.finish()


async def until(stage: Stage, condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await tick(stage)
            await asyncio.sleep(0.01)


async def reward(stage: Stage, level: int, role: int | None = None, **more: Any) -> str:
    chosen = {} if role is None else {"role": role}
    return words(await stage.ask(stage.alice, "xp reward set", level=level, **chosen, **more))


async def mixed(stage: Stage) -> None:
    await reward(stage, 2, HELPER, stacking="replace")
    await reward(stage, 5, REGULAR)
    await reward(stage, 10, ELDER, stacking="replace")
    await reward(stage, 15, SAGE, stacking="replace")


# Roles --------------------------------------------------------------------------------------------------


async def test_a_skip_from_1_to_20_gives_all_roles_in_one_request_and_a_fall_to_3_takes_them(on_stage: Stage) -> None:
    await mixed(on_stage)
    await rise(on_stage, 1, 20)
    await tick(on_stage)
    assert roles(on_stage) == {REGULAR, SAGE}
    await rise(on_stage, 20, 3, cause=Cause.STAFF)
    await tick(on_stage)
    assert roles(on_stage) == {HELPER}
    patches = [one for one in on_stage.sandbox.requests if one.method == "PATCH" and "/members/" in one.path]
    assert len(patches) == 2


async def test_a_role_above_mine_is_warned_of_kept_and_shown_until_it_is_moved(on_stage: Stage) -> None:
    assert "stands above my own highest role" in await reward(on_stage, 5, BOSS)
    await reward(on_stage, 5, REGULAR)
    assert "stands above my own" in words(await on_stage.ask(on_stage.alice, "diagnose", feature="leveling"))
    await rise(on_stage, 0, 5)
    await tick(on_stage)
    assert roles(on_stage) == {REGULAR}
    listed = words(await on_stage.ask(on_stage.alice, "xp reward list"))
    assert f"<@&{BOSS}> · ⚠️ the role stands above my own highest role." in listed
    on_stage.sandbox.world.edit_role(GUILD, BOSS, position=1)
    on_stage.clock.advance(seconds=3_601)
    await until(on_stage, lambda: roles(on_stage) == {REGULAR, BOSS})


async def test_a_role_with_power_or_above_the_askers_is_never_a_reward(on_stage: Stage) -> None:
    assert "permission" in await reward(on_stage, 5, MOD)
    world = on_stage.sandbox.world
    world.edit_role(GUILD, SAGE, position=70)
    assert "only roles below your own" in await reward(on_stage, 5, SAGE)
    assert "There are none yet" in words(await on_stage.ask(on_stage.alice, "xp reward list"))


async def test_a_deleted_role_keeps_its_reward_which_diagnose_says_to_remove(on_stage: Stage) -> None:
    await reward(on_stage, 5, REGULAR, coins=30)
    await rise(on_stage, 0, 5)
    await tick(on_stage)
    on_stage.sandbox.world.remove_role(GUILD, REGULAR)
    await rise(on_stage, 0, 5, user=CAROL)
    await tick(on_stage)
    assert roles(on_stage, CAROL) == set()
    found = words(await on_stage.ask(on_stage.alice, "diagnose", feature="leveling"))
    assert "the role was deleted" in found
    assert "`/xp reward remove`" in found
    gone = await on_stage.ask(on_stage.alice, "xp reward remove", reward=f"5/{REGULAR}")
    assert "Level **5** no longer brings" in words(gone)
    assert "deleted" not in words(await on_stage.ask(on_stage.alice, "diagnose", feature="leveling"))


async def test_who_returns_gets_the_roles_of_their_level_once_they_have_accepted_the_rules(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await mixed(on_stage)
    await rise(on_stage, 0, 6)
    await tick(on_stage)
    assert roles(on_stage) == {HELPER, REGULAR}
    world.remove_member(GUILD, BOB)
    await rise(on_stage, 6, 12, cause=Cause.STAFF)
    await tick(on_stage)
    world.add_member(GUILD, BOB, pending=True)
    await on_stage.ask(on_stage.alice, "xp reward list")
    await tick(on_stage)
    assert roles(on_stage) == set()
    world.edit_member(GUILD, BOB, pending=False)
    await until(on_stage, lambda: roles(on_stage) == {REGULAR, ELDER})


async def test_who_returns_with_xp_that_was_never_rewarded_gets_its_roles(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await mixed(on_stage)
    await has(on_stage, BOB, 12)
    world.remove_member(GUILD, BOB)
    world.add_member(GUILD, BOB)
    await until(on_stage, lambda: roles(on_stage) == {REGULAR, ELDER})


# Words --------------------------------------------------------------------------------------------------


async def test_a_level_is_announced_in_the_channel_and_pings_only_who_wants_it(on_stage: Stage) -> None:
    await reward(on_stage, 5, REGULAR, coins=500, message="Welcome among the regulars!")
    await rise(on_stage, 4, 5)
    await tick(on_stage)
    assert said_in(on_stage) == [f"<@{BOB}> reached level 5!\n🎁 <@&{REGULAR}>, 500 coins\nWelcome among the regulars!"]
    answer = await on_stage.ask(on_stage.bob, "level notify", ping=True)
    assert is_private(answer)
    assert "You are pinged" in words(answer)
    on_stage.clock.advance(seconds=60)
    await rise(on_stage, 5, 10)
    await tick(on_stage)
    last = [one for one in on_stage.sandbox.requests if one.path.endswith(f"/channels/{GENERAL}/messages")][-1]
    assert last.json["allowed_mentions"]["users"] == [BOB]


async def test_a_channel_that_cannot_be_written_to_stops_no_reward_and_is_told_elsewhere(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await rule(on_stage, announce_channel=HALL)
    await reward(on_stage, 5, REGULAR)
    world.overwrite(GENERAL, world.bot_id, deny=["send_messages"])
    await rise(on_stage, 0, 5)
    await until(on_stage, lambda: said_in(on_stage, HALL) != [])
    assert roles(on_stage) == {REGULAR}
    assert said_in(on_stage, HALL) == [f"<@{BOB}> reached level 5!\n🎁 <@&{REGULAR}>"]


async def test_a_closed_direct_message_stops_nothing(on_stage: Stage) -> None:
    await rule(on_stage, announce="dm")
    await reward(on_stage, 5, REGULAR)
    on_stage.sandbox.world.close_dms(BOB)
    await rise(on_stage, 0, 5)
    await tick(on_stage)
    assert roles(on_stage) == {REGULAR}
    assert on_stage.app is not None
    [lost] = await on_stage.app.services.outbox.given_up(GUILD)
    assert lost.destination.target is Target.USER


async def test_a_preview_shows_the_words_and_the_place_and_what_is_in_the_way(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await reward(on_stage, 5, REGULAR)
    shown = words(await on_stage.ask(on_stage.alice, "xp announce"))
    assert f"<@{ALICE}> reached level 5!\n🎁 <@&{REGULAR}>" in shown
    assert "where the member wrote" in shown
    await rule(on_stage, announce="channel", announce_channel=HALL, announce_text="**{server}**: {member}, {level}")
    world.overwrite(HALL, world.bot_id, deny=["send_messages"])
    shown = words(await on_stage.ask(on_stage.alice, "xp announce"))
    assert f"**Village**: <@{ALICE}>, 5" in shown
    assert f"I lack Send Messages in <#{HALL}>." in shown


# What levels bring ----------------------------------------------------------------------------------------


async def test_members_see_what_levels_bring_and_how_far_they_are(on_stage: Stage) -> None:
    assert "Nothing yet" in words(await on_stage.ask(on_stage.bob, "level rewards"))
    await mixed(on_stage)
    await has(on_stage, BOB, 6)
    answer = await on_stage.ask(on_stage.bob, "level rewards")
    shown = words(answer)
    assert is_private(answer)
    assert "level **6**" in shown
    assert f"✅ **5** · <@&{REGULAR}>" in shown
    assert f"▫️ **10** · <@&{ELDER}> (goes with the next) · 3,050 XP to go" in shown


async def test_wishes_are_kept_and_shown(on_stage: Stage) -> None:
    assert "named without a ping" in words(await on_stage.ask(on_stage.bob, "level notify"))
    await on_stage.ask(on_stage.bob, "level notify", nameless=True)
    await on_stage.ask(on_stage.bob, "level notify", ping=True)
    shown = words(await on_stage.ask(on_stage.bob, "level notify"))
    assert "You are pinged" in shown
    assert "show you as somebody" in shown


async def test_only_staff_decides_what_levels_bring(on_stage: Stage) -> None:
    commands: dict[str, dict[str, Any]] = {
        "xp reward set": {"level": 5, "coins": 5}, "xp reward remove": {"reward": "5"}, "xp reward list": {},
        "xp sync": {}, "xp announce": {},
    }  # fmt: skip
    on_stage.sandbox.world.show_command(GUILD, "xp", BOB, allowed=True)
    for command, options in commands.items():
        assert "Manage Server" in words(await on_stage.ask(on_stage.bob, command, **options)), command


async def test_nothing_works_where_leveling_is_off(on_stage: Stage) -> None:
    await rule(on_stage, FeatureSettings, leveling=False)
    for who, command in ((on_stage.bob, "level rewards"), (on_stage.bob, "level notify"), (on_stage.alice, "xp sync")):
        assert "Leveling" in words(await on_stage.ask(who, command))


async def test_a_reward_that_brings_nothing_or_is_not_there_is_refused(on_stage: Stage) -> None:
    assert "needs a role, coins or a message" in await reward(on_stage, 5)
    for named in ("5", "five", "5/x"):
        assert "no reward" in words(await on_stage.ask(on_stage.alice, "xp reward remove", reward=named))


async def test_a_reward_is_removed_by_its_level_or_what_is_in_it_if_that_is_clear(on_stage: Stage) -> None:
    await mixed(on_stage)
    await reward(on_stage, 5, coins=50)
    await reward(on_stage, 50, coins=50)

    async def remove(named: str) -> str:
        return words(await on_stage.ask(on_stage.alice, "xp reward remove", reward=named))

    assert "I know no reward 5." in await remove("5"), "two are at that level"
    assert "Level **50** no longer brings" in await remove("level 50")
    assert f"<@&{ELDER}>" in await remove("elder")
    assert "Level **5** no longer brings" in await remove("50 coins")
    assert f"<@&{REGULAR}>" in await remove("5")
    assert f"<@&{HELPER}>" in await remove("2")
    left = words(await on_stage.ask(on_stage.alice, "xp reward list"))
    assert f"<@&{SAGE}>" in left
    assert str(REGULAR) not in left


async def test_who_is_past_a_new_reward_is_counted_and_sync_is_named_only_for_a_role(on_stage: Stage) -> None:
    await has(on_stage, BOB, 12)
    assert "`/xp sync` gives them the role" in await reward(on_stage, 5, role=REGULAR)
    coins = await reward(on_stage, 6, coins=7)
    assert "1 member has reached that level already; coins and message" in coins
    assert "/xp sync" not in coins


# Everybody in line ----------------------------------------------------------------------------------------


async def test_a_sync_shows_who_before_it_gives_and_takes(on_stage: Stage) -> None:
    assert on_stage.app is not None
    on_stage.app.bot.batches.live.interval = 0.01
    await has(on_stage, BOB, 12)
    await has(on_stage, CAROL, 6)
    await mixed(on_stage)
    shown = await on_stage.ask(on_stage.alice, "xp sync")
    assert "2 members would get the roles that their levels say" in words(shown)
    assert f"+2 <@&{REGULAR}>" in words(shown)
    assert roles(on_stage) == set()
    await (await on_stage.alice.click(shown, "Start")).finished()
    await until(on_stage, lambda: (roles(on_stage), roles(on_stage, CAROL)) == ({REGULAR, ELDER}, {REGULAR, HELPER}))
    await until(on_stage, lambda: True)
    assert "nobody" in words(await on_stage.ask(on_stage.alice, "xp sync")).lower()


async def test_a_skip_is_given_and_told_once_wherever_the_process_dies(stage: Stage) -> None:
    furnish(stage.sandbox.world)
    await stage.start()
    await mixed(stage)
    await stage.stop()
    people = iter(range(1_000))

    async def story(points: CrashPoints) -> None:
        user = stage.sandbox.world.add_member(GUILD, f"guest{next(people)}")
        stage.arrange = points.plant
        await stage.start()
        await points.arm()
        await mortal(rise(stage, 1, 20, user=user))
        await mortal(tick(stage))
        promised = points.seen != ["before commit"]
        points.armed = False
        if points.died.is_set():
            await stage.die()
            stage.arrange = None
            stage.clock.advance(seconds=LEASE.total_seconds() + 1)
            await stage.start()
        await tick(stage)
        await tick(stage)
        assert roles(stage, user) == ({REGULAR, SAGE} if promised else set())
        seen = stage.sandbox.view(BOB).messages(GENERAL)
        on_screen = [one for one in seen if f"<@{user}> reached" in one.content]
        assert len(on_screen) == promised
        await stage.stop()
        stage.clock.advance(seconds=120)

    await sweep(story)


def test_two_parts_of_a_group_never_hide_each_others_commands() -> None:
    class One:
        def add(self) -> None: ...

    class Two:
        def add(self) -> None: ...

    class Both(One, Two): ...

    with pytest.raises(TypeError, match="Two hides add"):
        together(Both)  # type: ignore[type-var]
