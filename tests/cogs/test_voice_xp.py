"""Members talk in voice, and it earns minute by minute or does not."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.actions.voice import VoiceRooms
from bot.db.models.leveling import MemberLevel, XpMultiplier
from bot.db.sessions import WriteSession
from bot.domain.gains import Reason
from bot.domain.leveling import TargetKind
from bot.domain.leveling_settings import LevelingSettings
from bot.jobs.voice import VoiceJob
from bot.jobs.xp import XpJob
from bot.sandbox import Actor
from bot.sandbox.backend import serializers
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, ROBOT, Stage

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

ROOM, OTHER_ROOM, ASLEEP = ((2_100 + number) << 22 for number in range(3))
VIP, WARDEN = 4_100 << 22, 4_101 << 22
EACH = 10
"""XP of a minute."""


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    world = stage.sandbox.world
    world.add_channel(GUILD, "room", kind="voice", id=ROOM)
    world.add_channel(GUILD, "other", kind="voice", id=OTHER_ROOM)
    world.add_channel(GUILD, "asleep", kind="voice", id=ASLEEP)
    world.set_afk_channel(GUILD, ASLEEP)
    world.add_role(GUILD, "VIP", id=VIP)
    world.add_role(GUILD, "Warden", id=WARDEN, permissions=["mute_members", "deafen_members"])
    world.give_role(GUILD, CAROL, WARDEN)
    app = await stage.start()
    await app.services.guild_settings.change(GUILD, LevelingSettings(voice=EACH), base=0, by=ALICE)
    return stage


async def heard(stage: Stage) -> None:
    """Until the bot heard everything that happened by now, its answer comes after; and did what it does about it."""
    assert stage.app is not None
    await stage.ask(stage.carol, "about")
    while stage.app.bot._handling:
        await asyncio.wait(set(stage.app.bot._handling))


def job(stage: Stage) -> VoiceJob:
    assert stage.app is not None
    return next(one for one in stage.app.periodic if isinstance(one, VoiceJob))


async def flush(stage: Stage) -> None:
    assert stage.app is not None
    for one in stage.app.periodic:
        if isinstance(one, XpJob):
            assert await one.flush()


async def pass_time(stage: Stage, seconds: int) -> None:
    """Let time pass, with a look each minute and at the end, and what it earned written."""
    await heard(stage)
    looks = job(stage)
    while seconds:
        step = min(seconds, 60)
        stage.clock.advance(seconds=step)
        await looks.round()
        seconds -= step
    await flush(stage)


async def xp(stage: Stage) -> dict[int, tuple[int, int]]:
    """XP and seconds in voice, by member."""
    assert stage.app is not None
    async with stage.app.database.read() as session:
        rows = await session.execute(select(MemberLevel.user_id, MemberLevel.xp, MemberLevel.voice_seconds))
        return {row.user_id: (row.xp, row.voice_seconds) for row in rows}


def why(stage: Stage, who: Actor) -> Reason | None:
    """What is said of somebody's last minute."""
    assert stage.app is not None
    return stage.app.bot.xp.verdicts(GUILD, who.user_id)[0].reason


async def rule(stage: Stage, **chosen: object) -> None:
    assert stage.app is not None
    settings = stage.app.services.guild_settings
    before = await settings.read(GUILD, LevelingSettings)
    await settings.change(GUILD, before.value.model_copy(update=chosen), base=before.version, by=None)


async def multiply(stage: Stage, kind: TargetKind, target: int, per_mille: int) -> None:
    assert stage.app is not None
    rules = stage.app.services.xp_rules
    row = {"guild_id": GUILD, "kind": kind, "target_id": target, "per_mille": per_mille}

    async def unit(session: WriteSession) -> None:
        await session.execute(insert(XpMultiplier), row)
        await rules.changed(session, GUILD)

    await stage.app.database.transact(unit)


