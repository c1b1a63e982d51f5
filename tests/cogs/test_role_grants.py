"""Roles as members and staff see them: given once, ended on time, left alone where they are somebody else's."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bot.domain.role_grants import Grant, GrantState
from bot.domain.roles import Problem
from bot.sandbox import CannotDo, World
from bot.services.role_grants import LEASE
from tests.cogs.outbox_post import mortal
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, ROBOT, Stage, is_private, words

STAFF, VIP, GUEST, BOSS, MOD = ((4_000 + number) << 22 for number in range(5))
PATCHES = "/guilds/*/members/*"
HOUR = 3_600


def furnish(world: World) -> None:
    """Alice is staff; of the other roles one stands above the bot's, and one has power."""
    world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages"])
    world.add_role(GUILD, "Boss", id=BOSS, position=50)
    world.add_role(GUILD, "Staff", id=STAFF, permissions=["manage_roles"])
    world.add_role(GUILD, "Moderator", id=MOD, permissions=["kick_members"])
    world.add_role(GUILD, "Guest", id=GUEST)
    world.add_role(GUILD, "VIP", id=VIP)
    world.give_role(GUILD, ALICE, STAFF)


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish(stage.sandbox.world)
    await stage.start()
    return stage


def roles(stage: Stage, user: int = BOB) -> set[int]:
    return set(stage.sandbox.world.backend.get_member(GUILD, user).role_ids)


def patches(stage: Stage) -> list[Any]:
    return [one for one in stage.sandbox.requests if one.method == "PATCH" and "/members/" in one.path]


async def want(stage: Stage, user: int = BOB, role: int = VIP, source: str = "shop:1", **more: Any) -> None:
    assert stage.app is not None
    grants = stage.app.services.role_grants
    await stage.app.database.transact(
        lambda session: grants.want(session, GUILD, user, role, source=source, **more), idempotent=True
    )


async def end(stage: Stage, user: int = BOB, role: int = VIP, source: str = "shop:1") -> None:
    assert stage.app is not None
    grants = stage.app.services.role_grants
    await stage.app.database.transact(lambda session: grants.end(session, GUILD, user, role, source=source))


async def tick(stage: Stage) -> int:
    assert stage.app is not None
    claimed = await stage.app.ticker.tick()
    await stage.app.ticker.finish()
    claimed += await stage.app.ticker.tick()
    await stage.app.ticker.finish()
    return claimed


async def until(stage: Stage, condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await tick(stage)
            await asyncio.sleep(0.01)


async def grants(stage: Stage, user: int = BOB) -> tuple[Grant, ...]:
    assert stage.app is not None
    return (await stage.app.services.role_grants.list_(GUILD, user)).grants


async def heard(stage: Stage) -> None:
    """The bot has heard all that the gateway had to say: it answers what was asked after it."""
    await stage.ask(stage.alice, "role list")


# What staff sees ----------------------------------------------------------------------------------------


async def test_staff_gives_a_role_for_a_while_and_it_ends_by_itself_also_over_a_restart(on_stage: Stage) -> None:
    answer = await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP, duration="2h", reason="won *it*")
    ends = int((on_stage.clock.now()).timestamp()) + 2 * HOUR
    assert is_private(answer)
    assert f"<@{BOB}> has <@&{VIP}> now, until <t:{ends}:f>" in words(answer)
    assert roles(on_stage) == {VIP}
    [patch] = patches(on_stage)
    assert patch.reason == f"granted by staff (member {ALICE}): won *it*"
    listed = words(await on_stage.ask(on_stage.alice, "role list"))
    assert f"<@&{VIP}> · <@{BOB}> · given by staff · by <@{ALICE}> · until <t:{ends}:f> (<t:{ends}:R>)" in listed
    assert "won \\*it\\*" in listed
    await on_stage.stop()
    on_stage.clock.advance(seconds=2 * HOUR + 1)
    await on_stage.start()
    await tick(on_stage)
    assert roles(on_stage) == set()
    assert "I give nobody a role here." in words(await on_stage.ask(on_stage.alice, "role list"))


async def test_who_gives_each_role_is_listed_in_words_in_any_language(on_stage: Stage) -> None:
    await want(on_stage, source="level:5")
    await want(on_stage, user=ALICE, source="shop:81985529216486895")
    await want(on_stage, role=GUEST, source="hand:7")
    listed = words(await on_stage.ask(on_stage.alice, "role list"))
    assert f"<@{BOB}> · given by the reward of level 5 · for good" in listed
    assert f"<@{ALICE}> · given by the shop · for good" in listed
    assert f"<@&{GUEST}> · <@{BOB}> · given by staff (to many at once) · for good" in listed
    german = on_stage.sandbox.as_member(GUILD, ALICE, locale="de")
    listed = words(await on_stage.ask(german, "role list"))
    assert "vergeben von dem Team (an viele auf einmal)" in listed
    assert "level:5" not in listed
    assert "shop:" not in listed


async def test_staff_ends_what_it_gave_and_is_told_what_that_means(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP)
    assert "no longer has" in words(await on_stage.ask(on_stage.alice, "role end", member=BOB, role=VIP))
    assert roles(on_stage) == set()
    refused = words(await on_stage.ask(on_stage.alice, "role end", member=BOB, role=VIP))
    assert "nothing to end" in refused
    await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP)
    await want(on_stage)
    await tick(on_stage)
    stays = words(await on_stage.ask(on_stage.alice, "role end", member=BOB, role=VIP))
    assert "also given to" in stays
    assert "by the shop, so it stays" in stays
    assert roles(on_stage) == {VIP}


async def test_while_discord_has_not_shown_us_ourselves_staff_is_told_to_try_again(on_stage: Stage) -> None:
    assert on_stage.app is not None
    guild = on_stage.app.bot.get_guild(GUILD)
    assert guild is not None
    us = guild.me.id
    guild._remove_member(guild.me)
    commands: dict[str, dict[str, int]] = {"role give": {"member": BOB, "role": VIP}, "role give-many": {"role": VIP}}
    for command, options in commands.items():
        answer = words(await on_stage.ask(on_stage.alice, command, **options))
        assert "Discord doesn't answer me just now" in answer
    guild._remove_member(guild.me)  # discord.py had put one in its place
    await on_stage.alice.say(GENERAL, f"<@{us}> role give member:<@{BOB}> role:<@&{VIP}>")
    async with asyncio.timeout(5):
        while "Discord doesn't answer me" not in words(on_stage.sandbox.view(ALICE).messages(GENERAL)[-1]):
            await asyncio.sleep(0.01)
    assert roles(on_stage) == set()
    assert not (await on_stage.app.services.role_grants.list_(GUILD)).grants


async def test_who_had_the_role_already_keeps_it_and_staff_is_told(on_stage: Stage) -> None:
    on_stage.sandbox.world.give_role(GUILD, BOB, VIP)
    answer = words(await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP, duration="1h"))
    assert "They had it before, so I won't take it away." in answer
    on_stage.clock.advance(seconds=HOUR)
    await tick(on_stage)
    assert roles(on_stage) == {VIP}
    assert patches(on_stage) == []


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (GUILD, "Everybody has that role"),
        (STAFF, "only roles below your own highest role"),
        (BOSS, "only roles below your own highest role"),
        (MOD, "**Kick Members**"),
    ],
)
async def test_a_role_that_is_not_handed_out_is_refused_at_once(on_stage: Stage, role: int, said: str) -> None:
    assert said in words(await on_stage.ask(on_stage.alice, "role give", member=BOB, role=role))
    assert await grants(on_stage) == ()
    assert await tick(on_stage) == 0


async def test_a_role_above_the_bots_or_a_bots_own_is_refused_to_those_who_stand_higher_still(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    world.edit_role(GUILD, STAFF, position=60)
    await heard(on_stage)
    told = {
        role: words(await on_stage.ask(on_stage.alice, "role give", member=BOB, role=role))
        for role in (BOSS, world.bot_role(GUILD))
    }
    assert "above my own highest role" in told[BOSS]
    assert "managed by Discord" in told[world.bot_role(GUILD)]
    world.set_bot_permissions(GUILD, ["view_channel"])
    await heard(on_stage)
    lame = words(await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP))
    assert "I need the permission **Manage Roles**" in lame