async def test_two_who_talk_earn_each_minute_as_it_passes(on_stage: Stage) -> None:
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await pass_time(on_stage, 60)
    assert await xp(on_stage) == {ALICE: (EACH, 60), BOB: (EACH, 60)}
    await pass_time(on_stage, 120)
    assert await xp(on_stage) == {ALICE: (3 * EACH, 180), BOB: (3 * EACH, 180)}
    assert why(on_stage, on_stage.alice) is None


async def test_a_long_talk_leaves_room_for_what_was_written_before(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await on_stage.alice.say(GENERAL, "I am off to talk")
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await pass_time(on_stage, 600)
    await on_stage.bob.leave_voice()
    await pass_time(on_stage, 600)
    found = on_stage.app.bot.xp.verdicts(GUILD, ALICE)
    assert [(one.voice, one.reason) for one in found] == [(True, Reason.ALONE), (True, None), (False, None)]
    assert found[0].at == on_stage.clock.now()


async def test_who_is_alone_earns_nothing_and_a_bot_is_no_company(on_stage: Stage) -> None:
    await on_stage.alice.join_voice(ROOM)
    await on_stage.sandbox.as_member(GUILD, ROBOT).join_voice(ROOM)
    await on_stage.bob.join_voice(OTHER_ROOM)
    await pass_time(on_stage, 120)
    assert await xp(on_stage) == {}
    assert (why(on_stage, on_stage.alice), why(on_stage, on_stage.bob)) == (Reason.ALONE, Reason.ALONE)


async def test_who_is_muted_deafened_or_away_earns_nothing_and_is_no_company(on_stage: Stage) -> None:
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM, muted=True)
    await pass_time(on_stage, 60)
    assert (why(on_stage, on_stage.alice), why(on_stage, on_stage.bob)) == (Reason.ALONE, Reason.MUTED)
    await on_stage.bob.deafen()
    await pass_time(on_stage, 60)
    assert why(on_stage, on_stage.bob) is Reason.DEAFENED
    await on_stage.bob.deafen(on=False)
    await on_stage.carol.server_mute(BOB)
    await pass_time(on_stage, 60)
    assert why(on_stage, on_stage.bob) is Reason.MUTED
    await on_stage.carol.server_mute(BOB, on=False)
    await on_stage.carol.server_deafen(BOB)
    await pass_time(on_stage, 60)
    assert why(on_stage, on_stage.bob) is Reason.DEAFENED
    await on_stage.alice.join_voice(ASLEEP)
    await on_stage.bob.join_voice(ASLEEP)
    await pass_time(on_stage, 60)
    assert why(on_stage, on_stage.alice) is Reason.AFK
    assert await xp(on_stage) == {}


async def test_who_is_muted_earns_where_the_server_says_so(on_stage: Stage) -> None:
    await rule(on_stage, voice_muted=True)
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM, muted=True)
    await pass_time(on_stage, 60)
    assert await xp(on_stage) == {ALICE: (EACH, 60), BOB: (EACH, 60)}


async def test_a_part_of_a_minute_counts_for_what_it_was(on_stage: Stage) -> None:
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await heard(on_stage)
    on_stage.clock.advance(seconds=30)
    await on_stage.bob.leave_voice()
    await heard(on_stage)
    on_stage.clock.advance(seconds=20)
    await on_stage.bob.join_voice(ROOM)
    await pass_time(on_stage, 10)
    assert await xp(on_stage) == {ALICE: (6, 40), BOB: (6, 40)}  # 40 s of 10 a minute; two thirds come with the next
    await pass_time(on_stage, 20)
    assert await xp(on_stage) == {ALICE: (EACH, 60), BOB: (EACH, 60)}


async def test_each_minute_is_paid_by_the_roles_and_factors_of_that_minute(on_stage: Stage) -> None:
    await multiply(on_stage, TargetKind.ROLE, VIP, 2_000)
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await pass_time(on_stage, 120)
    on_stage.sandbox.world.give_role(GUILD, BOB, VIP)
    await pass_time(on_stage, 60)
    on_stage.sandbox.world.take_role(GUILD, BOB, VIP)
    await on_stage.bob.leave_voice()
    await pass_time(on_stage, 60)
    assert await xp(on_stage) == {ALICE: (3 * EACH, 180), BOB: (4 * EACH, 180)}
    await multiply(on_stage, TargetKind.CHANNEL, ROOM, 0)
    await on_stage.bob.join_voice(ROOM)
    await pass_time(on_stage, 60)
    assert (why(on_stage, on_stage.bob), (await xp(on_stage))[BOB]) == (Reason.CHANNEL, (4 * EACH, 180))


async def test_a_crash_costs_a_minute_at_most_and_who_is_there_then_goes_on(on_stage: Stage) -> None:
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await pass_time(on_stage, 180)
    on_stage.clock.advance(seconds=59)
    await on_stage.die()
    await on_stage.start()
    await pass_time(on_stage, 60)
    assert await xp(on_stage) == {ALICE: (4 * EACH, 240), BOB: (4 * EACH, 240)}