@pytest.mark.parametrize("duration", ["soon", "5s", "9999999w"])
async def test_a_duration_that_makes_no_sense_is_refused(on_stage: Stage, duration: str) -> None:
    said = words(await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP, duration=duration))
    assert said.startswith(f"`{duration}` won't do: **Duration** must be")
    assert roles(on_stage) == set()


async def test_members_are_not_offered_the_command_and_a_forged_use_is_refused(on_stage: Stage) -> None:
    with pytest.raises(CannotDo):
        await on_stage.bob.slash(GENERAL, "role give", member=BOB, role=VIP)
    world = on_stage.sandbox.world
    commands = world.backend.commands[None]
    commands["role", 1]["default_member_permissions"] = None  # an admin may open a command to everyone
    said = words(await on_stage.ask(on_stage.bob, "role give", member=BOB, role=VIP))
    assert said == "For this you need the permission **Manage Roles**."
    assert roles(on_stage) == set()


# What members see ---------------------------------------------------------------------------------------


async def test_a_role_is_there_a_second_after_its_cause_and_gone_two_after_its_end(on_stage: Stage) -> None:
    assert on_stage.app is not None
    on_stage.app.ticker.start()
    await asyncio.sleep(0.2)
    for act, wanted in ((want, {VIP}), (end, set[int]())):
        began = time.monotonic()
        await act(on_stage)
        async with asyncio.timeout(5):
            while roles(on_stage) != wanted:
                await asyncio.sleep(0.01)
        assert time.monotonic() - began < 1


async def test_everything_of_a_member_is_one_patch_that_keeps_what_is_not_ours(on_stage: Stage) -> None:
    on_stage.sandbox.world.give_role(GUILD, BOB, BOSS)
    await want(on_stage, role=VIP)
    await tick(on_stage)
    await end(on_stage, role=VIP)
    await want(on_stage, role=GUEST, source="level:5")
    await want(on_stage, role=GUEST, source="shop:9")
    await tick(on_stage)
    assert roles(on_stage) == {BOSS, GUEST}
    assert [set(map(int, patch.json["roles"])) for patch in patches(on_stage)] == [{BOSS, VIP}, {BOSS, GUEST}]


async def test_a_role_taken_off_by_hand_stays_off_and_staff_sees_why(on_stage: Stage) -> None:
    await want(on_stage)
    await tick(on_stage)
    on_stage.sandbox.world.take_role(GUILD, BOB, VIP)
    await heard(on_stage)
    await until(on_stage, lambda: True)
    on_stage.clock.advance(seconds=HOUR + 1)
    await tick(on_stage)
    assert roles(on_stage) == set()
    assert "**taken off by hand**" in words(await on_stage.ask(on_stage.alice, "role list"))
    await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP)
    assert roles(on_stage) == {VIP}


async def test_a_role_taken_off_somebody_in_voice_is_noticed_as_well(on_stage: Stage) -> None:
    """They are remembered by discord.py while they are there, and others are not."""
    room = on_stage.sandbox.world.add_channel(GUILD, "room", kind="voice")
    await on_stage.bob.join_voice(room)
    await want(on_stage)
    await tick(on_stage)
    on_stage.sandbox.world.take_role(GUILD, BOB, VIP)
    await heard(on_stage)
    await until(on_stage, lambda: True)
    on_stage.clock.advance(seconds=HOUR + 1)
    await tick(on_stage)
    assert roles(on_stage) == set()
    assert "**taken off by hand**" in words(await on_stage.ask(on_stage.alice, "role list"))