async def test_a_normal_stop_pays_what_came_together(on_stage: Stage) -> None:
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await heard(on_stage)
    on_stage.clock.advance(seconds=30)
    await on_stage.stop()
    await on_stage.start()
    assert await xp(on_stage) == {ALICE: (EACH // 2, 30), BOB: (EACH // 2, 30)}


async def test_a_day_has_its_limit_and_a_restart_does_not_lift_it(on_stage: Stage) -> None:
    await rule(on_stage, voice_day=25)
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await pass_time(on_stage, 120)
    await on_stage.die()
    await on_stage.start()
    await pass_time(on_stage, 120)
    assert await xp(on_stage) == {ALICE: (25, 240), BOB: (25, 240)}
    assert why(on_stage, on_stage.alice) is Reason.VOICE_DAY
    on_stage.clock.advance(days=1)
    await job(on_stage).round()  # the first look of a new day
    await pass_time(on_stage, 60)
    assert (await xp(on_stage))[ALICE] == (25 + 15 + EACH, 240 + 90 + 60)


async def test_a_clock_that_is_set_credits_nothing(on_stage: Stage) -> None:
    app = on_stage.app
    assert app is not None
    passed = 0.0
    rooms = VoiceRooms(
        app.bot.xp, app.services.xp_rules, app.services.leveling, now=on_stage.clock.now, seconds=lambda: passed
    )
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await heard(on_stage)
    guild = app.bot.get_guild(GUILD)
    assert guild is not None
    await rooms.look(guild)
    passed += 60
    on_stage.clock.advance(hours=5)
    await rooms.look(guild)
    passed += 60
    on_stage.clock.advance(hours=-9)
    await rooms.look(guild)
    passed += 3_600
    await rooms.look(guild)  # an hour in which nobody looked counts for a minute and a half
    await flush(on_stage)
    assert await xp(on_stage) == {ALICE: (2 * EACH + 15, 210), BOB: (2 * EACH + 15, 210)}


async def test_what_happens_in_voice_while_discord_is_away_is_not_guessed(on_stage: Stage) -> None:
    assert on_stage.app is not None
    parsers = on_stage.app.bot._connection.parsers
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await heard(on_stage)
    on_stage.clock.advance(seconds=30)
    away: Any = {"id": str(GUILD), "unavailable": True}
    parsers["GUILD_DELETE"](away)
    while on_stage.app.bot._handling:
        await asyncio.wait(set(on_stage.app.bot._handling))
    on_stage.clock.advance(seconds=60)
    await job(on_stage).round()
    backend = on_stage.sandbox.world.backend
    del backend.get_guild(GUILD).voice_states[BOB]  # nobody is told
    back = serializers.guild_create_payload(backend, backend.get_guild(GUILD))
    parsers["GUILD_CREATE"]({**back, "unavailable": False})
    await pass_time(on_stage, 60)
    assert await xp(on_stage) == {ALICE: (EACH // 2, 30), BOB: (EACH // 2, 30)}
    assert why(on_stage, on_stage.alice) is Reason.ALONE


async def test_voice_that_earns_nothing_by_the_settings_is_not_followed(on_stage: Stage) -> None:
    await rule(on_stage, voice=0)
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await pass_time(on_stage, 60)
    assert await xp(on_stage) == {}
    await rule(on_stage, voice=EACH)
    await pass_time(on_stage, 120)  # the first look finds them there, the second pays
    assert await xp(on_stage) == {ALICE: (EACH, 60), BOB: (EACH, 60)}


async def test_who_is_erased_leaves_nothing_that_waited(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await heard(on_stage)
    on_stage.clock.advance(seconds=30)
    await on_stage.alice.leave_voice()
    await heard(on_stage)
    await on_stage.app.services.privacy.erase(ALICE, GUILD)
    await pass_time(on_stage, 30)
    assert await xp(on_stage) == {BOB: (EACH // 2, 30)}


async def test_who_is_erased_amid_a_talk_begins_anew_at_that_moment(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await on_stage.alice.join_voice(ROOM)
    await on_stage.bob.join_voice(ROOM)
    await heard(on_stage)
    on_stage.clock.advance(seconds=30)
    await on_stage.app.services.privacy.erase(ALICE, GUILD)
    await pass_time(on_stage, 30)
    assert await xp(on_stage) == {ALICE: (EACH // 2, 30), BOB: (EACH, 60)}


@pytest.mark.parametrize("seed", range(3))
async def test_hours_of_coming_going_and_muting_earn_what_a_plain_count_of_seconds_says(
    on_stage: Stage, seed: int
) -> None:
    """Every second is looked at alone by the model: who of a room takes part then, and are there enough of them."""
    assert on_stage.app is not None
    rng, backend, bot = Random(seed), on_stage.sandbox.world.backend, on_stage.app.bot
    company = rng.choice((1, 2))
    await rule(on_stage, voice_company=company)
    people = [ALICE, BOB, CAROL, *(on_stage.sandbox.world.add_member(GUILD, f"guest{n}") for n in range(5)), ROBOT]
    seconds = Counter[int]()
    places: dict[int, tuple[int | None, bool]] = {}
    await on_stage.alice.join_voice(ROOM)
    await pass_time(on_stage, 0)
    await job(on_stage).round()
    places[ALICE] = ROOM, False
    unpaid = 0
    for _ in range(400):
        for _ in range(rng.randint(0, 3)):
            user = rng.choice(people)
            channel = rng.choice((None, ROOM, ROOM, OTHER_ROOM, ASLEEP))
            muted = rng.random() < 0.3
            places[user] = channel, muted
            state = backend.prepare_voice_state(GUILD, user, channel, self_mute=muted)
            if state is not None:  # told at once, as the gateway would tell it in a moment
                backend.commit_voice_state(state, broadcast=False)
                told: Any = serializers.voice_state_payload(backend, state)
                bot._connection.parsers["VOICE_STATE_UPDATE"](told)
        step = rng.randint(1, 60 - unpaid)
        for room in (ROOM, OTHER_ROOM):
            there = [user for user, place in places.items() if place == (room, False) and user != ROBOT]
            if len(there) > company:
                seconds.update(dict.fromkeys(there, step))
        on_stage.clock.advance(seconds=step)
        unpaid = (unpaid + step) % 60
        if not unpaid:
            await job(on_stage).round()
    await job(on_stage).round()
    await flush(on_stage)
    found = await xp(on_stage)
    assert {user: counted for user, (_, counted) in found.items()} == dict(seconds)
    assert all(earned == EACH * counted // 60 for earned, counted in found.values())