async def test_who_returns_gets_the_role_back_once_they_have_accepted_the_rules(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await want(on_stage)
    await tick(on_stage)
    world.remove_member(GUILD, BOB)
    await want(on_stage, role=GUEST)
    await tick(on_stage)
    assert {grant.problem for grant in await grants(on_stage)} == {Problem.AWAY}
    assert "not in the server" in words(await on_stage.ask(on_stage.alice, "role list"))
    world.add_member(GUILD, BOB, pending=True)
    await heard(on_stage)
    await tick(on_stage)
    assert roles(on_stage) == set()
    assert "not accepted" in words(await on_stage.ask(on_stage.alice, "role list"))
    world.edit_member(GUILD, BOB, pending=False)
    await until(on_stage, lambda: roles(on_stage) == {VIP, GUEST})
    assert len(patches(on_stage)) == 2


async def test_a_role_that_ends_while_its_member_is_away_is_not_given_when_they_return(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP, duration="1h")
    await on_stage.ask(on_stage.alice, "role give", member=CAROL, role=VIP, duration="1h")
    world.remove_member(GUILD, BOB)
    world.remove_member(GUILD, CAROL)
    on_stage.clock.advance(seconds=HOUR)
    await tick(on_stage)
    world.add_member(GUILD, BOB)
    world.add_member(GUILD, CAROL, roles=[VIP])  # another bot restores roles
    await heard(on_stage)
    await until(on_stage, lambda: not roles(on_stage, CAROL))
    assert roles(on_stage) == set()
    assert [*await grants(on_stage), *await grants(on_stage, CAROL)] == []


async def test_what_happened_while_the_bot_was_away_is_found_after_its_start(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    for user in (ALICE, BOB, CAROL, ROBOT):
        await want(on_stage, user=user)
    await tick(on_stage)
    await on_stage.stop()
    world.remove_member(GUILD, BOB)
    world.add_member(GUILD, BOB)
    world.take_role(GUILD, CAROL, VIP)
    world.remove_member(GUILD, ROBOT)
    before = len(patches(on_stage))
    await on_stage.start()
    await tick(on_stage)
    assert (roles(on_stage, BOB), roles(on_stage, CAROL)) == ({VIP}, set())
    [carol] = await grants(on_stage, CAROL)
    [robot] = await grants(on_stage, ROBOT)
    assert (carol.state, robot.problem) == (GrantState.DECLINED, Problem.AWAY)
    looked = [one.path for one in on_stage.sandbox.requests if one.method == "GET" and "/members/" in one.path]
    assert len(patches(on_stage)) - before == 1
    assert not any(path.endswith(str(ALICE)) for path in looked[4:]), "what is as it should be costs no request"


# When Discord does not play along -----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["429", "503", "503 after", "lost answer", "lost request"])
async def test_a_try_that_failed_is_repeated_and_the_role_is_ours_all_the_same(on_stage: Stage, how: str) -> None:
    faults = on_stage.sandbox.faults
    match how:
        case "429":
            faults.rate_limit(PATCHES, method="PATCH", retry_after=0.1)
        case "503":
            faults.server_error(PATCHES, method="PATCH", status=503)
        case "503 after":
            faults.server_error(PATCHES, method="PATCH", status=503, when="after")
        case "lost answer":
            faults.lose_answer(PATCHES, method="PATCH")
        case _:
            faults.lose_request(PATCHES, method="PATCH")
    await want(on_stage)
    await tick(on_stage)
    on_stage.clock.advance(seconds=1)
    await tick(on_stage)
    assert roles(on_stage) == {VIP}
    [grant] = await grants(on_stage)
    assert (grant.state, grant.applied) == (GrantState.HELD, True)
    await end(on_stage)
    await tick(on_stage)
    assert roles(on_stage) == set()


async def test_a_role_that_was_deleted_or_moved_up_fails_with_its_reason_and_heals_within_an_hour(
    on_stage: Stage,
) -> None:
    world = on_stage.sandbox.world
    await want(on_stage, role=BOSS)
    await want(on_stage, role=MOD)
    await want(on_stage, role=VIP)
    world.remove_role(GUILD, VIP)
    await heard(on_stage)
    await tick(on_stage)
    assert {grant.role_id: grant.problem for grant in await grants(on_stage)} == {
        BOSS: Problem.ABOVE_ME,
        MOD: Problem.DANGEROUS,
        VIP: Problem.ROLE_GONE,
    }
    assert patches(on_stage) == []
    listed = words(await on_stage.ask(on_stage.alice, "role list", member=BOB))
    assert "**the role stands above my own highest role.**" in listed
    assert "**the role was deleted.**" in listed
    world.edit_role(GUILD, BOSS, position=1)
    await heard(on_stage)
    on_stage.clock.advance(seconds=HOUR)
    await tick(on_stage)
    assert roles(on_stage) == {BOSS}


async def test_what_discord_refuses_against_expectation_is_kept_with_its_words_and_tried_again(
    on_stage: Stage,
) -> None:
    await tick(on_stage)
    fault = on_stage.sandbox.faults.server_error(PATCHES, method="PATCH", status=403)
    fault.code = 50013
    answer = words(await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP))
    assert "does not get" in answer
    assert "Discord refuses it" in answer
    [grant] = await grants(on_stage)
    assert grant.detail is not None
    assert grant.detail.startswith("403 (error 50013)")
    assert await tick(on_stage) == 0
    on_stage.clock.advance(seconds=HOUR)
    await tick(on_stage)
    assert roles(on_stage) == {VIP}


async def test_a_slow_server_does_not_hold_up_the_ticker(on_stage: Stage) -> None:
    assert on_stage.app is not None
    on_stage.sandbox.faults.delay(PATCHES, seconds=3)
    await want(on_stage)
    began = time.monotonic()
    await on_stage.app.ticker.tick()
    assert time.monotonic() - began < 2
    await on_stage.app.ticker.finish()
    assert roles(on_stage) == {VIP}


# When the process dies ----------------------------------------------------------------------------------


async def _return(stage: Stage, points: CrashPoints) -> None:
    points.armed = False
    await stage.die()
    stage.arrange = None
    stage.clock.advance(seconds=LEASE.total_seconds() + 1)
    await stage.start()
    await tick(stage)


async def test_a_role_that_was_promised_is_given_and_taken_once_wherever_the_process_dies(stage: Stage) -> None:
    furnish(stage.sandbox.world)

    async def story(points: CrashPoints) -> None:
        before = len(patches(stage))
        stage.arrange = points.plant
        await stage.start()
        await points.arm()
        await mortal(want(stage))
        await mortal(tick(stage))
        await _return(stage, points)
        promised = len(await grants(stage))
        assert promised or points.seen == ["before commit"], "committed, and forgotten"
        assert roles(stage) == ({VIP} if promised else set())
        assert all(grant.applied for grant in await grants(stage))
        assert len(patches(stage)) - before == promised
        await end(stage)  # nothing of it stays for the next story
        await tick(stage)
        assert roles(stage) == set()
        await stage.stop()

    seen = await sweep(story)
    assert sum("PATCH" in point for point in seen) == 2


async def test_a_role_that_ends_is_taken_once_wherever_the_process_dies(stage: Stage) -> None:
    furnish(stage.sandbox.world)

    async def story(points: CrashPoints) -> None:
        stage.arrange = points.plant
        await stage.start()
        await want(stage)
        await tick(stage)
        before = len(patches(stage))
        await points.arm()
        await mortal(end(stage))
        await mortal(tick(stage))
        promised = points.seen != ["before commit"]
        await _return(stage, points)
        assert roles(stage) == (set() if promised else {VIP})
        assert len(patches(stage)) - before == promised
        await stage.stop()

    await sweep(story)


async def test_fifty_roles_are_given_once_each_by_a_process_that_dies_every_few_steps(stage: Stage) -> None:
    world = stage.sandbox.world
    furnish(world)
    people = [world.add_member(GUILD, f"guest{number}") for number in range(50)]
    await stage.start()
    for user in people:
        await want(stage, user=user)
    await stage.stop()
    deaths: list[str] = []
    while any(roles(stage, user) != {VIP} for user in people):
        points = CrashPoints(at=25 + 11 * len(deaths) % 37)
        stage.arrange = points.plant
        await stage.start()
        await points.arm()
        await mortal(tick(stage))
        deaths += points.seen[-1:] if points.died.is_set() else []
        points.armed = False
        await stage.die()
        stage.arrange = None
        stage.clock.advance(seconds=LEASE.total_seconds() + 1)
        assert len(deaths) < 60
    assert len(deaths) >= 5
    await stage.start()
    await tick(stage)
    given = [patch.path for patch in patches(stage)]
    assert len(given) == len(set(given)) == 50
    assert len(set(deaths)) >= 3, "it died in different places"
    for user in people:
        [grant] = await grants(stage, user)
        assert (grant.state, grant.applied) == (GrantState.HELD, True)
